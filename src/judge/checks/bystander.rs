//! Somebody whom the change must not touch is still accepted. For the sentences of teams.

use crate::judge::{Called, Case, Changed, Ruling};
use crate::model::{Outcome, Verdict};

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let Some(change) = case.timeline.changes.last() else {
        let why = "no change was made in this scenario";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    };
    case.services().map(|(service, _)| at(case, change, service).at(service)).collect()
}

fn at(case: &Case, change: &Changed, service: &str) -> Ruling {
    let left_alone: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && call.op.start > change.inv)
        .filter(|call| change.subject.is_none_or(|subject| call.subject != subject))
        .filter(|call| !case.lost(change, call.token, service, call.operation))
        .filter(|call| case.live(call))
        .collect();
    let pick = |fits: fn(&Outcome) -> bool| {
        let fitting = left_alone.iter().filter(move |call| fits(&call.op.outcome));
        fitting.map(|call| call.op.index).collect::<Vec<_>>()
    };
    let refused = pick(|o| o.is_deny());
    if !refused.is_empty() {
        let why = "somebody whom the change must not touch was refused after it";
        return Ruling::new(Verdict::Fail, why).proved_by(refused);
    }
    let dark = pick(|o| matches!(o, Outcome::Unknown(_)));
    if !dark.is_empty() {
        let why = "what a call of the bystander came to is not known";
        return Ruling::new(Verdict::Inconclusive, why).proved_by(dark);
    }
    if change.ack.is_none() {
        let why =
            format!("\"{}\" was not seen to succeed, so nothing follows from it", change.name);
        return Ruling::new(Verdict::Inconclusive, why);
    }
    let accepted = pick(Outcome::is_allow);
    if accepted.is_empty() {
        let why = "nobody whom the change must not touch was seen calling after it";
        return Ruling::new(Verdict::Inconclusive, why);
    }
    Ruling::new(Verdict::Pass, "the bystander is still accepted").proved_by(accepted)
}
