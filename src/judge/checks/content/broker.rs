//! A broker follows its upstream issuer at every refresh, exchange and sign-in, not only at the first one, and when it gives back (T-16).

use super::around::next_turn;
use super::asked::{Asked, Way, outcome_words};
use super::entitled::Entitled;
use super::follow;
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, needed_at, still_named, words};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::Outcome;

/// T-16.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut whole = Remarks::new();
    let changes = || case.timeline.changes.iter().filter(|c| c.cause == Cause::Entitlement);
    if changes().next().is_none() {
        whole.open("nothing was taken away at an upstream issuer", []);
    }
    for change in changes() {
        if change.ack.is_none() {
            whole.not_made(change);
            continue;
        }
        let mut derived = false;
        for (service, _) in case.services() {
            let mut remarks = Remarks::at(service);
            for a in Asked::of_case(case).iter().filter(|a| a.service == service) {
                if in_force(change, a) {
                    // A sign-in is where even a broker that forgets everything asks.
                    derived |= a.way != Way::Issue;
                    one(case, change, a, &mut remarks);
                }
            }
            follow::restored(case, change, service, &mut remarks);
            rulings.extend(remarks.ruling());
        }
        if !derived {
            let none = format!("nothing was refreshed or exchanged after \"{}\"", change.name);
            whole.open(none, [change.op.index]);
        }
        if !gave(case, change) {
            let none = format!("nothing that \"{}\" took away was in a token", change.name);
            whole.open(none, [change.op.index]);
        }
    }
    rulings.extend(whole.ruling());
    rulings
}

fn in_force(change: &Changed, a: &Asked) -> bool {
    matches!(a.way, Way::Issue | Way::Refresh | Way::Exchange)
        && change.subject.is_none_or(|s| s == a.subject)
        && change.ack.is_some_and(|ack| a.op.start >= ack)
        && change.until.is_none_or(|until| a.op.start < until)
}

/// True where a token of before carried something of what the change takes.
fn gave(case: &Case, change: &Changed) -> bool {
    let lost: Rights = change.loses.scopes.iter().cloned().map(Right::Scope).collect();
    let lost: Rights =
        lost.into_iter().chain(change.loses.roles.iter().cloned().map(Right::Role)).collect();
    Asked::all(case.view).filter(|a| a.done_by(change.inv)).any(|a| {
        let token = a.given().filter(|_| change.subject.is_none_or(|s| s == a.subject));
        let known = token.map(|t| Reading::of(case, t, a.service, Some(change.inv)).known());
        known.is_some_and(|known| known.intersection(&lost).next().is_some())
    })
}

fn one<'a>(case: &Case<'a>, change: &Changed, a: &Asked<'a>, remarks: &mut Remarks) {
    let ops = [change.op.index, a.op.index];
    let was = Entitled::at(case, a.subject, change.inv);
    let now = Entitled::at(case, a.subject, a.op.start);
    if let Some(doubt) = was.doubt.as_ref().or(now.doubt.as_ref()) {
        return remarks.open(doubt.clone(), ops);
    }
    let bound = case.decision_bound();
    if !now.due(a.op.start, bound) {
        let soon = format!("{} came sooner than {bound} ms after the change", a.words());
        return remarks.open(soon, ops);
    }
    let needed = needed_at(case.facts, a.service);
    let gone: Rights = was.rights.difference(&now.rights).cloned().collect();
    let gone: Rights = gone.intersection(&needed).cloned().collect();
    let words_of_it = a.words();
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let reading = Reading::of(case, token, a.service, next_turn(case, a.op.start));
            reading.doubt(remarks);
            let mut kept: Rights = reading.known().intersection(&gone).cloned().collect();
            kept.extend(still_named(case.facts, token, &change.loses.roles, &now.roles));
            if !kept.is_empty() {
                let (kept, name) = (words(&kept), change.name);
                remarks.fail(format!("after \"{name}\" {words_of_it} still gives {kept}"), ops);
            } else if reading.tells(&gone) {
                remarks.fine(format!("{words_of_it} follows what is true upstream"), ops);
            } else {
                let gone = words(&gone);
                remarks.open(format!("nothing tells whether {words_of_it} gives {gone}"), ops);
            }
        }
        (Outcome::Refused(_), _) => {
            let what = format!("{words_of_it} was {}", outcome_words(&a.op.outcome));
            match another(case, a) {
                Some(other) => remarks.fine(what, ops.into_iter().chain([other])),
                None => remarks.open(format!("{what}, and so was everybody else's"), ops),
            }
        }
        (Outcome::Accepted, None) => {
            remarks.open(format!("{words_of_it} was accepted, but no token was seen"), ops);
        }
        (other, _) => {
            remarks.open(format!("{words_of_it} was {}", outcome_words(other)), ops);
        }
    }
}

/// A later request of the same kind that was accepted: without one a refusal may be a breakdown.
fn another(case: &Case, a: &Asked) -> Option<u64> {
    let mut later = Asked::all(case.view)
        .filter(|b| b.way == a.way && b.op.start > a.op.start && b.op.outcome.is_allow());
    later.next().map(|b| b.op.index)
}
