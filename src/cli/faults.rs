//! `recant faults`: what the reference system can be told to do wrong, and which requirements must notice.

use clap::ValueEnum;
use serde_json::json;

use super::output::say;
use crate::error::Error;
use crate::exit::Exit;
use crate::reference::{FaultEntry, faults};
use crate::report::words;

/// Options of `recant faults`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For documentation.
    Md,
}

/// Prints the list.
///
/// # Errors
/// Where it can't be written.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    match args.format {
        Format::Text => say(&text())?,
        Format::Md => say(&markdown())?,
        Format::Json => say(&format!("{:#}\n", json!({ "version": 1, "faults": faults() })))?,
    }
    Ok(Exit::Conformant)
}

fn text() -> String {
    let mut out = String::new();
    for fault in faults() {
        out += &format!("{} {}\n  {}\n", fault.id, fault.name, fault.what);
        out += &format!("  must be noticed by  {}\n", fault.must.join(", "));
        for may in &fault.may {
            out += &format!("  may turn red        {}: {}\n", may.id, may.why);
        }
        out.push('\n');
    }
    let n = words::count(faults().len() as u64, "fault");
    out + &format!("{n}; recant run --fault NAME switches one on\n")
}

fn markdown() -> String {
    let row = |f: &FaultEntry| {
        let code = |id: &str| format!("`{id}`");
        let must: Vec<_> = f.must.iter().map(|id| code(id)).collect();
        let may: Vec<_> = f.may.iter().map(|m| format!("{}: {}", code(&m.id), m.why)).collect();
        let (must, may) = (must.join(", "), may.join("; "));
        format!("| {} | `{}` | {} | {must} | {may} |\n", f.id, f.name, f.what)
    };
    let rows: String = faults().iter().map(row).collect();
    format!(
        "| | fault | what it does | must be noticed by | may turn red |\n|---|---|---|---|---|\n{rows}"
    )
}
