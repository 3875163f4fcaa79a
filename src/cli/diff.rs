//! `recant diff OLD NEW`: what got worse or better between two runs; with `--fail-on`, a gate against a baseline.

use std::fmt::Write;
use std::path::PathBuf;

use clap::ValueEnum;

use super::output::{Format, say};
use super::run_folder;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::Verdict;
use crate::report::diff::{Diff, Difference, Way};
use crate::report::visible::line;
use crate::report::{self, Report, words};

/// Options of `recant diff`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Run folder of the baseline.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Run folder of what is compared with it.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Exit 1 where there is one of these.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A MUST that holds less than before, or of which less is known.
    Regression,
    /// Anything that is not the same.
    Difference,
}

/// Compares two run folders.
///
/// # Errors
/// Where a report is missing, damaged or altered: nothing is said about such a one.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let read = |folder: &PathBuf| -> Result<Report, Error> {
        run_folder::is_there(folder)?;
        report::read(folder).map_err(|why| {
            let folder = folder.display();
            Error::Broken(format!("{why}\nrecant judge {folder} --write writes a report anew"))
        })
    };
    let diff = Diff::of(&read(&args.old)?, &read(&args.new)?);
    match args.format {
        Format::Text => say(&text(&diff))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&diff);
            let json = json.map_err(|e| Error::Broken(format!("it can't be written: {e}")))?;
            say(&format!("{json}\n"))?;
        }
    }
    let fails = match args.fail_on {
        None => false,
        Some(FailOn::Regression) => diff.regressions().next().is_some(),
        Some(FailOn::Difference) => !diff.differences.is_empty(),
    };
    Ok(if fails { Exit::Nonconformant } else { Exit::Conformant })
}

/// The comparison for people.
fn text(diff: &Diff) -> String {
    let mut out = String::new();
    for (name, side) in [("old", &diff.old), ("new", &diff.new)] {
        let target = words::versioned(&side.target, side.version.as_deref());
        let (run, target) = (line(&side.run), line(&target));
        let _ = writeln!(
            out,
            "{name}  {run}: {} on {target}, recant {}",
            side.result,
            line(&side.tool)
        );
    }
    if diff.old.target != diff.new.target {
        out += "beware: these are runs of different targets\n";
    }
    for (name, side) in [("old", &diff.old), ("new", &diff.new)] {
        if let Some(shard) = &side.shard {
            let _ =
                writeln!(out, "beware: {name} is shard {} of a run, not all of it", line(shard));
        }
    }
    if !diff.asked_differently.is_empty() {
        let files: Vec<_> = diff.asked_differently.iter().map(|f| line(f)).collect();
        let _ = writeln!(out, "beware: not the same in both runs: {}", files.join(", "));
    }
    for way in [Way::Worse, Way::Lost, Way::Slower, Way::New, Way::Faster, Way::Better] {
        let all: Vec<_> = diff.differences.iter().filter(|d| d.way == way).collect();
        if !all.is_empty() {
            let _ = writeln!(out, "\n{} ({})", heading(way), all.len());
            all.iter().for_each(|d| out += &shown(d));
        }
    }
    let regressions = diff.regressions().count() as u64;
    let _ = writeln!(
        out,
        "\n{}, {}, {} the same",
        words::count(regressions, "regression"),
        words::count(diff.differences.len() as u64, "difference"),
        diff.same
    );
    out
}

fn heading(way: Way) -> &'static str {
    match way {
        Way::Worse => "worse",
        Way::Lost => "no longer judged",
        Way::Slower => "slower, with the same verdict",
        Way::New => "judged for the first time",
        Way::Faster => "faster, with the same verdict",
        Way::Better => "better",
    }
}

fn shown(d: &Difference) -> String {
    let word = |v: Option<Verdict>| match v {
        None => "nothing",
        Some(Verdict::Fail) if d.advisory => "warning",
        Some(verdict) => verdict.word(),
    };
    let at = d.service.as_ref().map(|s| format!("\"{}\" in ", line(s))).unwrap_or_default();
    let (requirement, scenario) = (line(&d.requirement), line(&d.scenario));
    let mut out = format!("  {requirement} {at}{scenario}: {} -> {}\n", word(d.was), word(d.is));
    let lag = |lag: &Option<_>| lag.as_ref().map(words::lag);
    if let (Some(was), Some(is)) = (lag(&d.lag_was), lag(&d.lag_is))
        && was != is
    {
        let _ = writeln!(out, "    {was} -> {is}");
    }
    if d.is.is_some() && d.is != d.was {
        let _ = writeln!(out, "    {}", line(&d.because));
    }
    out
}
