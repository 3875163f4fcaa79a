//! A service behind an enforcement point gives nothing to who comes past it (E-17).

use super::super::{Called, Case, Ruling};
use crate::history::{Action, Op};
use crate::model::{Outcome, Verdict};

/// A call past the enforcement point.
struct Past<'a> {
    op: &'a Op,
    operation: &'a str,
    subject: &'a str,
    token: &'a str,
    shown: bool,
}

/// E-17.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for (service, _) in case.services() {
        let past: Vec<Past> = case.view.ops.iter().filter_map(|op| of(op, service)).collect();
        if !past.is_empty() {
            rulings.push(at(case, service, &past).at(service));
        }
    }
    if rulings.is_empty() {
        let none = "no service was called past its enforcement point";
        rulings.push(Ruling::new(Verdict::Inconclusive, none));
    }
    rulings
}

fn of<'a>(op: &'a Op, at: &str) -> Option<Past<'a>> {
    match &op.action {
        Action::CallDirect { subject, service, operation, token, shown } if service == at => {
            Some(Past { op, operation, subject, token, shown: *shown })
        }
        _ => None,
    }
}

fn at(case: &Case, service: &str, past: &[Past]) -> Ruling {
    let accepted: Vec<&Past> = past.iter().filter(|p| p.op.outcome.is_allow()).collect();
    if let Some(first) = accepted.iter().find(|p| lost(case, service, p)).or(accepted.first()) {
        let with = match first.shown {
            true => "with the token",
            false => "without any token",
        };
        let lost = match lost(case, service, first) {
            true => ", although a change had taken it away",
            false => "",
        };
        let (n, operation) = (accepted.len(), first.operation);
        let what = format!(
            "past its enforcement point \"{operation}\" was accepted {with}{lost} ({n} of {} calls)",
            past.len()
        );
        let ops = accepted.iter().map(|p| p.op.index);
        return Ruling::new(Verdict::Fail, what).proved_by(ops);
    }
    if let Some(open) = past.iter().find(|p| !p.op.outcome.is_deny()) {
        let why = match &open.op.outcome {
            Outcome::Failed(why) | Outcome::Unknown(why) => why.as_str(),
            _ => "",
        };
        let what = format!(
            "a call past its enforcement point was neither refused nor accepted ({why}): that may be its \
             protection, or a wrong address"
        );
        return Ruling::new(Verdict::Inconclusive, what).proved_by([open.op.index]);
    }
    let mut proof: Vec<u64> = Vec::new();
    for p in past {
        let calls = || case.calls_at(service).filter(|c| c.op.outcome.is_allow());
        let same = |c: &Called| c.operation == p.operation;
        let before = calls().find(|c| same(c) && c.op.start < p.op.start);
        let after = calls().find(|c| c.op.start > p.op.start);
        let (Some(before), Some(after)) = (before, after) else {
            let what = format!(
                "\"{}\" was refused past the enforcement point, but not seen to work through it before and \
                 the service after",
                p.operation
            );
            return Ruling::new(Verdict::Inconclusive, what).proved_by([p.op.index]);
        };
        proof.extend([p.op.index, before.op.index, after.op.index]);
    }
    let what = format!("{} calls past its enforcement point were refused", past.len());
    Ruling::new(Verdict::Pass, what).proved_by(proof)
}

/// True where a change had taken the operation away from the token.
fn lost(case: &Case, service: &str, p: &Past) -> bool {
    case.timeline.changes.iter().any(|change| {
        change.subject.is_none_or(|s| s == p.subject)
            && change.ack.is_some_and(|ack| p.op.start > ack)
            && change.until.is_none_or(|until| p.op.start < until)
            && case.lost(change, p.token, service, p.operation)
    })
}
