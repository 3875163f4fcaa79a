//! ARCHITECTURE.md tells of the house as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::MODULES;

/// Cells of the rows of the table that begins with this line.
fn table(head: &str) -> Vec<Vec<String>> {
    let text = include_str!("../../../ARCHITECTURE.md");
    let rows = text.lines().skip_while(|l| !l.starts_with(head)).skip(2);
    rows.take_while(|l| l.starts_with('|'))
        .map(|l| l.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// What is between backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Names in the last cell: `model, plan (its record)` as `model` and `plan`.
fn uses(cell: &str) -> BTreeSet<&str> {
    let words = cell.split(',').filter_map(|w| w.split_whitespace().next());
    words.filter(|w| !["nothing", "everything"].contains(w)).collect()
}

#[test]
fn the_table_of_modules_is_the_one_that_is_tested() {
    let rows = table("| folder | what | imports at most |");
    let written: BTreeMap<_, _> = rows
        .iter()
        .flat_map(|row| names(&row[0]).map(|name| (name, row[2].as_str())))
        .filter_map(|(name, cell)| Some((name.strip_prefix("src/")?, cell)))
        .collect();
    for module in &MODULES {
        let name = module.name;
        let file = format!("{name}.rs");
        let cell = written.get(name).or_else(|| written.get(file.as_str()));
        let cell = cell.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for src/{name}"));
        let wanted = module.uses.iter().copied().collect();
        let everything = module.uses.len() == MODULES.len() - 1 && *cell == "everything";
        assert!(everything || uses(cell) == wanted, "{name}: {cell:?}, but tidy has {wanted:?}");
    }
    assert_eq!(written.len(), MODULES.len(), "{written:?}");
}

#[test]
fn every_folder_has_its_row() {
    let rows = table("| folder | what | imports at most |");
    let written: BTreeSet<_> = rows.iter().flat_map(|row| names(&row[0])).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in written.iter() {
        assert!(root.join(name).exists(), "ARCHITECTURE.md tells of {name}, which does not exist");
    }
    for entry in std::fs::read_dir(root.join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let told = written.contains(name.as_str()) || written.contains(format!("{name}/").as_str());
        let root_file = ["src/lib.rs", "src/main.rs"].contains(&name.as_str());
        assert!(told || root_file, "ARCHITECTURE.md does not tell of {name}");
    }
}

#[test]
fn names_of_modules_exist() {
    let text = include_str!("../../../ARCHITECTURE.md");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let places = names(text).filter(|name| {
        let mut parts = name.split("::");
        parts.next().is_some_and(|first| MODULES.iter().any(|m| m.name == first))
            && parts.next().is_some_and(|second| second.starts_with(char::is_lowercase))
    });
    let mut seen = 0;
    for place in places {
        let path = root.join(place.replace("::", "/"));
        let exists = path.is_dir() || path.with_extension("rs").is_file();
        assert!(exists, "ARCHITECTURE.md speaks of `{place}`, which does not exist");
        seen += 1;
    }
    assert!(seen > 5, "only {seen} modules are spoken of");
}
