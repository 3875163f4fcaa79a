//! Counts of a run as it was watched. The report counts again from the record; a difference is a mistake of recant's.

use crate::drive::Halt;

use super::StepFailure;

/// How a scenario came out. Ordered: the larger one wins within a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// The target declares absent what one of its obligations asks for.
    NotApplicable,
    /// All that had to hold holds.
    Passed,
    /// It was not carried out, because the target declares absent what it takes.
    Absent,
    /// The evidence does not suffice.
    Inconclusive,
    /// It could not be carried out.
    Halted,
    /// Something does not hold.
    Failed,
}

impl Came {
    /// The word that people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable | Self::Absent => "n/a",
            Self::Passed => "pass",
            Self::Inconclusive => "unclear",
            Self::Halted => "halted",
            Self::Failed => "FAIL",
        }
    }

    /// What a failed step makes of its scenario.
    #[must_use]
    pub fn of(failure: &StepFailure) -> Self {
        match failure {
            StepFailure::Nonconformant(_) => Self::Failed,
            StepFailure::Inconclusive(_) => Self::Inconclusive,
            StepFailure::Halted(Halt::Absent(_)) => Self::Absent,
            StepFailure::Halted(_) => Self::Halted,
        }
    }
}

/// Counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Scenarios that were begun.
    pub begun: u64,
    /// Scenarios that came to an end, whatever it was.
    pub ended: u64,
    /// All that had to hold holds.
    pub passed: u64,
    /// Something does not hold.
    pub failed: u64,
    /// The evidence does not suffice.
    pub inconclusive: u64,
    /// Could not be carried out.
    pub halted: u64,
    /// Does not apply to the target.
    pub not_applicable: u64,
    /// Steps that no sentence reads like. Preflight leaves none.
    pub undefined: u64,
    /// Features that could not be read. Preflight leaves none.
    pub unread: Vec<String>,
    /// Why recant itself could not go on.
    pub broken: Option<String>,
}

impl Tally {
    /// Counts a scenario that is over.
    pub fn count(&mut self, came: Came) {
        self.ended += 1;
        match came {
            Came::NotApplicable | Came::Absent => self.not_applicable += 1,
            Came::Passed => self.passed += 1,
            Came::Inconclusive => self.inconclusive += 1,
            Came::Halted => self.halted += 1,
            Came::Failed => self.failed += 1,
        }
    }

    /// Notes a halt that is recant's own.
    pub fn note(&mut self, failure: &StepFailure) {
        if let StepFailure::Halted(Halt::Broken(why)) = failure {
            self.broken.get_or_insert_with(|| why.clone());
        }
    }

    /// One line.
    #[must_use]
    pub fn line(&self) -> String {
        let counts = [
            (self.passed, "passed"),
            (self.failed, "failed"),
            (self.inconclusive, "unclear"),
            (self.halted, "halted"),
            (self.not_applicable, "do not apply"),
        ];
        let parts: Vec<_> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        format!("{} scenarios: {}", self.ended, parts.join(", "))
    }
}
