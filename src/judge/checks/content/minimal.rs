//! Tokens carry what services need, and nothing that changes while they live and is believed all the same (T-10).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use super::same::VOLATILE;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Outcome, ServiceFacts, TokenForm, TokenSeen, holds};

/// Claims that every token may have: by whom, to whom, for whom, when, how they signed in, and how it is looked up (RFC 9068
/// section 2.2, RFC 7800, RFC 8693 section 4, draft-ietf-oauth-status-list).
const USUAL: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "client_id",
    "azp",
    "acr",
    "amr",
    "status",
    "cnf",
    "act",
    "may_act",
    "typ",
];

/// T-10.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let about = |c: &&Changed| c.subject.is_some() && c.cause == Cause::Entitlement;
    for (service, declared) in case.services() {
        let mut remarks = Remarks::at(service);
        overstuffed(case, service, &mut remarks);
        for change in case.timeline.changes.iter().filter(about) {
            followed(case, change, service, declared, &mut remarks);
        }
        rulings.extend(remarks.ruling());
    }
    if !case.timeline.changes.iter().any(|c| about(&c)) {
        let mut whole = Remarks::new();
        whole.open("nothing about a subject was changed while it held tokens", []);
        rulings.extend(whole.ruling());
    }
    rulings
}

/// Claims that no service reads, where the owner says which are read.
fn overstuffed(case: &Case, service: &str, remarks: &mut Remarks) {
    let Some(read) = &case.facts.claims_read else { return };
    let known = |name: &str| {
        let is_read = read.iter().any(|path| holds(name, path));
        USUAL.contains(&name) || VOLATILE.contains(&name) || is_read
    };
    for a in Asked::of_case(case).iter().filter(|a| a.service == service) {
        let Some(token) = a.given().filter(|t| t.form == TokenForm::Jwt) else { continue };
        let names = token.claims.iter().flat_map(|claims| claims.keys());
        for name in names.filter(|name| !known(name)) {
            remarks.fail(format!("tokens carry `{name}`, which no service reads"), [a.op.index]);
        }
    }
}

/// One change of a subject, at one service.
fn followed(
    case: &Case,
    change: &Changed,
    service: &str,
    declared: &ServiceFacts,
    remarks: &mut Remarks,
) {
    let Some(ack) = change.ack else {
        let what = outcome_words(&change.op.outcome);
        return remarks.open(format!("\"{}\" was {what}", change.name), [change.op.index]);
    };
    let here: Vec<Asked> = Asked::of_case(case)
        .into_iter()
        .filter(|a| a.service == service && Some(a.subject) == change.subject)
        .filter(|a| matches!(a.way, Way::Issue | Way::Refresh))
        .collect();
    let during =
        |a: &&Asked| a.op.start >= ack && change.until.is_none_or(|until| a.op.start < until);
    for a in here.iter().filter(|a| matches!(a.op.outcome, Outcome::Unknown(_))) {
        let what = format!("{} was {}", a.words(), outcome_words(&a.op.outcome));
        remarks.open(what, [a.op.index]);
    }
    let before: Vec<&Asked> = here.iter().filter(|a| a.done_by(change.inv)).collect();
    let after: Vec<&Asked> = here.iter().filter(during).collect();
    let given = |asked: &[&Asked<'_>]| asked.iter().any(|a| a.given().is_some());
    if !given(&before) || !given(&after) {
        let what = format!("no tokens of before and after \"{}\" to compare", change.name);
        return remarks.open(what, [change.op.index]);
    }
    let jwt = |a: &&&Asked| a.given().is_some_and(|t| t.form == TokenForm::Jwt);
    if before.iter().filter(jwt).count() == 1 {
        // What differs from token to token is no attribute, and one token does not tell it apart.
        let what = format!("one token of before \"{}\" is too few to compare", change.name);
        return remarks.open(what, [change.op.index]);
    }
    let embedded = embedded(case, &before, &after);
    if embedded.is_empty() {
        let ops = before.iter().chain(&after).map(|a| a.op.index);
        let what = format!("tokens carry nothing that \"{}\" changed but rights", change.name);
        return remarks.fine(what, ops);
    }
    let names: Vec<String> = embedded.iter().map(|name| format!("`{name}`")).collect();
    let what = format!("tokens carry {}, which \"{}\" changed", names.join(", "), change.name);
    believed(case, change, service, declared, &what, remarks);
}

/// Claims that were the same in every token of before and are something else in one of after: an attribute of the subject.
fn embedded(case: &Case, before: &[&Asked], after: &[&Asked]) -> BTreeSet<String> {
    let authority = |name: &str| case.facts.authority_claims.iter().any(|path| holds(name, path));
    let counts = |name: &str| !authority(name) && !VOLATILE.contains(&name);
    let claims = |asked: &[&Asked]| -> Vec<BTreeMap<String, Value>> {
        let tokens = asked.iter().filter_map(|a| a.given()).filter(|t| t.form == TokenForm::Jwt);
        let read = tokens.filter_map(|t: &TokenSeen| t.claims.as_ref());
        read.map(|c| {
            let kept = c.iter().filter(|(name, _)| counts(name));
            kept.map(|(name, value)| (name.clone(), value.clone())).collect()
        })
        .collect()
    };
    let (before, after) = (claims(before), claims(after));
    let Some(first) = before.first() else { return BTreeSet::new() };
    let names = first.keys().chain(after.iter().flat_map(BTreeMap::keys));
    let steady = |name: &&String| before.iter().all(|c| c.get(*name) == first.get(*name));
    let moved = |name: &&String| after.iter().any(|c| c.get(*name) != first.get(*name));
    names.filter(steady).filter(moved).cloned().collect()
}

/// Whether the service goes by what a token said before the change: whether what was lost still works with it.
fn believed(
    case: &Case,
    change: &Changed,
    service: &str,
    declared: &ServiceFacts,
    what: &str,
    remarks: &mut Remarks,
) {
    let bound = case.bound(declared).unwrap_or_default();
    let due = change.ack.unwrap_or(change.inv).plus_ms(bound);
    let mut refused = Vec::new();
    for call in case.calls_at(service) {
        let lost = case.lost(change, call.token, service, call.operation) && case.live(&call);
        let held = change.until.is_none_or(|until| call.op.start < until);
        if !lost || !held || call.op.start <= due {
            continue;
        }
        match &call.op.outcome {
            Outcome::Accepted => {
                let seconds = call.op.start.ms_since(change.inv) / 1000;
                let old = format!("a token of before was accepted {seconds} s after it");
                remarks.fail(format!("{what}, and {old}"), [change.op.index, call.op.index]);
                return;
            }
            Outcome::Refused(_) => refused.push(call.op.index),
            Outcome::Unknown(_) => {
                let dark = "an answer to a token of before is not known";
                remarks.open(format!("{what}; {dark}"), [call.op.index]);
            }
            Outcome::Failed(_) => {}
        }
    }
    if refused.is_empty() {
        remarks.open(format!("{what}; nothing tells whether it is believed"), [change.op.index]);
    } else {
        remarks.fine("the service does not go by what a token said before the change", refused);
        remarks.note(format!("{what}: it is there for nothing"));
    }
}
