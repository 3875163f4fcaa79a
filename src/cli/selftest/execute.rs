//! From options to runs side by side, round after round, and an exit code.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;

use super::crew::{Crew, Round, Told};
use super::trial::Came;
use super::{committed, json, matrix, stop};
use crate::cli::output::say;
use crate::cli::{Shared, reference};
use crate::error::Error;
use crate::exit::Exit;
use crate::reference::Fault;
use crate::report::terminal::aside;
use crate::report::visible;

/// What `--fault` calls no fault at all.
const NONE: &str = "none";

/// What the exit code means here.
const CODES: &str = "\
Exit codes:
  0  every fault is noticed by a requirement that must notice it, nothing unlisted is red, the healthy
     system is clean in every declared service class, and nothing differs from what --check names
  1  one of these is not so
  2  a mistake in an option
  5  a run could not be made, so that nothing is known of its fault
  6  interrupted";

/// Options of `recant selftest`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = CODES)]
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
    /// Instead of the matrix: the healthy system this many times, scenarios shuffled and subjects and roles with other names
    /// each time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000),
          conflicts_with_all = ["fault", "rounds", "write", "check"])]
    pub healthy: Option<u16>,
    /// The seed of the first of these runs; each next one has one more. `recant run --seed` plays one again.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "healthy")]
    pub seed: u64,
    /// How the matrix is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write the matrix to this folder, as it is committed: `selftest.json`, `selftest.txt`, and `calibration.json`, by which a
    /// build from these sources knows that it was tested.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["fault", "rounds", "check"])]
    pub write: Option<PathBuf>,
    /// Compare the matrix with the one in this folder; where it differs the exit code is 1.
    #[arg(long, value_name = "DIR", conflicts_with = "rounds")]
    pub check: Option<PathBuf>,
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
    let systems = match args.healthy {
        Some(_) => vec![None],
        None => systems(&args.fault)?,
    };
    let broken = |what: &str, e: std::io::Error| Error::Broken(format!("{what}: {e}"));
    let folder = tempfile::Builder::new().prefix("recant-selftest-").tempdir();
    let folder = folder.map_err(|e| broken("no temporary folder can be made", e))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| broken("no threads can be started", e))?;
    let stop = runtime.block_on(async { stop::listen(folder.path().to_owned()) })?;
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let crew = Crew {
        jobs: args.jobs.map_or_else(cores, usize::from),
        seed: args.healthy.map(|_| args.seed),
        runtime: runtime.handle(),
        within: folder.path(),
        stop: &stop,
    };
    let began = Instant::now();
    let times = usize::from(args.healthy.unwrap_or(args.rounds));
    let rounds = crew.rounds(&systems, times, |told| match told {
        Told::Run { done, count, of } if !shared.quiet && !stop.is_cancelled() => {
            let word = matrix::word(&done.came);
            aside(&format!("[{count}/{of}] {word:<7} {}", done.trial.name()));
            Ok(())
        }
        Told::Round { round, .. } if args.healthy.is_some() && args.format == Format::Text => {
            say(&matrix::troubles(round))
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
    let differs = kept_or_compared(args, &rounds)?;
    match args.format {
        Format::Text if args.healthy.is_some() => {
            say(&matrix::healthy(&rounds, began.elapsed(), args.seed, kept.as_deref()))?;
        }
        Format::Text => say(&matrix::totals(&rounds, began.elapsed(), kept.as_deref()))?,
        Format::Json => {
            let told = json::of(&rounds, began.elapsed(), &differs);
            say(&format!("{:#}\n", serde_json::json!(told)))?;
        }
    }
    for what in differs.iter().filter(|_| args.format == Format::Text) {
        say(&format!("differs: {}\n", visible::line(what)))?;
    }
    Ok(match exit(&rounds) {
        Exit::Conformant if !differs.is_empty() => Exit::Nonconformant,
        exit => exit,
    })
}

/// Writes the matrix, or says where it differs from the one that is there. Runs that were interrupted or never made are no matrix.
fn kept_or_compared(args: &Args, rounds: &[Round]) -> Result<Vec<String>, Error> {
    let (Some(round), Exit::Conformant | Exit::Nonconformant) = (rounds.first(), exit(rounds))
    else {
        return Ok(Vec::new());
    };
    if let Some(folder) = &args.write {
        committed::write(folder, &committed::of(round))?;
        aside(&format!("the matrix is written to {}", folder.display()));
    }
    let compared = |folder: &PathBuf| {
        committed::differences(folder, &committed::of(round), args.fault.is_empty())
    };
    Ok(args.check.as_ref().map(compared).unwrap_or_default())
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
