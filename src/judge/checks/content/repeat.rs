//! The same request in the same state gets the same answer (P-06): equal tokens, equal decisions, equal effect at the service.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, Way, outcome_words};
use super::decisions::{Decided, Log};
use super::remarks::Remarks;
use super::same::{difference, identifiers};
use crate::history::{Action, DecisionSeen, Op};
use crate::judge::{Called, Case, Ruling};
use crate::model::{Moment, Outcome};

/// Requests that are needed of one kind where the requirement says nothing else.
const REPEATS: u64 = 10;

/// What makes two requests the same: how, for whom, by which grant, with which scope and token, in which state.
type Same<'a> = (Way, &'a str, Option<&'a str>, Option<&'a [String]>, Option<&'a str>, usize);

/// P-06. One ruling for each service.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let log = Log::of(case).ok();
    let unread = |op: &&Op| matches!(op.action, Action::ReadDecisions) && !op.outcome.is_allow();
    let unread: Vec<u64> = case.view.ops.iter().filter(unread).map(|op| op.index).collect();
    case.services()
        .filter_map(|(service, _)| {
            let mut remarks = Remarks::at(service);
            if !unread.is_empty() {
                remarks.open("the decision log could not be read", unread.iter().copied());
            }
            repeated(case, service, log.as_ref(), &mut remarks);
            remarks.ruling()
        })
        .collect()
}

fn repeated(case: &Case, service: &str, log: Option<&Log>, remarks: &mut Remarks) {
    let turns = turns(case);
    let mut groups: BTreeMap<Same, Vec<Asked>> = BTreeMap::new();
    for asked in Asked::of_case(case).into_iter().filter(|a| a.service == service) {
        let Some(state) = state(case, &turns, asked.op.start) else { continue };
        // A refresh token is used once: no second use is the same request.
        if asked.way != Way::Refresh {
            let key = (asked.way, asked.subject, asked.grant, asked.scope, asked.shown, state);
            groups.entry(key).or_default().push(asked);
        }
    }
    let wanted = case.requirement.with.get("repeats").and_then(toml::Value::as_integer);
    let wanted = wanted.and_then(|n| u64::try_from(n).ok()).unwrap_or(REPEATS);
    let mut enough = false;
    for group in groups.values().filter(|g| g.len() > 1) {
        answers(group, remarks);
        tokens(case, group, remarks);
        if let Some(log) = log {
            decisions(group, log, remarks);
        }
        effects(case, service, group, &turns, remarks);
        let given = group.iter().filter(|a| a.given().is_some()).count() as u64;
        enough |= given >= wanted;
        if given >= wanted {
            let ops = group.iter().map(|a| a.op.index);
            remarks.fine(format!("{given} equal requests got equal tokens"), ops);
        }
    }
    if !enough {
        remarks.open(
            format!("no request was made and granted {wanted} times in the same state"),
            groups.values().flatten().map(|a| a.op.index),
        );
    }
}

/// Moments at which something may have changed for somebody.
fn turns(case: &Case) -> Vec<(Moment, Option<Moment>)> {
    let turn = |action: &Action| {
        matches!(action, Action::Change { .. } | Action::Undo { .. } | Action::Revoke { .. })
    };
    case.view.ops.iter().filter(|op| turn(&op.action)).map(|op| (op.start, op.end)).collect()
}

/// The number of the state that a request was made in; `None` where a change was under way, or so new that it need not
/// be followed yet.
fn state(case: &Case, turns: &[(Moment, Option<Moment>)], at: Moment) -> Option<usize> {
    let settling = |(start, end): &(Moment, Option<Moment>)| {
        *start <= at && end.is_none_or(|end| at < end.plus_ms(case.decision_bound()))
    };
    (!turns.iter().any(settling)).then(|| turns.iter().filter(|(start, _)| *start <= at).count())
}

fn answers(group: &[Asked], remarks: &mut Remarks) {
    let ops = || group.iter().map(|a| a.op.index);
    if let Some(dark) = group.iter().find(|a| matches!(a.op.outcome, Outcome::Unknown(_))) {
        remarks.open(format!("what op {} came to is not known", dark.op.index), [dark.op.index]);
    }
    let granted = group.iter().find(|a| a.op.outcome.is_allow());
    let refused = group.iter().find(|a| a.op.outcome.is_deny());
    if let (Some(granted), Some(refused)) = (granted, refused) {
        let (what, was) = (refused.words(), outcome_words(&refused.op.outcome));
        remarks.fail(
            format!("{what} was granted once and {was} once, in the same state"),
            [granted.op.index, refused.op.index],
        );
    } else if granted.is_none() && refused.is_some() {
        remarks.open("all of the equal requests were refused", ops());
    }
}

fn tokens(case: &Case, group: &[Asked], remarks: &mut Remarks) {
    let all: Vec<_> = group.iter().filter_map(Asked::given).collect();
    let mut beside = identifiers(&all);
    beside.retain(|name| !case.facts.authority_claims.iter().any(|claim| claim == name));
    let mut given = group.iter().filter_map(|a| Some((a, a.given()?)));
    let Some((first, token)) = given.next() else { return };
    for (other, second) in given {
        let ops = [first.op.index, other.op.index];
        let differs = match difference(token, second, &beside) {
            None => "one can be read and the other one can't".to_owned(),
            Some(differs) if differs.is_empty() => continue,
            Some(differs) => differs.join(", "),
        };
        // One pair says it; what else differs is in the record.
        remarks.fail(format!("equal requests got different tokens: {differs}"), ops);
        return;
    }
}

fn decisions(group: &[Asked], log: &Log, remarks: &mut Remarks) {
    let of = |a: &Asked| {
        let found: Option<&Decided> = log.decided.iter().find(|d| d.asked.op.index == a.op.index);
        found.and_then(|d| d.records.first().copied())
    };
    let told = |r: &DecisionSeen| {
        let granted = r.granted.as_ref().map(|g| g.iter().cloned().collect::<BTreeSet<_>>());
        (r.decision.clone(), granted)
    };
    let mut recorded = group.iter().filter_map(|a| Some((a.op.index, told(of(a)?))));
    let Some((first, decision)) = recorded.next() else { return };
    if let Some((other, _)) = recorded.find(|(_, other)| *other != decision) {
        remarks.fail(
            "the log has different decisions for equal requests",
            [first, other, log.read.index],
        );
    }
}

/// What a service lets equal tokens do, in the state that they were given in.
fn effects(
    case: &Case,
    service: &str,
    group: &[Asked],
    turns: &[(Moment, Option<Moment>)],
    remarks: &mut Remarks,
) {
    let ids: BTreeSet<&str> = group.iter().filter_map(|a| Some(a.given()?.id.as_str())).collect();
    let Some(issued_in) = group.first().and_then(|a| state(case, turns, a.op.start)) else {
        return;
    };
    let mut by_operation: BTreeMap<(&str, u32), Vec<Called>> = BTreeMap::new();
    for call in case.calls_at(service) {
        let there = ids.contains(call.token) && case.live(&call) && case.covers(call.operation);
        if there && state(case, turns, call.op.start) == Some(issued_in) {
            by_operation.entry((call.operation, call.route)).or_default().push(call);
        }
    }
    for ((operation, _), calls) in by_operation {
        if let Some(dark) = calls.iter().find(|c| c.is_dark()) {
            remarks
                .open(format!("what op {} came to is not known", dark.op.index), [dark.op.index]);
        }
        let one = |allow: bool| {
            calls.iter().find(|c| {
                let outcome = &c.op.outcome;
                if allow { outcome.is_allow() } else { outcome.is_deny() }
            })
        };
        if let (Some(yes), Some(no)) = (one(true), one(false)) {
            remarks.fail(
                format!(
                    "\"{operation}\" was accepted and refused with equal tokens in the same state"
                ),
                [yes.op.index, no.op.index],
            );
        }
    }
}
