//! The reuse of a refresh token is noticed and ends its family (T-05): one after the other, at once, after a restart.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, Way, outcome_words};
use super::grants::bystander_refreshed;
use super::remarks::Remarks;
use crate::judge::{Case, Ruling};
use crate::model::{Moment, Outcome, ServiceClass, Verdict};

/// The capability that an owner declares absent where refresh tokens are not rotated by design.
const ROTATION: &str = "refresh-rotation";

/// T-05.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    if let Some(absent) = case.facts.absent.iter().find(|a| a.capability == ROTATION) {
        let why = format!("\"{ROTATION}\" is declared absent: {}", absent.reason);
        return vec![Ruling::new(Verdict::NotApplicable, why)];
    }
    let mut rulings = Vec::new();
    for (service, _) in case.services() {
        let mut uses: BTreeMap<&str, Vec<Asked>> = BTreeMap::new();
        for a in Asked::of_case(case) {
            if a.way == Way::Refresh && a.service == service {
                uses.entry(a.shown.unwrap_or_default()).or_default().push(a);
            }
        }
        let mut remarks = Remarks::at(service);
        for (token, uses) in &uses {
            let at_once: Vec<&Asked> = uses.iter().filter(|a| a.parallel).collect();
            if at_once.len() > 1 {
                raced(case, &at_once, &mut remarks);
            }
            let in_turn: Vec<&Asked> = uses.iter().filter(|a| !a.parallel).collect();
            if let [first, replays @ ..] = in_turn.as_slice()
                && !replays.is_empty()
            {
                replayed(case, token, first, replays, &mut remarks);
            }
        }
        rulings.extend(remarks.ruling());
    }
    if rulings.is_empty() {
        let mut whole = Remarks::new();
        whole.open("no refresh token was used twice", []);
        rulings.extend(whole.ruling());
    }
    rulings
}

/// Several uses sent at once: at most one may be accepted.
fn raced(case: &Case, uses: &[&Asked], remarks: &mut Remarks) {
    let sent = uses.len();
    let count = |is: fn(&Outcome) -> bool| uses.iter().filter(|a| is(&a.op.outcome)).count();
    let accepted = count(Outcome::is_allow);
    let refused = count(Outcome::is_deny);
    let unclear = sent - accepted - refused;
    let ops: Vec<u64> = uses.iter().map(|a| a.op.index).collect();
    if accepted > 1 {
        remarks.fail(format!("of {sent} uses at once {accepted} were accepted"), ops);
    } else if unclear > 0 {
        let what = format!("of {sent} uses at once nobody knows what {unclear} came to");
        remarks.open(what, ops);
    } else if accepted == 0 {
        let what = format!("of {sent} uses at once none was accepted");
        // An issuer may end a family before its first user is answered; what is down refuses everybody.
        let of = uses[0];
        match bystander_refreshed(case, of.subject, of.service, of.op.start) {
            Some(control) => {
                let fine = format!("{what}, a bystander's was");
                remarks.fine(fine, ops.into_iter().chain([control]));
            }
            None => remarks.open(what, ops),
        }
    } else {
        remarks.fine(format!("of {sent} uses at once one was accepted"), ops);
    }
}

/// Uses one after the other: the first is fine, the others are reuse, and end the family.
fn replayed(case: &Case, token: &str, first: &Asked, replays: &[&Asked], remarks: &mut Remarks) {
    let restarted = case.timeline.changes.iter().any(|c| {
        c.name == "restart issuer" && c.inv >= first.op.start && c.inv <= replays[0].op.start
    });
    let when = if restarted { " after a restart" } else { "" };
    if !first.op.outcome.is_allow() {
        let what = outcome_words(&first.op.outcome);
        remarks.open(format!("the first use of the refresh token was {what}"), [first.op.index]);
        return;
    }
    for replay in replays {
        let ops = [first.op.index, replay.op.index];
        match &replay.op.outcome {
            Outcome::Accepted => {
                remarks.fail(format!("a used refresh token was accepted again{when}"), ops);
                return;
            }
            Outcome::Refused(_) => {
                let control =
                    bystander_refreshed(case, replay.subject, replay.service, replay.op.start);
                let what = format!(
                    "the second use of a refresh token{when} was {}",
                    outcome_words(&replay.op.outcome)
                );
                match control {
                    Some(control) => remarks.fine(what, ops.into_iter().chain([control])),
                    None => remarks.open(
                        format!("{what}, but no bystander's refresh was accepted after it"),
                        ops,
                    ),
                }
            }
            other => {
                let what = outcome_words(other);
                remarks.open(format!("the second use of a refresh token{when} was {what}"), ops);
                return;
            }
        }
    }
    let since = replays[0].op.end.unwrap_or(replays[0].op.start);
    family(case, token, first, since, remarks);
}

/// A refresh token, and those that came of it by refreshes before that moment.
fn descendants<'a>(case: &Case<'a>, first: Option<&'a str>, until: Moment) -> BTreeSet<&'a str> {
    let mut all: BTreeSet<&str> = first.into_iter().collect();
    let mut uses: Vec<Asked<'a>> = Asked::all(case.view)
        .filter(|a| a.way == Way::Refresh && !a.parallel && a.op.start < until)
        .collect();
    uses.sort_by_key(|a| a.op.start);
    for a in uses {
        let next = a.given().and_then(|given| given.refresh.as_deref());
        if let (Some(next), true) = (next, a.shown.is_some_and(|shown| all.contains(shown))) {
            all.insert(next);
        }
    }
    all
}

/// After the reuse: what came of the successor refresh token, or itself, and the access token that came with it.
fn family(case: &Case, token: &str, first: &Asked, since: Moment, remarks: &mut Remarks) {
    let Some(access) = first.given() else {
        remarks.open("no token was seen in the answer to the first use", [first.op.index]);
        return;
    };
    let successor = access.refresh.as_deref().filter(|id| *id != token);
    let later = descendants(case, successor, since);
    let uses = Asked::all(case.view).filter(|a| {
        let shown = a.shown.is_some_and(|shown| later.contains(shown));
        a.way == Way::Refresh && shown && a.op.start >= since
    });
    let mut shown = false;
    for a in uses {
        shown = true;
        let direct = a.shown == successor;
        let which = if direct {
            "the successor refresh token"
        } else {
            "a later refresh token of the family"
        };
        let what = format!("after the reuse {which} was {}", outcome_words(&a.op.outcome));
        match &a.op.outcome {
            Outcome::Accepted => remarks.fail(what, [a.op.index]),
            Outcome::Refused(_) => remarks.fine(what, [a.op.index]),
            _ => remarks.open(what, [a.op.index]),
        }
    }
    if !shown {
        remarks.open(
            "the successor of the reused refresh token was not shown again",
            [first.op.index],
        );
    }
    let Some(declared) = case.facts.services.get(first.service) else { return };
    if declared.class == ServiceClass::SelfContained {
        remarks.note(
            "its access token can't be taken back from a self-contained service and is not counted",
        );
        return;
    }
    exchanged(case, &access.id, since, remarks);
    let due = since.plus_ms(case.bound(declared).unwrap_or_default());
    let late = case.calls_at(first.service).filter(|c| c.token == access.id && c.op.start > due);
    for call in late {
        match &call.op.outcome {
            Outcome::Accepted => {
                let what = "after the reuse the successor's access token was accepted";
                remarks.fail(what, [call.op.index]);
            }
            Outcome::Unknown(_) => {
                let what = "after the reuse an answer to the successor's access token is not known";
                remarks.open(what, [call.op.index]);
            }
            _ => {}
        }
    }
}

/// The same access token, exchanged after the reuse.
fn exchanged(case: &Case, access: &str, since: Moment, remarks: &mut Remarks) {
    let due = since.plus_ms(case.facts.bounds.issuer());
    let later = Asked::all(case.view)
        .filter(|a| a.way == Way::Exchange && a.shown == Some(access) && a.op.start > due);
    for a in later {
        match &a.op.outcome {
            Outcome::Accepted => {
                let what =
                    "after the reuse the successor's access token was exchanged for a fresh one";
                remarks.fail(what, [a.op.index]);
            }
            Outcome::Unknown(_) => {
                let what = "after the reuse what an exchange of the successor's access token came to is not known";
                remarks.open(what, [a.op.index]);
            }
            _ => {}
        }
    }
}
