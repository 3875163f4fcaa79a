//! What is remembered of one request answers no other (E-11): not one for another subject, token, audience, action or
//! context. Judged over pairs of calls that differ in one of these, of which the first was accepted and the second must be
//! refused.

mod pairs;

use std::collections::BTreeSet;

use self::pairs::{Apart, Pair, at_service, possible};
use crate::judge::words::times;
use crate::judge::{Called, Case, Ruling};
use crate::model::{ServiceFacts, Verdict};

/// One ruling for each service at which there can be such pairs.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let all: Vec<(&str, &ServiceFacts, Vec<Pair>)> = case
        .services()
        .map(|(name, declared)| (name, declared, at_service(case, name, declared)))
        .collect();
    // What the scenario is about shows in what it did at any service.
    let tried: BTreeSet<Apart> =
        all.iter().flat_map(|(.., pairs)| pairs.iter().filter_map(Pair::apart)).collect();
    all.iter().filter_map(|at| rule(case, at, &tried)).collect()
}

fn rule(
    case: &Case,
    (service, declared, pairs): &(&str, &ServiceFacts, Vec<Pair>),
    tried: &BTreeSet<Apart>,
) -> Option<Ruling> {
    let ruling = reused(pairs).or_else(|| {
        let why = open(case, service, pairs)?;
        Some(Ruling::new(Verdict::Inconclusive, why))
    });
    if let Some(ruling) = ruling {
        return Some(ruling.at(service));
    }
    let seen: BTreeSet<Apart> = pairs.iter().filter_map(Pair::apart).collect();
    let missing = tried
        .iter()
        .find(|apart| !seen.contains(apart) && possible(case, service, declared, **apart));
    if let Some(apart) = missing {
        let why = format!("nothing was refused here after what differs in {} only", apart.words());
        return Some(Ruling::new(Verdict::Inconclusive, why).at(service));
    }
    if seen.is_empty() {
        return None;
    }
    let shown: Vec<&Pair> = pairs.iter().filter(|pair| pair.warmed.is_some()).collect();
    let why = format!(
        "refused {}, right after what differs in {} only was accepted",
        times(shown.len()),
        words(&seen)
    );
    let proof = shown.iter().flat_map(|pair| pair.proof());
    Some(Ruling::new(Verdict::Pass, why).proved_by(proof).at(service))
}

/// Accepted what must be refused, and only once something like it had been accepted.
fn reused(pairs: &[Pair]) -> Option<Ruling> {
    let accepted: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| pair.warmed.is_some() && pair.shown.op.outcome.is_allow())
        .filter(|pair| !anyway(pairs, pair))
        .collect();
    let first = accepted.first()?;
    let apart: BTreeSet<Apart> = accepted.iter().filter_map(|pair| pair.apart()).collect();
    let (_, warm) = first.warmed?;
    let why = format!(
        "accepted {} what must be refused, right after what differs in {} only: \"{}\" with {} after \"{}\" with {}",
        times(accepted.len()),
        words(&apart),
        first.shown.operation,
        first.shown.token,
        warm.operation,
        warm.token
    );
    Some(Ruling::new(Verdict::Fail, why).proved_by(accepted.iter().flat_map(|pair| pair.proof())))
}

/// True where the same was accepted when nothing like it had been accepted just before. That is another requirement's
/// question.
fn anyway(pairs: &[Pair], of: &Pair) -> bool {
    let (kind, operation) = (of.kind, of.shown.operation);
    let same = |pair: &&Pair| pair.kind == kind && pair.shown.operation == operation;
    let cold = |pair: &Pair| pair.warmed.is_none() && pair.shown.op.outcome.is_allow();
    pairs.iter().filter(same).any(cold)
}

/// Why nothing can be said, if so.
fn open(case: &Case, service: &str, pairs: &[Pair]) -> Option<String> {
    let mut calls = case.calls_at(service);
    if let Some(call) = calls.find(|call| case.timeline.issued(call.token).is_none()) {
        let why = "was made with a token that the record does not tell anything about";
        return Some(format!("op {} {why}", call.op.index));
    }
    let unsure = case.timeline.changes.iter().find(|change| change.ack.is_none());
    if let Some(change) = unsure {
        return Some(format!("\"{}\" was not seen to succeed", change.name));
    }
    if let Some(pair) = pairs.iter().find(|pair| pair.shown.op.outcome.is_allow()) {
        let Called { operation, token, .. } = pair.shown;
        let why = "accepted also when nothing like it had just been accepted, so that no cache is to blame";
        return Some(format!("\"{operation}\" with {token} was {why}"));
    }
    if let Some(pair) = pairs.iter().find(|pair| !pair.shown.op.outcome.is_deny()) {
        return Some(format!("op {} got no authorization answer", pair.shown.op.index));
    }
    let mut warmed = pairs.iter().filter(|pair| pair.warmed.is_some());
    warmed.find_map(|pair| uncontrolled(case, pair))
}

/// What is missing for a refusal to mean something: the token is good for something else afterwards.
fn uncontrolled(case: &Case, pair: &Pair) -> Option<String> {
    let token = pair.shown.token;
    let home = case.timeline.issued(token).and_then(|issued| issued.token.service.as_deref());
    let mut good = case.calls().filter(|call| {
        call.token == token
            && home.is_none_or(|home| home == call.service)
            && call.op.outcome.is_allow()
    });
    if !good.any(|call| call.op.start >= pair.shown.op.start) {
        let operation = pair.shown.operation;
        return Some(format!(
            "{token} was refused for \"{operation}\" and not seen accepted for anything afterwards"
        ));
    }
    None
}

fn words(apart: &BTreeSet<Apart>) -> String {
    let all: Vec<&str> = apart.iter().map(|apart| apart.words()).collect();
    all.join(" or ")
}
