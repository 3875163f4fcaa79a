//! Enforcement lag: an interval, never a point (REQUIREMENTS: section 1).

use super::{Called, Changed, Lag};

/// The lag that calls show after a change was acknowledged. `None` where nothing was accepted or refused.
#[must_use]
pub fn lag(change: &Changed, calls: &[Called]) -> Option<Lag> {
    let ack = change.ack?;
    let accepted = || calls.iter().filter(|c| c.op.outcome.is_allow() && c.op.start > ack);
    let refused = || {
        let after = calls.iter().filter(|c| c.op.outcome.is_deny() && c.op.start >= change.inv);
        after.filter_map(|c| Some((c.op.start, c.op.end?)))
    };
    let last = accepted().map(|c| c.op.start).max();
    let first_final = refused().filter(|(start, _)| last.is_none_or(|l| *start > l));
    let at_most = first_final.map(|(_, end)| end).min();
    if last.is_none() && at_most.is_none() {
        return None;
    }
    let first_refusal = refused().map(|(_, end)| end).min();
    Some(Lag {
        at_least_ms: last.map_or(0, |l| l.ms_since(ack)),
        at_most_ms: at_most.map(|end| end.ms_since(change.inv)),
        flapped: first_refusal.zip(last).is_some_and(|(refusal, accept)| accept > refusal),
        bound_ms: None,
    })
}
