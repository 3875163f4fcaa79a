//! The selftest for programs, format `recant-selftest/v1`: members are added, never renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::crew::Round;
use super::matrix::{Sum, above_few, word};
use super::trial::{Came, Done};
use crate::calibration::{Matrix, sources};
use crate::judge::Finding;
use crate::reference::FaultEntry;
use crate::report::schema;

/// Everything that a selftest showed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Selftest {
    /// `recant-selftest/v1`.
    pub format: String,
    /// recant's version.
    pub tool: String,
    /// SHA-256 (hex) of the sources of this build that decide what it notices.
    pub sources: String,
    /// True where every run was as it should be. The exit code is 0 then, unless `differs` says something.
    pub as_it_should_be: bool,
    /// Where the matrix is not the committed one (`--check`), a sentence each.
    pub differs: Vec<String>,
    /// Runs in all rounds.
    pub runs: usize,
    /// How long it took.
    pub seconds: f64,
    /// The rounds.
    pub rounds: Vec<RoundTold>,
}

/// One time through all systems.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoundTold {
    /// Its number, from 1.
    pub round: usize,
    /// From the begin of its first run to the end of its last.
    pub seconds: f64,
    /// Faults that were tried.
    pub faults: u64,
    /// Faults that one of the requirements noticed which must.
    pub noticed: u64,
    /// Noticed faults with three requirements red or fewer.
    pub with_few_reds: u64,
    /// How many of a hundred faults those are; the goal is 80. Absent where no fault was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few_reds_percent: Option<u64>,
    /// Faults with more than three requirements red, with their number.
    pub above_few_reds: BTreeMap<String, usize>,
    /// Requirements that were red under a fault that is not known to turn them red.
    pub unlisted_reds: u64,
    /// True where nothing was wrong with the healthy system, in every declared service class.
    pub healthy_clean: bool,
    /// The runs, the healthy system's first.
    pub runs: Vec<RunTold>,
}

/// A run of the shipped suite against one system. Sets of requirements are there where it was judged.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct RunTold {
    /// The fault; null for the healthy system.
    pub fault: Option<FaultNamed>,
    /// What orders and names followed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// `ok`, `wrong`, `broken` (it could not be done) or `stopped`.
    pub came: String,
    /// How long it took.
    pub seconds: f64,
    /// True where none of the requirements turned red that must notice the fault.
    pub missed: bool,
    /// Red requirements that must notice the fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed: Option<BTreeSet<String>>,
    /// Red requirements that are listed as what may turn red too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also_red: Option<BTreeSet<String>>,
    /// Red requirements that nobody listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<BTreeSet<String>>,
    /// Requirements that stayed open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<BTreeSet<String>>,
    /// What is not as it should be, a sentence each.
    pub wrong: Vec<String>,
    /// Findings to look at.
    pub findings: Vec<Finding>,
    /// Where the run is recorded that was not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// A fault.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FaultNamed {
    /// `mu-01`.
    pub id: String,
    /// `refresh-copies-claims`.
    pub name: String,
}

impl FaultNamed {
    /// The names of a fault.
    #[must_use]
    pub fn of(entry: &FaultEntry) -> Self {
        Self { id: entry.id.clone(), name: entry.name.clone() }
    }
}

/// All rounds.
#[must_use]
pub fn of(rounds: &[Round], took: Duration, differs: &[String]) -> Selftest {
    let all = rounds.iter().flat_map(|r| &r.runs);
    Selftest {
        format: "recant-selftest/v1".to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        sources: sources().to_owned(),
        as_it_should_be: all.clone().all(|d| word(&d.came) == "ok"),
        differs: differs.to_vec(),
        runs: all.count(),
        seconds: took.as_secs_f64(),
        rounds: rounds.iter().map(round).collect(),
    }
}

fn round(round: &Round) -> RoundTold {
    let sum = Sum::of(round);
    RoundTold {
        round: round.number,
        seconds: round.took.as_secs_f64(),
        faults: sum.faults,
        noticed: sum.noticed,
        with_few_reds: sum.few,
        few_reds_percent: sum.share_of_few(),
        above_few_reds: above_few(round)
            .into_iter()
            .map(|(done, reds)| (done.trial.name(), reds.len()))
            .collect(),
        unlisted_reds: sum.unlisted,
        healthy_clean: sum.clean,
        runs: round.runs.iter().map(run).collect(),
    }
}

fn run(done: &Done) -> RunTold {
    let told = RunTold {
        fault: done.trial.entries().first().map(|e| FaultNamed::of(e)),
        seed: done.trial.seed,
        came: word(&done.came).to_lowercase(),
        seconds: done.took.as_secs_f64(),
        folder: done.folder.clone(),
        ..RunTold::default()
    };
    match &done.came {
        Came::Judged(seen) => RunTold {
            missed: told.fault.is_some() && seen.noticed.is_empty(),
            noticed: Some(seen.noticed.clone()),
            also_red: Some(seen.also.clone()),
            unlisted: Some(seen.unlisted.clone()),
            inconclusive: Some(seen.inconclusive.clone()),
            wrong: seen.wrong.clone(),
            findings: seen.findings.clone(),
            ..told
        },
        Came::Broken(why) => RunTold { wrong: vec![why.clone()], ..told },
        Came::Interrupted => told,
    }
}

/// Schema of what `recant selftest --format json` prints.
#[must_use]
pub fn selftest_schema() -> Schema {
    schema::<Selftest>("recant selftest, format recant-selftest/v1")
}

/// Schema of the committed matrix.
#[must_use]
pub fn matrix_schema() -> Schema {
    schema::<Matrix>("recant matrix, format recant-matrix/v1")
}
