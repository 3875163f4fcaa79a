//! From options to runs side by side, round after round, and an exit code.

use std::path::PathBuf;
use std::time::Instant;

use super::crew::{Round, Told};
use super::place::{self, Place};
use super::trial::Came;
use super::{committed, json, matrix, metamorphic, pairs};
use crate::cli::output::{Format, say};
use crate::cli::{Shared, reference};
use crate::error::Error;
use crate::exit::Exit;
use crate::reference::Fault;
use crate::report::terminal::aside;
use crate::report::visible;

/// What `--fault` calls no fault at all.
pub const NONE: &str = "none";

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
    /// Only these faults, by name or number (`recant faults`), beside the healthy system; `none` for that alone. With
    /// `--pairs`: pairs of these.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub fault: Vec<String>,
    /// How many times everything is run.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub rounds: u16,
    /// Runs side by side; twice the number of cores where none is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Instead of the matrix: the healthy system this many times, scenarios shuffled and subjects and roles with other names
    /// each time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000),
          group = "seeded", conflicts_with_all = ["fault", "rounds", "write", "check"])]
    pub healthy: Option<u16>,
    /// Instead of the matrix: so many pairs of faults, chosen by the seed. Each fault runs alone as well, and what was red
    /// then and is not with both is listed: one fault hides the other.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "30", group = "seeded",
          value_parser = clap::value_parser!(u16).range(1..=10_000), conflicts_with_all = ["rounds", "write", "check"])]
    pub pairs: Option<u16>,
    /// Instead of the matrix: so many generated states of the system (healthy, or with all of `--fault`), and what must hold
    /// between two observations whatever its policy is.
    #[arg(long, value_name = "N", group = "seeded", value_parser = clap::value_parser!(u16).range(1..=10_000),
          conflicts_with_all = ["rounds", "write", "check", "jobs"])]
    pub metamorphic: Option<u16>,
    /// With `--healthy`: the seed of the first of these runs; each next one has one more, and `recant run --seed` plays one
    /// again. Else: what the choice of pairs, or the states, follow from.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "seeded")]
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

/// Runs everything and says how it came out: 0 where all is as it should be in all rounds.
///
/// # Errors
/// For each fault that does not exist; where nothing can be written or listened to.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    if let Some(most) = args.pairs {
        return pairs::execute(args, most.into(), shared);
    }
    if let Some(states) = args.metamorphic {
        return metamorphic::execute(args, states.into(), shared);
    }
    let systems = match args.healthy {
        Some(_) => vec![Vec::new()],
        None => systems(&args.fault)?,
    };
    let place = Place::make()?;
    let stop = &place.stop;
    let crew = place.crew(args.jobs, args.healthy.map(|_| args.seed), true);
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
    let rounds = rounds?;
    place.runtime.shutdown_background();
    let kept = rounds.iter().flat_map(|r| &r.runs).any(|d| d.folder.is_some());
    // Where nothing was wrong the folder goes with its name.
    let kept = kept.then(|| place::keep(place.folder));
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
fn systems(names: &[String]) -> Result<Vec<Vec<Fault>>, Error> {
    let faults = named(names)?.into_iter().map(|fault| vec![fault]);
    Ok(std::iter::once(Vec::new()).chain(faults).collect())
}

/// The faults that were asked for, in their order: all where none was.
///
/// # Errors
/// For each that does not exist.
pub fn named(names: &[String]) -> Result<Vec<Fault>, Error> {
    let named: Vec<_> = names.iter().filter(|n| *n != NONE).cloned().collect();
    let mut faults = reference::named(&named).map_err(Error::Problems)?;
    if names.is_empty() {
        faults = Fault::all().collect();
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

/// How all runs together end.
pub fn exit(rounds: &[Round]) -> Exit {
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
