//! Two faults at once: does one of them hide what is seen of the other? Each fault of a pair also runs alone, and what was
//! red then is looked for in the run with both.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::compare::Compared;
use super::crew::{Round, Told};
use super::execute::{Args, exit, named};
use super::pairs_text;
use super::place::Place;
use super::trial::Came;
use crate::calibration::sources;
use crate::cli::Shared;
use crate::cli::output::{Format, say};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::model::Seeded;
use crate::reference::Fault;
use crate::report::schema;
use crate::report::terminal::aside;

/// What pairs of faults showed, format `recant-selftest-pairs/v1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PairsTold {
    /// `recant-selftest-pairs/v1`.
    pub format: String,
    /// recant's version.
    pub tool: String,
    /// SHA-256 (hex) of the sources of this build that decide what it notices.
    pub sources: String,
    /// What the choice of pairs followed from.
    pub seed: u64,
    /// How many pairs there are of the faults that were to choose from.
    pub of: usize,
    /// The pairs that ran.
    pub pairs: Vec<PairTold>,
    /// Runs that could not be made, with why.
    pub broken: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// A pair of faults against each of them alone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PairTold {
    /// The faults, by number and name.
    pub faults: [String; 2],
    /// What is not seen of a fault any more when the other one is there too.
    pub hidden: Vec<Hidden>,
    /// Requirements that are red with both only.
    pub new: BTreeSet<String>,
    /// True where nothing is red any more.
    pub looks_healthy: bool,
}

/// What one fault hides of the other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Hidden {
    /// The fault that less is seen of.
    pub of: String,
    /// Requirements that are red for it alone, and neither red nor open with both.
    pub requirements: BTreeSet<String>,
    /// Requirements that are red for it alone, and open with both.
    pub open: BTreeSet<String>,
    /// True where none that must notice it is red with both.
    pub unnoticed: bool,
}

/// Runs a choice of pairs, `most` at most.
///
/// # Errors
/// For each fault that does not exist, or where fewer than two are named; where nothing can be written.
pub fn execute(args: &Args, most: usize, shared: &Shared) -> Result<Exit, Error> {
    let faults = named(&args.fault)?;
    let all = chosen(&faults, usize::MAX, args.seed).len();
    let pairs = chosen(&faults, most, args.seed);
    if pairs.is_empty() {
        return Err(Error::Problems(vec![Problem::new("a pair takes two faults")]));
    }
    let alone: BTreeSet<Fault> = pairs.iter().flatten().copied().collect();
    let alone = alone.into_iter().map(|fault| vec![fault]);
    let systems: Vec<_> = alone.chain(pairs.iter().map(|pair| pair.to_vec())).collect();
    let place = Place::make()?;
    let began = Instant::now();
    let rounds = place.crew(args.jobs, None, false).rounds(&systems, 1, |told| match told {
        Told::Run { done, count, of } if !shared.quiet && !place.stop.is_cancelled() => {
            aside(&format!("[{count}/{of}] {}", done.trial.name()));
            Ok::<_, Error>(())
        }
        Told::Run { .. } | Told::Round { .. } => Ok(()),
    });
    let rounds = rounds?;
    let Some(round) = rounds.first() else { return Ok(Exit::Interrupted) };
    let told = PairsTold {
        format: "recant-selftest-pairs/v1".to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        sources: sources().to_owned(),
        seed: args.seed,
        of: all,
        pairs: compared(round, &pairs),
        broken: broken(round),
        seconds: began.elapsed().as_secs_f64(),
    };
    place.runtime.shutdown_background();
    match args.format {
        Format::Text => say(&pairs_text::text(&told))?,
        Format::Json => say(&format!("{:#}\n", serde_json::json!(told)))?,
    }
    let ended = exit(&rounds);
    Ok(match ended {
        Exit::Interrupted | Exit::CouldNotRun => ended,
        _ if told.pairs.iter().any(|p| p.looks_healthy) => Exit::Nonconformant,
        _ => Exit::Conformant,
    })
}

/// So many pairs of these faults, the same ones for the same seed.
#[must_use]
pub fn chosen(faults: &[Fault], most: usize, seed: u64) -> Vec<[Fault; 2]> {
    let later = |at: usize| faults.iter().skip(at + 1);
    let mut all: Vec<_> =
        faults.iter().enumerate().flat_map(|(at, a)| later(at).map(move |b| [*a, *b])).collect();
    Seeded::new(seed, "pairs").shuffle(&mut all);
    all.truncate(most);
    all.sort();
    all
}

fn compared(round: &Round, pairs: &[[Fault; 2]]) -> Vec<PairTold> {
    let judged: BTreeMap<&[Fault], &Compared> = round
        .runs
        .iter()
        .filter_map(|done| match &done.came {
            Came::Judged(seen) => Some((done.trial.faults.as_slice(), seen)),
            Came::Broken(_) | Came::Interrupted => None,
        })
        .collect();
    let told = pairs.iter().filter_map(|pair| {
        let of = |faults: &[Fault]| judged.get(faults).copied();
        let [a, b] = pair;
        Some(pair_told([(*a, of(&[*a])?), (*b, of(&[*b])?)], of(pair)?))
    });
    told.collect()
}

fn pair_told(alone: [(Fault, &Compared); 2], both: &Compared) -> PairTold {
    let name =
        |fault: Fault| fault.entry().map(|e| format!("{} {}", e.id, e.name)).unwrap_or_default();
    let must = |fault: Fault| fault.entry().map(|e| e.must.as_slice()).unwrap_or_default();
    let hidden = alone.iter().filter_map(|(fault, one)| {
        let (requirements, open) = less(one, both);
        let noticed = |seen: &Compared| must(*fault).iter().any(|id| seen.red().contains(id));
        let unnoticed = noticed(one) && !noticed(both);
        let any = !requirements.is_empty() || !open.is_empty();
        any.then(|| Hidden { of: name(*fault), requirements, open, unnoticed })
    });
    let [(a, of_a), (b, of_b)] = &alone;
    let known: BTreeSet<_> = of_a.red().union(&of_b.red()).cloned().collect();
    PairTold {
        faults: [name(*a), name(*b)],
        hidden: hidden.collect(),
        new: both.red().difference(&known).cloned().collect(),
        looks_healthy: both.reds() == 0,
    }
}

/// What is red alone and not with both: what is neither red nor open there, and what is open.
#[must_use]
pub fn less(alone: &Compared, both: &Compared) -> (BTreeSet<String>, BTreeSet<String>) {
    let red = both.red();
    let gone = alone.red().into_iter().filter(|id| !red.contains(id));
    gone.partition(|id| !both.inconclusive.contains(id))
}

fn broken(round: &Round) -> Vec<String> {
    let broken = round.runs.iter().filter_map(|done| match &done.came {
        Came::Broken(why) => Some(format!("{}: {why}", done.trial.name())),
        Came::Judged(_) | Came::Interrupted => None,
    });
    broken.collect()
}

/// Schema of what `recant selftest --pairs --format json` prints.
#[must_use]
pub fn pairs_schema() -> Schema {
    schema::<PairsTold>("recant selftest --pairs, format recant-selftest-pairs/v1")
}
