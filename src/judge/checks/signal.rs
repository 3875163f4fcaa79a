//! Checks of what issuers and services tell each other, by name.

mod accounts;
mod acted;
mod authentic;
mod chain;
mod claims;
mod content;
mod elsewhere;
mod heard;
mod logout;
mod once;
mod outage;
mod paths;
mod profile;
mod reuse;

use crate::judge::{Case, Check};
use crate::model::{ServiceClass, ServiceFacts};

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("acknowledged-signal-acted-on", acted::check),
    ("signals-authenticated-and-ordered", authentic::check),
    ("every-path-signals", paths::check),
    ("signal-content-accurate", content::check),
    ("signal-loss-noticed", outage::check),
    ("reuse-noticed", reuse::check),
];

/// Within which time a receiver must act on what it acknowledged, milliseconds: what the step says, else what an
/// event-driven service promises, else the bound for events.
fn bound(case: &Case, declared: &ServiceFacts) -> u64 {
    let own = declared.bound.filter(|_| declared.class == ServiceClass::EventDriven);
    case.obligation.within.or(own).unwrap_or(case.facts.bounds.event)
}
