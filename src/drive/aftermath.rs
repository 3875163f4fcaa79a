//! What a change leaves behind that was not about one subject alone: services hear of its undoing, or read keys anew, some time
//! later. Whoever comes next must not meet that, or what is still refused would look like a fault.

use super::change::{Kind, Open};
use super::signals::event_bound;
use super::{Run, Stage};
use crate::model::{Moment, ServiceClass};

/// Longer than this is not waited for, milliseconds: a bound says how long something may take, not how long it takes.
const LONGEST: u64 = 15_000;

/// Changes that take nothing from anybody, however they end.
const ADDS: [&str; 5] = [
    "create role",
    "add permission",
    "trust issuer",
    "trust transmitter",
    "register logout address",
];

impl Run {
    /// When all that follows a change or its undoing, made just now, has followed.
    fn followed(&self, change: &str) -> Moment {
        let (now, bounds) = (self.now(), &self.facts().bounds);
        if ADDS.contains(&change) {
            return now;
        }
        let services = self.declared.target.service.iter();
        let told = services.filter(|(_, service)| service.class == ServiceClass::EventDriven);
        let told = told.filter_map(|(name, _)| event_bound(self, name));
        let keys = change.contains("key").then_some(bounds.keys);
        let slowest = told.chain(keys).chain([bounds.decision, bounds.revocation]).max();
        now.plus_ms(slowest.unwrap_or_default().min(LONGEST))
    }

    /// The same of what an entry of the journal undid; now where that was about a subject of the scenario's own.
    pub(super) fn followed_undo(&self, open: &Open) -> Moment {
        match (&open.kind, &open.subject) {
            (Kind::Change { name, .. }, None) => self.followed(name),
            _ => self.now(),
        }
    }
}

impl Stage {
    /// Notes that a change was made, or undone, that others may still feel when this scenario is over.
    pub(super) fn others_feel(&mut self, change: &str) {
        self.quiet_at = self.quiet_at.max(self.run.followed(change));
    }
}
