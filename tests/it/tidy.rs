//! The walls of the house. Each has a reason, a snippet that breaks it and one that keeps it, and holds for every source
//! file. What stands in the way of a change is moved here, in the open, with a reason; never worked around.

mod architecture;
mod form;
mod imports;
mod names;
mod panics;
mod reach;
mod secrets;
mod shipped;
mod source;
mod wall;

use std::fmt::Write;

use source::Source;
use wall::Wall;

/// All walls that one file can break by itself.
const WALLS: [&[Wall]; 6] =
    [imports::WALLS, reach::WALLS, form::WALLS, names::WALLS, panics::WALLS, secrets::WALLS];

fn walls() -> impl Iterator<Item = &'static Wall> {
    WALLS.into_iter().flatten()
}

#[test]
fn every_wall_stands() {
    let sources = Source::all();
    assert!(sources.len() > 200, "only {} files were found", sources.len());
    let mut broken = String::new();
    for wall in walls() {
        let breaches: Vec<_> = sources
            .iter()
            .flat_map(|s| (wall.breaches)(s).into_iter().map(move |b| (s, b)))
            .map(|(source, b)| format!("  {}:{}: {}", source.path, b.line, b.what))
            .collect();
        if !breaches.is_empty() {
            let _ = writeln!(broken, "{}, because {}", wall.name, wall.because);
            let _ = writeln!(broken, "{}\n", breaches.join("\n"));
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

#[test]
fn every_wall_can_break_and_be_kept() {
    let mut wrong = Vec::new();
    for wall in walls() {
        assert!(!wall.broken.is_empty() && !wall.kept.is_empty(), "{}: no snippets", wall.name);
        let breaches = |path, text| (wall.breaches)(&Source::literal(path, text));
        for (path, text) in wall.broken {
            if breaches(path, text).is_empty() {
                wrong.push(format!("{}: nothing is noticed in {path}: {text}", wall.name));
            }
        }
        for (path, text) in wall.kept {
            for b in breaches(path, text) {
                wrong.push(format!("{}: noticed in {path}: {text}: {}", wall.name, b.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
