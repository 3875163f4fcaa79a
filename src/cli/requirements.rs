//! `recant requirements`: what is asked of a target, as a list.

use serde_json::{Value, json};

use super::output::{Format, say};
use crate::controls::Frameworks;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::words;
use crate::requirements::{Catalog, Level, Requirement};

/// Options of `recant requirements`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Prints the list.
///
/// # Errors
/// Where it can't be written.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let catalog = Catalog::shipped();
    match args.format {
        Format::Text => say(&text(catalog))?,
        Format::Json => {
            let all: Vec<_> = catalog.all().map(entry).collect();
            say(&format!("{:#}\n", json!({ "version": 1, "requirements": all })))?;
        }
    }
    Ok(Exit::Conformant)
}

fn text(catalog: &Catalog) -> String {
    let mut out = String::new();
    let mut point = None;
    for r in catalog.all() {
        if point != Some(r.point) {
            let gap = if point.is_some() { "\n" } else { "" };
            out += &format!("{gap}{}\n", words::point(Some(r.point)));
            point = Some(r.point);
        }
        out += &format!("  {:<5} {:<6} {:<42} {}\n", r.alias, level(r.level), r.id, r.title);
    }
    let n = words::count(catalog.len() as u64, "requirement");
    out + &format!("\n{n}; recant explain ID says why, and how each is judged\n")
}

/// A requirement as JSON, with its controls as cited and as published.
pub fn entry(r: &Requirement) -> Value {
    let frameworks = Frameworks::shipped();
    let controls: Vec<_> = r.controls.iter().filter_map(|c| frameworks.citation(c)).collect();
    json!({
        "id": r.id,
        "alias": r.alias,
        "title": r.title,
        "level": level(r.level),
        "point": words::point(Some(r.point)),
        "obligation": r.obligation,
        "why": r.why,
        "judged": r.judged,
        "help": r.help,
        "needs": r.needs,
        "check": r.check,
        "source": r.source,
        "controls": controls,
    })
}

/// MUST or SHOULD.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
    }
}
