//! The matrix of the selftest as it is committed, format `recant-matrix/v1`: fault by requirement, with no time in it, so that the
//! same sources give the same bytes. Members are added, never renamed.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the format.
pub const MATRIX_FORMAT: &str = "recant-matrix/v1";

/// What the shipped suite shows of the reference system, healthy and with each fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matrix {
    /// `recant-matrix/v1`.
    pub format: String,
    /// recant's version.
    pub tool: String,
    /// All requirements, in the order of their short ids.
    pub requirements: Vec<Column>,
    /// The healthy system.
    pub healthy: Healthy,
    /// The faults, in the order of their numbers.
    pub faults: Vec<FaultRow>,
    /// Requirements (ids) that no fault turned red by being noticed: nobody has shown yet that these can fail.
    pub never_red: Vec<String>,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Its id.
    pub id: String,
    /// Its short id.
    pub alias: String,
}

/// The healthy system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Healthy {
    /// Each declared service class: true where something was judged of a service of it, and nothing of it was red or open.
    pub classes: BTreeMap<String, bool>,
    /// Requirements (ids) that were red: false alarms.
    pub red: BTreeSet<String>,
    /// Requirements (ids) that stayed open.
    pub inconclusive: BTreeSet<String>,
    /// Whatever else was not as it should be, a sentence each.
    pub wrong: Vec<String>,
}

/// A fault, and what noticed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRow {
    /// `mu-01`.
    pub id: String,
    /// `refresh-copies-claims`.
    pub name: String,
    /// Requirements (ids) of which at least one must turn red.
    pub must: BTreeSet<String>,
    /// Those of them that did. None: the fault was missed.
    pub noticed: BTreeSet<String>,
    /// Others that turned red and are listed with a reason (`recant faults`).
    pub also_red: BTreeSet<String>,
    /// Others that turned red and are not listed: false alarms.
    pub unlisted: BTreeSet<String>,
    /// True where the run could not be made or was not as it should be in another way.
    pub broken: bool,
}

impl Matrix {
    /// Faults that were noticed.
    #[must_use]
    pub fn noticed(&self) -> u64 {
        self.faults.iter().filter(|f| !f.noticed.is_empty()).count() as u64
    }

    /// Requirements that were red where nothing that they ask about was wrong.
    #[must_use]
    pub fn false_alarms(&self) -> u64 {
        let unlisted: usize = self.faults.iter().map(|f| f.unlisted.len()).sum();
        (self.healthy.red.len() + unlisted) as u64
    }

    /// Service classes of which the healthy system was clean.
    #[must_use]
    pub fn clean_classes(&self) -> u64 {
        self.healthy.classes.values().filter(|clean| **clean).count() as u64
    }

    /// True where nothing was wrong with the healthy system, in every class.
    #[must_use]
    pub fn healthy_clean(&self) -> bool {
        let Healthy { classes, red, inconclusive, wrong } = &self.healthy;
        !classes.is_empty()
            && classes.values().all(|clean| *clean)
            && red.is_empty()
            && inconclusive.is_empty()
            && wrong.is_empty()
    }

    /// Faults that one of these requirements noticed.
    #[must_use]
    pub fn noticed_by(&self, requirements: &BTreeSet<&str>) -> u64 {
        let by = |f: &&FaultRow| f.noticed.iter().any(|id| requirements.contains(id.as_str()));
        self.faults.iter().filter(by).count() as u64
    }
}
