//! What a refresh token was granted with, and controls that make its refusal mean something.

use super::asked::{Asked, Way};
use super::rights::{Reading, Rights};
use crate::judge::Case;
use crate::model::Moment;

/// What the grant of a refresh token gave at first, where that can be told.
#[must_use]
pub fn granted(case: &Case, refresh: &str, service: &str) -> Option<Rights> {
    let first = case.timeline.grant_of(refresh)?;
    let reading = Reading::of(case, first.token, service, None);
    (!reading.is_dark() && !reading.is_silent()).then(|| reading.known())
}

/// A refresh of somebody else that was accepted after a moment: at the same service where one was tried there.
#[must_use]
pub fn bystander_refreshed(
    case: &Case,
    subject: &str,
    service: &str,
    after: Moment,
) -> Option<u64> {
    let others = || {
        Asked::all(case.view)
            .filter(|a| a.way == Way::Refresh && a.subject != subject && a.op.start >= after)
    };
    let tried_here = others().any(|a| a.service == service);
    let mut fitting = others().filter(|a| !tried_here || a.service == service);
    fitting.find(|a| a.op.outcome.is_allow()).map(|a| a.op.index)
}

/// A refresh of this subject that was accepted before a moment: at the same service where one was tried there.
#[must_use]
pub fn refreshed_before(case: &Case, subject: &str, service: &str, before: Moment) -> Option<u64> {
    let own = || {
        Asked::all(case.view)
            .filter(|a| a.way == Way::Refresh && a.subject == subject && a.done_by(before))
    };
    let tried_here = own().any(|a| a.service == service);
    let mut fitting = own().filter(|a| !tried_here || a.service == service);
    fitting.find(|a| a.op.outcome.is_allow()).map(|a| a.op.index)
}
