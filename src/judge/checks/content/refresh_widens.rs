//! A refresh never gives more than was granted (T-03), whatever it asks for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asked::{Asked, Way, outcome_words};
use super::grants::granted;
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, words};
use crate::history::Action;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, TokenSeen};

/// T-03.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut tested = false;
    for (service, _) in case.services() {
        let refreshes: Vec<Asked> = Asked::of_case(case)
            .into_iter()
            .filter(|a| a.way == Way::Refresh && a.service == service)
            .collect();
        let accepted = refreshes.iter().find(|a| a.op.outcome.is_allow()).map(|a| a.op.index);
        let mut remarks = Remarks::at(service);
        let mut asked_wider = false;
        for a in &refreshes {
            asked_wider |= one(case, a, accepted, &mut remarks);
        }
        tested |= asked_wider;
        // Where nothing wider exists to be asked for, a plain refresh is no test; a failure of it still is one.
        if asked_wider || remarks.has(crate::model::Verdict::Fail) {
            rulings.extend(remarks.ruling());
        }
    }
    if !tested {
        let mut whole = Remarks::new();
        whole.open("no refresh asked for more than was granted", []);
        rulings.extend(whole.ruling());
    }
    rulings
}

/// Judges a refresh that named another service than the one that was signed in for. True where the grant was not for that one too.
fn elsewhere(
    case: &Case,
    a: &Asked,
    place: &str,
    accepted: Option<u64>,
    remarks: &mut Remarks,
) -> bool {
    let Some(other) = case.facts.services.get(place) else { return false };
    let op = [a.op.index];
    let Some(granted) = a.shown.and_then(|shown| audiences(case.timeline.grant_of(shown)?.token))
    else {
        remarks.note("nothing tells for which services grants are");
        return false;
    };
    if granted.contains(&other.audience) {
        return false;
    }
    let what = format!("a refresh that named \"{place}\", which the grant was not for,");
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => match audiences(token) {
            Some(given) if given.contains(&other.audience) => {
                remarks.fail(format!("{what} gave a token for it"), op);
            }
            Some(_) => remarks.fine(format!("{what} gave none for it"), op),
            None => remarks.note(format!("{what} gave a token, and nothing tells for whom")),
        },
        (Outcome::Refused(_), _) => {
            let refused = outcome_words(&a.op.outcome);
            match accepted {
                Some(control) => {
                    remarks.fine(format!("{what} was {refused}"), [control, a.op.index])
                }
                None => remarks
                    .open(format!("{what} was {refused}, and no other refresh was accepted"), op),
            }
        }
        (other, _) => remarks.open(format!("{what} was {}", outcome_words(other)), op),
    }
    true
}

/// The audiences that a token names; `None` where that can't be read.
fn audiences(token: &TokenSeen) -> Option<Vec<String>> {
    match token.claims.as_ref()?.get("aud")? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => {
            Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => None,
    }
}

/// Judges one refresh. True where it asked for more than was granted.
fn one(case: &Case, a: &Asked, accepted: Option<u64>, remarks: &mut Remarks) -> bool {
    if let Action::Refresh { elsewhere: Some(place), .. } = &a.op.action {
        return elsewhere(case, a, place, accepted, remarks);
    }
    let Some(grant) = a.shown.and_then(|shown| granted(case, shown, a.service)) else {
        remarks.open("nothing tells what was granted at first", [a.op.index]);
        return a.scope.is_some();
    };
    let asked: BTreeSet<Right> =
        a.scope.iter().copied().flatten().cloned().map(Right::Scope).collect();
    let wider: Rights = asked.difference(&grant).cloned().collect();
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let reading = Reading::of(case, token, a.service, None);
            reading.doubt(remarks);
            let beyond = reading.beyond(&grant);
            if !beyond.is_empty() {
                let (more, had) = (words(&beyond), words(&grant));
                remarks.fail(
                    format!("a refresh gave {more}, but {had} had been granted"),
                    [a.op.index],
                );
            } else if reading.tells(&wider) {
                remarks.fine("a refresh gave no more than was granted", [a.op.index]);
            } else {
                let silent =
                    format!("nothing tells whether a refreshed token carries {}", words(&wider));
                remarks.open(silent, [a.op.index]);
            }
        }
        (Outcome::Accepted, None) => {
            remarks
                .open("a refresh was accepted, but no token was seen in the answer", [a.op.index]);
        }
        (Outcome::Refused(_), _) if wider.is_empty() => {}
        (Outcome::Refused(_), _) => {
            let refused = outcome_words(&a.op.outcome);
            match accepted {
                Some(control) => {
                    remarks.fine(format!("a refresh for more was {refused}"), [control, a.op.index])
                }
                None => remarks.open(
                    format!("a refresh for more was {refused}, and no other refresh was accepted"),
                    [a.op.index],
                ),
            }
        }
        (other, _) if !wider.is_empty() => {
            remarks.open(format!("a refresh for more was {}", outcome_words(other)), [a.op.index]);
        }
        _ => {}
    }
    !wider.is_empty()
}
