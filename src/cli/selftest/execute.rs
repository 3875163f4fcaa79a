//! From options to runs side by side, round after round, and an exit code.

use std::num::NonZero;
use std::time::Instant;

use clap::ValueEnum;

use super::crew::{Crew, Round, Told};
use super::trial::Came;
use super::{json, matrix, stop};
use crate::cli::output::say;
use crate::cli::{Shared, reference};
use crate::error::Error;
use crate::exit::Exit;
use crate::reference::Fault;
use crate::report::terminal::aside;

/// What `--fault` calls no fault at all.
const NONE: &str = "none";

/// Options of `recant selftest`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Only these faults, by name or number (`recant faults`), beside the healthy system; `none` for that alone.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub fault: Vec<String>,
    /// How many times everything is run.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub rounds: u16,
    /// Runs side by side; the number of cores where none is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// How the matrix is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How the matrix is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs everything and says how it came out: 0 where all is as it should be in all rounds.
///
/// # Errors
/// For each fault that does not exist; where nothing can be written or listened to.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let systems = systems(&args.fault)?;
    let broken = |what: &str, e: std::io::Error| Error::Broken(format!("{what}: {e}"));
    let folder = tempfile::Builder::new().prefix("recant-selftest-").tempdir();
    let folder = folder.map_err(|e| broken("no temporary folder can be made", e))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| broken("no threads can be started", e))?;
    let stop = runtime.block_on(async { stop::listen(folder.path().to_owned()) })?;
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let crew = Crew {
        jobs: args.jobs.map_or_else(cores, usize::from),
        runtime: runtime.handle(),
        within: folder.path(),
        stop: &stop,
    };
    let began = Instant::now();
    let rounds = crew.rounds(&systems, usize::from(args.rounds), |told| match told {
        Told::Run { done, count, of } if !shared.quiet && !stop.is_cancelled() => {
            let word = matrix::word(&done.came);
            aside(&format!("[{count}/{of}] {word:<7} {}", done.trial.name()));
            Ok(())
        }
        Told::Round { round, first } if args.format == Format::Text && !stop.is_cancelled() => {
            say(&matrix::round(round, first))
        }
        Told::Run { .. } | Told::Round { .. } => Ok(()),
    });
    runtime.shutdown_background();
    let rounds = rounds?;
    let kept = rounds.iter().flat_map(|r| &r.runs).any(|d| d.folder.is_some());
    // Where nothing was wrong the folder goes with its name.
    let kept = kept.then(|| folder.keep());
    match args.format {
        Format::Text => say(&matrix::totals(&rounds, began.elapsed(), kept.as_deref()))?,
        Format::Json => say(&format!("{:#}\n", json::of(&rounds, began.elapsed())))?,
    }
    Ok(exit(&rounds))
}

/// The healthy system and the faults that were asked for: all where none was.
fn systems(names: &[String]) -> Result<Vec<Option<Fault>>, Error> {
    let named: Vec<_> = names.iter().filter(|n| *n != NONE).cloned().collect();
    let mut faults = reference::named(&named).map_err(Error::Problems)?;
    if names.is_empty() {
        faults = Fault::all().collect();
    }
    faults.sort();
    faults.dedup();
    Ok(std::iter::once(None).chain(faults.into_iter().map(Some)).collect())
}

fn exit(rounds: &[Round]) -> Exit {
    let mut exit = Exit::Conformant;
    for done in rounds.iter().flat_map(|r| &r.runs) {
        match &done.came {
            Came::Interrupted => return Exit::Interrupted,
            Came::Broken(_) => exit = Exit::CouldNotRun,
            Came::Judged(seen) if !seen.wrong.is_empty() && exit == Exit::Conformant => {
                exit = Exit::Nonconformant;
            }
            Came::Judged(_) => {}
        }
    }
    exit
}
