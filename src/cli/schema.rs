//! `recant schema NAME`: the JSON Schema of a file format, for editors and programs.

use clap::ValueEnum;
use serde_json::Value;

use super::output::say;
use super::selftest;
use super::verify::verify_schema;
use crate::error::Error;
use crate::exit::Exit;
use crate::plan::schemas;
use crate::report;

/// Options of `recant schema`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Which file.
    #[arg(value_enum, value_name = "NAME")]
    pub name: Name,
}

/// File formats with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// A target file.
    Target,
    /// A recipe.
    Recipe,
    /// A scenario script.
    Scenario,
    /// A file of waivers.
    Waivers,
    /// `report.json` of a run.
    Report,
    /// `findings.json` of a run.
    Findings,
    /// `plan.json` of a run.
    Plan,
    /// `manifest.json` of a run.
    Manifest,
    /// What `recant selftest --format json` prints.
    Selftest,
    /// What `recant selftest --pairs --format json` prints.
    SelftestPairs,
    /// What `recant selftest --metamorphic --format json` prints.
    SelftestMetamorphic,
    /// The matrix that `recant selftest --write` writes.
    Matrix,
    /// What `recant diff --format json` prints.
    Diff,
    /// What `recant verify --format json` prints.
    Verify,
}

/// Prints a schema.
///
/// # Errors
/// Where it can't be written.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let schema = schema(args.name);
    say(&format!("{schema:#}\n"))?;
    Ok(Exit::Conformant)
}

fn schema(name: Name) -> Value {
    match name {
        Name::Target => schemas::target(),
        Name::Recipe => schemas::recipe(),
        Name::Scenario => schemas::scenario(),
        Name::Waivers => schemas::waivers(),
        Name::Report => report::report_schema().to_value(),
        Name::Findings => report::findings_schema().to_value(),
        Name::Plan => report::plan_schema().to_value(),
        Name::Manifest => report::manifest_schema().to_value(),
        Name::Selftest => selftest::selftest_schema().to_value(),
        Name::SelftestPairs => selftest::pairs_schema().to_value(),
        Name::SelftestMetamorphic => selftest::metamorphic_schema().to_value(),
        Name::Matrix => selftest::matrix_schema().to_value(),
        Name::Diff => report::diff_schema().to_value(),
        Name::Verify => verify_schema().to_value(),
    }
}
