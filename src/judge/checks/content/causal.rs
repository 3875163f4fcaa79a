//! What the log gives as the reason of a claim is its cause (G-03): a claim goes with a role that its reason names, and
//! stays where its reason names another one.

use std::collections::BTreeSet;

use super::asked::{Way, outcome_words};
use super::decisions::{Decided, Log};
use super::entitled::Entitled;
use super::explained::{authority, reasons};
use super::remarks::Remarks;
use crate::judge::words::names;
use crate::judge::{Case, Changed, Ruling};
use crate::model::Outcome;

/// G-03.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    Log::judged(case, causal)
}

/// What was tried so far.
#[derive(Default)]
struct Tried {
    went: usize,
    stayed: usize,
}

fn causal(case: &Case, log: &Log, remarks: &mut Remarks) {
    if let Some(change) = case.timeline.unclear() {
        let name = change.name;
        remarks.open(format!("nobody knows whether \"{name}\" was made"), [change.op.index]);
    }
    let mut tried = Tried::default();
    for change in case.timeline.changes.iter().filter(|c| !c.loses.roles.is_empty()) {
        let Some(due) = change.ack.map(|ack| ack.plus_ms(case.decision_bound())) else { continue };
        let about = |d: &&Decided| {
            matches!(d.asked.way, Way::Issue | Way::Exchange)
                && change.subject.is_none_or(|s| s == d.asked.subject)
        };
        let after = log.decided.iter().filter(about).filter(|d| {
            let start = d.asked.op.start;
            start > due && change.until.is_none_or(|until| start < until)
        });
        for after in after {
            let before = log.decided.iter().filter(about).filter(|d| {
                let (a, b) = (&d.asked, &after.asked);
                // Of exchanges those of the same token: another one may have carried less.
                a.done_by(change.inv)
                    && (a.subject, a.service, a.scope, a.way)
                        == (b.subject, b.service, b.scope, b.way)
                    && (a.way == Way::Issue || a.shown == b.shown)
            });
            if let Some(before) = before.max_by_key(|d| d.asked.op.start) {
                compared(case, change, before, after, &mut tried, remarks);
            }
        }
    }
    let read = log.read.index;
    match (tried.went, tried.stayed) {
        (0, 0) => remarks.open("no claim with a reason was tried by taking a role away", [read]),
        (_, 0) => remarks.open("no claim was seen to stay when a role that its reason does not name was taken away", [read]),
        (0, _) => remarks.open("no claim was seen to go with the role that its reason names", [read]),
        (went, stayed) => remarks.fine(
            format!("{went} claims went with the role that their reason names, and {stayed} others stayed"),
            [read],
        ),
    }
}

fn compared(
    case: &Case,
    change: &Changed,
    before: &Decided,
    after: &Decided,
    tried: &mut Tried,
    remarks: &mut Remarks,
) {
    let ops = [before.asked.op.index, change.op.index, after.asked.op.index];
    let Some(first) = before.token else { return };
    let left: BTreeSet<(String, String)> = match (&after.asked.op.outcome, after.token) {
        (Outcome::Accepted, Some(token)) => authority(case.facts, token).into_iter().collect(),
        // Nothing is left of any claim. That everything had this one cause is what the reasons must say then.
        (Outcome::Refused(_), _) => BTreeSet::new(),
        (other, _) => {
            let (what, was) = (after.asked.words(), outcome_words(other));
            remarks.open(format!("{what} was {was}, and no token tells what is left"), ops);
            return;
        }
    };
    let refused = after.token.is_none();
    let lost = &change.loses.roles;
    let held = Entitled::at(case, before.asked.subject, before.asked.op.start).roles;
    let others = |role: &String, value: &str| {
        held.iter().any(|other| other != role && !lost.contains(other) && gives(case, other, value))
    };
    for (claim, value) in authority(case.facts, first) {
        let reasons = reasons(before, &claim, &value);
        if reasons.is_empty() {
            continue;
        }
        let cites =
            |role: &String| *role == value || reasons.iter().any(|r| names(r, &value, role));
        let cited = lost.iter().find(|role| cites(role));
        let another = held.iter().find(|role| !lost.contains(role) && cites(role));
        let gone = !left.contains(&(claim.clone(), value.clone()));
        let taken = lost.join("\", \"");
        match (cited, another, gone) {
            (Some(_), None, true) => tried.went += 1,
            // It gives the value, and another one does too, or may: the one that is named is a cause all the same.
            (Some(role), None, false) if gives(case, role, &value) && others(role, &value) => {}
            (Some(role), None, false) => remarks.fail(
                format!("{claim} \"{value}\" is said to come from \"{role}\" and is still there without it: the reason is not the cause"),
                ops,
            ),
            // Two causes: taking one away tells nothing.
            (Some(_), Some(_), _) => {}
            (None, _, false) => tried.stayed += 1,
            (None, _, true) if refused && !lost_by_content(case, first, change) => {}
            (None, _, true) => remarks.fail(
                format!("{claim} \"{value}\" went with the role \"{taken}\", which its reason does not name: the reason is not the cause"),
                ops,
            ),
        }
    }
}

/// True where a role gives a value, or is one that the target file does not tell of: made in this scenario.
fn gives(case: &Case, role: &str, value: &str) -> bool {
    case.facts.roles.get(role).is_none_or(|role| role.scopes.iter().any(|scope| scope == value))
}

/// True where the change takes this value by what the target declares, so that a refusal of everything is no excuse.
fn lost_by_content(case: &Case, token: &crate::model::TokenSeen, change: &Changed) -> bool {
    let carried = authority(case.facts, token);
    carried.iter().all(|(_, value)| change.loses.scopes.contains(value))
}
