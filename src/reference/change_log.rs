//! The log of entitlement changes: who changed what of whom, when, who approved it, and the revision of that subject's
//! entitlements from then on, which decisions cite.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::faults::{Fault, Faults};

/// No more records than this are kept of one subject; the oldest go first.
const MOST: usize = 1_000;
/// No more subjects than this have records.
const MOST_SUBJECTS: usize = 100_000;

/// One change.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    pub id: String,
    /// RFC 3339 UTC by the system's clock.
    pub time: String,
    pub who: &'static str,
    /// `role.removed`, `risk.set`, ...
    pub what: &'static str,
    /// Name of the subject.
    pub subject: String,
    pub approver: &'static str,
    /// `e17`.
    pub revision: String,
}

/// The records by subject, oldest first.
pub struct ChangeLog {
    faults: Faults,
    by_subject: HashMap<String, Vec<Change>>,
    written: u64,
}

impl ChangeLog {
    /// An empty log.
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), by_subject: HashMap::new(), written: 0 }
    }

    /// Writes down a change that is in force.
    pub fn write(&mut self, time: String, subject: &str, what: &'static str) {
        self.written += 1;
        if !self.by_subject.contains_key(subject) && self.by_subject.len() >= MOST_SUBJECTS {
            return;
        }
        let records = self.by_subject.entry(subject.to_owned()).or_default();
        if records.len() >= MOST {
            records.remove(0);
        }
        records.push(Change {
            id: format!("c-{}", self.written),
            time,
            who: "administrator",
            what,
            subject: subject.to_owned(),
            approver: "change desk",
            revision: format!("e{}", self.written),
        });
    }

    /// The revision of a subject's entitlements.
    pub fn revision(&self, subject: &str) -> Option<String> {
        let mut records = self.by_subject.get(subject)?.iter().rev();
        let latest = records.next()?;
        // the fault: decisions cite what was in force before the latest change
        let stale = self.faults.has(Fault::DecisionCitesOldRevision);
        let cited = if stale { records.next().unwrap_or(latest) } else { latest };
        Some(cited.revision.clone())
    }

    /// The records of one subject, oldest first.
    pub fn read(&self, subject: &str) -> Value {
        json!(self.by_subject.get(subject).map_or(&[][..], Vec::as_slice))
    }
}
