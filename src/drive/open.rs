//! An inverse that has not been carried out yet. Sends nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Given;
use super::journal::{Inverse, Noted};
use crate::plan::{Confirm, HttpStep};

/// An entry of the journal that is not closed.
pub(super) struct Open {
    pub noted: Noted,
    /// For people.
    pub what: String,
    /// The inverse.
    pub steps: Vec<HttpStep>,
    pub given: Given,
    /// The subject that this is about, and nothing else.
    pub subject: Option<String>,
    /// False until the request is about to be sent.
    pub sent: bool,
    /// Held while the request is under way: an undo must not overtake it.
    pub sending: Arc<tokio::sync::Mutex<()>>,
    pub kind: Kind,
}

/// What is to be undone.
pub(super) enum Kind {
    /// A subject was made.
    Subject,
    /// A change of the recipe was made by this op.
    Change { op: u64, name: String, confirm: Option<Confirm> },
}

impl Open {
    pub(super) fn is_change(&self) -> bool {
        matches!(self.kind, Kind::Change { .. })
    }

    /// As it goes into the journal.
    pub(super) fn inverse(&self, values: BTreeMap<String, Value>) -> Inverse<'_> {
        Inverse {
            change: &self.what,
            steps: &self.steps,
            values,
            subject: self.subject.as_deref(),
            removes: matches!(self.kind, Kind::Subject),
        }
    }
}
