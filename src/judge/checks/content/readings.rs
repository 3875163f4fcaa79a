//! Readings of a log that is not the decision log: which worked, and whether one that did not might have shown more.

use super::asked::outcome_words;
use crate::history::{Action, Op};
use crate::judge::Case;
use crate::model::Moment;

/// The readings of one log in a scenario.
#[derive(Debug)]
pub struct Readings<'a> {
    /// The last one that worked.
    pub read: &'a Op,
    /// All that worked.
    pub good: Vec<&'a Op>,
    /// The last one that did not.
    pub failed: Option<&'a Op>,
}

impl<'a> Readings<'a> {
    /// The readings of a log by its action.
    ///
    /// # Errors
    /// In words, with the ops: there is none that worked.
    pub fn of(case: &Case<'a>, action: &Action, log: &str) -> Result<Self, (String, Vec<u64>)> {
        let all = case.view.ops.iter().filter(|op| op.action == *action);
        let (good, bad): (Vec<&Op>, Vec<&Op>) = all.partition(|op| op.outcome.is_allow());
        let failed = bad.last().copied();
        match (good.last().copied(), failed) {
            (Some(read), _) => Ok(Self { read, good, failed }),
            (None, None) => Err((format!("the {log} was not read in this scenario"), Vec::new())),
            (None, Some(op)) => Err((not_read(op, log), vec![op.index])),
        }
    }

    /// True where what ended at a moment must have been in the log when it was read: every reading worked, and the log's
    /// bound had passed; `more` milliseconds may pass before it is done.
    #[must_use]
    pub fn had_to_show(&self, case: &Case, end: Option<Moment>, more: u64) -> bool {
        let read_at = self.read.end.unwrap_or(self.read.start);
        self.failed.is_none()
            && end.is_some_and(|end| read_at >= end.plus_ms(case.facts.bounds.log).plus_ms(more))
    }
}

/// That a reading did not work, in words.
#[must_use]
pub fn not_read(op: &Op, log: &str) -> String {
    format!("reading the {log} was {}", outcome_words(&op.outcome))
}
