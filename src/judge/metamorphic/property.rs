//! The table of properties, and how often each held.

use std::collections::BTreeMap;

use super::observed::Observed;
use super::{access, content, ends, grants, record, routes};
use crate::history::View;

/// A property.
pub struct Property {
    /// `M-01`.
    pub id: &'static str,
    /// What it says.
    pub sentence: &'static str,
    check: fn(&Observed) -> Vec<Instance>,
}

/// One place where a property was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// What is wrong, where it does not hold.
    pub broken: Option<String>,
    /// The ops that were compared.
    pub evidence: Vec<u64>,
}

impl Instance {
    /// It holds, or why it does not.
    pub(super) fn of(holds: bool, because: impl FnOnce() -> String, evidence: &[u64]) -> Self {
        Self { broken: (!holds).then(because), evidence: evidence.to_vec() }
    }
}

/// A property over a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often it was looked at; 0 means that nothing is known of it.
    pub instances: u64,
    /// Where it does not hold: scenario instance and what is wrong.
    pub broken: Vec<(String, Instance)>,
}

/// A property that no history can show yet, and why.
pub const NOT_IMPLEMENTED: [(&str, &str); 0] = [];

/// The properties, in order.
pub const PROPERTIES: [Property; 23] = [
    property("M-01", "a loss never adds authority", content::loss_never_adds),
    property("M-02", "what is changed and restored gives what it gave", content::restored),
    property("M-03", "a change leaves bystanders alone", access::bystander),
    property("M-04", "changes commute, and a repeated one counts once", content::commute),
    property("M-05", "a refresh stays within the grant and today's rights", grants::refresh_within),
    property(
        "M-06",
        "an exchange stays within its token and today's rights",
        grants::exchange_within,
    ),
    property("M-07", "an old token does no more than a new one", access::old_within_new),
    property("M-08", "a narrow token does no more than was asked for", content::narrow),
    property("M-09", "a token is good at its own audience only", access::audience),
    property("M-10", "a loss is no slower than its bound or the gain", access::no_slower),
    property("M-11", "what is ended ends with all that came of it", ends::ended),
    property("M-12", "what was refused stays refused", ends::refused_stays),
    property("M-13", "a dead grant stays dead", grants::dead_stays),
    property("M-14", "a one-time credential succeeds once", grants::once),
    property("M-15", "routes and replicas agree", routes::agree),
    property("M-16", "names play no part", content::names),
    property("M-17", "more risk never gives more, nor for longer", content::risk),
    property("M-18", "a change that takes something is noticed somewhere", access::noticed),
    property("M-19", "a probed token and one that was left alone end alike", access::hot_and_cold),
    property("M-20", "an outage opens nothing", access::outage),
    property("M-21", "the time of sign-in stays along refresh", grants::sign_in),
    property("M-22", "a claim goes with the role that explains it", record::counterfactual),
    property("M-23", "each token has one record, and each record its token", record::bijection),
];

const fn property(
    id: &'static str,
    sentence: &'static str,
    check: fn(&Observed) -> Vec<Instance>,
) -> Property {
    Property { id, sentence, check }
}

/// All properties over the scenario instances of a history, by their ids. An instance in which nobody knows whether a change
/// was made shows nothing.
#[must_use]
pub fn properties(view: &View) -> BTreeMap<&'static str, Tally> {
    let mut all: BTreeMap<_, Tally> = PROPERTIES.iter().map(|p| (p.id, Tally::default())).collect();
    let mut instances: Vec<&str> = view.ops.iter().map(|op| op.instance.as_str()).collect();
    instances.sort_unstable();
    instances.dedup();
    for name in instances {
        let part = view.of_instance(name, u64::MAX);
        let Some(observed) = Observed::of(&part) else { continue };
        for property in &PROPERTIES {
            let tally = all.entry(property.id).or_default();
            for found in (property.check)(&observed) {
                tally.instances += 1;
                if found.broken.is_some() {
                    tally.broken.push((name.to_owned(), found));
                }
            }
        }
    }
    all
}
