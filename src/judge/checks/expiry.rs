//! A service refuses a token that has expired by more than the accepted skew.

use crate::judge::words::{spell, times};
use crate::judge::{Called, Case, Ruling, origin};
use crate::model::{Moment, Verdict};

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    case.services().map(|(service, _)| at(case, service).at(service)).collect()
}

/// The ruling at one service.
pub(super) fn at(case: &Case, service: &str) -> Ruling {
    let skew = case.obligation.within.unwrap_or(case.facts.bounds.skew);
    let expired = overdue(case, service, skew);
    let accepted: Vec<_> = expired.iter().filter(|(c, _)| c.op.outcome.is_allow()).collect();
    let oldest = accepted.iter().map(|(call, exp)| call.op.start.ms_since(*exp)).max();
    if let Some(oldest) = oldest {
        let late: Vec<&Called> = accepted.iter().map(|(call, _)| call).collect();
        let why = format!(
            "accepted an expired token {}{}, up to {} after its end; {} are allowed",
            times(accepted.len()),
            origin::alone(case, &late),
            spell(oldest),
            spell(skew)
        );
        let proof = accepted.iter().map(|(call, _)| call.op.index);
        return Ruling::new(Verdict::Fail, why).proved_by(proof);
    }
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    if let Some((dark, _)) = expired.iter().find(|(call, _)| call.is_dark()) {
        return open(format!("what op {} came to is not known", dark.op.index));
    }
    let refused: Vec<&Called> =
        expired.iter().map(|(call, _)| call).filter(|call| call.op.outcome.is_deny()).collect();
    if refused.is_empty() {
        return open("no token was seen refused after its end and the accepted skew".into());
    }
    if let Some(missing) = refused.iter().find_map(|call| uncontrolled(case, service, call)) {
        return open(missing).proved_by(refused.iter().map(|call| call.op.index));
    }
    let why = format!("refused the expired token {}", times(refused.len()));
    Ruling::new(Verdict::Pass, why).proved_by(refused.iter().map(|call| call.op.index))
}

/// Calls with tokens that had expired by more than the skew, and when they had.
pub(super) fn overdue<'a>(case: &Case<'a>, service: &str, skew: u64) -> Vec<(Called<'a>, Moment)> {
    case.calls_at(service)
        .filter(|call| case.covers(call.operation))
        .filter_map(|call| Some((call, case.timeline.exp(call.token)?)))
        .filter(|(call, exp)| call.op.start > exp.plus_ms(skew))
        .collect()
}

/// The same token was accepted for the same operation while it lasted, nothing but its end came between, and somebody
/// else's token is accepted afterwards.
fn uncontrolled(case: &Case, service: &str, refused: &Called) -> Option<String> {
    let Called { token, operation, .. } = *refused;
    let accepted = |call: &Called| call.operation == operation && call.op.outcome.is_allow();
    let mut before = case.calls_at(service).filter(|call| case.live(call) && accepted(call));
    if !before.any(|call| call.token == token) {
        return Some(format!("{token} was not seen accepted for \"{operation}\" while it lasted"));
    }
    let changed = case.timeline.changes.iter().any(|change| {
        change.inv <= refused.op.start && case.lost(change, token, service, operation)
    });
    if changed {
        return Some(format!("{token} had lost \"{operation}\" by other means than its end"));
    }
    let mut after = case
        .calls_at(service)
        .filter(|call| call.token != token && case.live(call) && call.op.start > refused.op.start);
    if !after.any(|call| accepted(&call)) {
        return Some(format!(
            "no live token was seen accepted for \"{operation}\" afterwards, so the service may be down"
        ));
    }
    None
}
