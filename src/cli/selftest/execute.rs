//! From options to runs side by side, round after round, and an exit code.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::trial::{Came, Done, Trial};
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
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
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

/// One time through all systems.
#[derive(Debug)]
pub struct Round {
    /// Its number, from 1.
    pub number: u32,
    /// The runs, the healthy system's first.
    pub runs: Vec<Done>,
    /// How long it took.
    pub took: Duration,
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
        quiet: shared.quiet,
    };
    let mut rounds = Vec::new();
    for number in 1..=args.rounds {
        let round = crew.round(number, &systems);
        if args.format == Format::Text && !stop.is_cancelled() {
            say(&matrix::round(&round, rounds.first()))?;
        }
        rounds.push(round);
        if stop.is_cancelled() {
            break;
        }
    }
    runtime.shutdown_background();
    let kept = rounds.iter().flat_map(|r| &r.runs).any(|d| d.folder.is_some());
    // Where nothing was wrong the folder goes with its name.
    let kept = kept.then(|| folder.keep());
    match args.format {
        Format::Text => say(&matrix::totals(&rounds, kept.as_deref()))?,
        Format::Json => say(&format!("{:#}\n", json::of(&rounds)))?,
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

/// What all runs share.
struct Crew<'a> {
    jobs: usize,
    runtime: &'a Handle,
    within: &'a Path,
    stop: &'a CancellationToken,
    quiet: bool,
}

impl Crew<'_> {
    fn round(&self, number: u32, systems: &[Option<Fault>]) -> Round {
        let began = Instant::now();
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(systems.len()) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(fault) = systems.get(index) else { break };
                        let one = self.one(Trial { fault: *fault, round: number });
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        done.push((index, one));
                        self.tell(&done, systems.len());
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        let runs = done.into_iter().map(|(_, done)| done).collect();
        Round { number, runs, took: began.elapsed() }
    }

    /// A panic ends one run, not all.
    fn one(&self, trial: Trial) -> Done {
        let none = |came| Done { trial, came, took: Duration::ZERO, folder: None };
        if self.stop.is_cancelled() {
            return none(Came::Interrupted);
        }
        let run = || self.runtime.block_on(trial.run(self.within, self.stop));
        catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_| none(Came::Broken("recant made a mistake".to_owned())))
    }

    fn tell(&self, done: &[(usize, Done)], of: usize) {
        let Some((_, last)) = done.last() else { return };
        if !self.quiet && !matches!(last.came, Came::Interrupted) {
            let word = matrix::word(&last.came);
            aside(&format!("[{}/{of}] {word:<7} {}", done.len(), last.trial.name()));
        }
    }
}
