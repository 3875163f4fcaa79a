//! Waivers, once for all checks: after the verdict, and without a say in it.

use super::Finding;
use crate::history::Begin;
use crate::model::{About, Verdict, Waived};

/// The waiver that a finding names. Only a failure is waived: what stays open, or was interrupted, is nobody's known weakness but
/// something that nobody knows. What counts is the day on which the run began, not that of judging.
pub fn waived(begin: &Begin, finding: &Finding) -> Option<Waived> {
    if finding.verdict != Verdict::Fail {
        return None;
    }
    let about = About {
        requirement: &finding.requirement,
        scenario: &finding.scenario,
        service: finding.service.as_deref(),
    };
    // Without a day nothing is in force.
    let day = begin.day().unwrap_or_default();
    begin.waivers.of(about, &begin.facts.target, &day)
}
