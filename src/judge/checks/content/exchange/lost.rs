//! An exchange after something was taken away (T-07): a token of before does not bring it back, neither in the new token nor at its
//! service.

use super::super::around::next_turn;
use super::super::asked::{Asked, Way};
use super::super::entitled::Entitled;
use super::super::remarks::Remarks;
use super::super::rights::{Reading, Right, Rights, needed_at, of_needs, still_named, words};
use super::{exchanges, refused};
use crate::judge::{Case, Cause, Changed};
use crate::model::{Outcome, TokenSeen};

/// Judges one exchange by each change that was in force.
pub(super) fn weigh(case: &Case, a: &Asked, remarks: &mut Remarks) {
    for change in changes(case).filter(|change| in_force(change, a)) {
        one(case, change, a, remarks);
    }
}

/// Says what is missing for a word about each change: that something was taken which an exchange had given, and that one was tried.
pub(super) fn evidence(case: &Case, whole: &mut Remarks) {
    for change in changes(case) {
        if change.ack.is_none() {
            whole.not_made(change);
            continue;
        }
        let all = exchanges(case);
        if !all.iter().any(|a| in_force(change, a)) {
            let none = format!("no token was exchanged after \"{}\"", change.name);
            whole.open(none, [change.op.index]);
        }
        let scopes = change.loses.scopes.iter().cloned().map(Right::Scope);
        let lost: Rights =
            scopes.chain(change.loses.roles.iter().cloned().map(Right::Role)).collect();
        let had = |a: &Asked| {
            let given = a.given().filter(|_| a.done_by(change.inv));
            given.is_some_and(|token| {
                let known = Reading::of(case, token, a.service, Some(change.inv)).known();
                known.intersection(&lost).next().is_some()
            })
        };
        if !all.iter().any(had) {
            let none =
                format!("nothing that \"{}\" took away came by an exchange before", change.name);
            whole.open(none, [change.op.index]);
        }
    }
}

fn changes<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = &'c Changed<'a>> {
    case.timeline.changes.iter().filter(|c| c.cause == Cause::Entitlement)
}

fn in_force(change: &Changed, a: &Asked) -> bool {
    a.way == Way::Exchange
        && change.subject.is_none_or(|s| s == a.subject)
        && change.ack.is_some_and(|ack| a.op.start >= ack)
        && change.until.is_none_or(|until| a.op.start < until)
}

/// What a change took from a subject, as the target declares it, of what a service's operations need.
fn gone(case: &Case, change: &Changed, a: &Asked) -> Rights {
    let was = Entitled::at(case, a.subject, change.inv).rights;
    let left = Entitled::at(case, a.subject, a.op.start).rights;
    let gone: Rights = was.difference(&left).cloned().collect();
    gone.intersection(&needed_at(case.facts, a.service)).cloned().collect()
}

fn one(case: &Case, change: &Changed, a: &Asked, remarks: &mut Remarks) {
    let ops = [change.op.index, a.op.index];
    let now = Entitled::at(case, a.subject, a.op.start);
    let was = Entitled::at(case, a.subject, change.inv);
    if let Some(doubt) = was.doubt.or(now.doubt.clone()) {
        return remarks.open(doubt, ops);
    }
    let bound = case.decision_bound();
    if !now.due(a.op.start, bound) {
        return remarks
            .open(format!("the exchange came sooner than {bound} ms after the change"), ops);
    }
    let gone = gone(case, change, a);
    let name = change.name;
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let reading = Reading::of(case, token, a.service, next_turn(case, a.op.start));
            let mut kept: Rights = reading.known().intersection(&gone).cloned().collect();
            kept.extend(still_named(case.facts, token, &change.loses.roles, &now.roles));
            if !kept.is_empty() {
                let kept = words(&kept);
                remarks.fail(format!("after \"{name}\" an exchange still gives {kept}"), ops);
            } else if reading.tells(&gone) {
                remarks
                    .fine(format!("after \"{name}\" an exchange gives nothing that it took"), ops);
            } else {
                let gone = words(&gone);
                remarks.open(format!("nothing tells whether an exchange gives {gone}"), ops);
            }
            at_its_service(case, change, a, token, &gone, remarks);
        }
        _ if refused(a.op) && !another(case, a) => {
            let what =
                format!("after \"{name}\" an exchange was refused, and so was everybody else's");
            remarks.open(what, ops);
        }
        // What else it came to has been said already.
        _ => {}
    }
}

/// What the service says to the token that came out, once its own bound has passed.
fn at_its_service(
    case: &Case,
    change: &Changed,
    a: &Asked,
    token: &TokenSeen,
    gone: &Rights,
    remarks: &mut Remarks,
) {
    let Some((declared, ack)) = case.facts.services.get(a.service).zip(change.ack) else { return };
    let due = ack.plus_ms(case.bound(declared).unwrap_or_default());
    let until = next_turn(case, a.op.start);
    let calls = case.calls_at(a.service).filter(|call| {
        call.token == token.id
            && call.op.start >= due
            && until.is_none_or(|until| call.op.start < until)
    });
    for call in calls {
        let needs = declared.operations.get(call.operation).map(|o| of_needs(&o.needs));
        if needs.is_none_or(|needs| needs.intersection(gone).next().is_none()) {
            continue;
        }
        let ops = [change.op.index, a.op.index, call.op.index];
        let operation = call.operation;
        if call.op.outcome.is_allow() {
            let what = format!("the service accepted \"{operation}\" with an exchanged token");
            remarks.fail(format!("after \"{}\" {what}", change.name), ops);
        } else if call.is_dark() {
            let what = format!("what \"{operation}\" with an exchanged token came to is not known");
            remarks.open(what, ops);
        }
    }
}

/// A later exchange of anybody's that was accepted: without one a refusal may be a breakdown.
fn another(case: &Case, a: &Asked) -> bool {
    exchanges(case).iter().any(|b| b.op.start > a.op.start && b.op.outcome.is_allow())
}
