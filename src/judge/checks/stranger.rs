//! A service refuses what another issuer of the target made for it, where it does not take that one's tokens (E-07).

use super::audience::for_audience;
use crate::history::Action;
use crate::judge::words::times;
use crate::judge::{Called, Case, Ruling};
use crate::model::{Outcome, ServiceFacts, Verdict};

/// True where some other issuer was asked for a token for a service that does not take it.
pub(super) fn tried(case: &Case) -> bool {
    case.services().any(|(service, declared)| !asked(case, service, declared).is_empty())
}

/// One ruling for each service that such a token was made for, or that nobody said the issuers of.
pub(super) fn rulings(case: &Case) -> Vec<Ruling> {
    case.services()
        .filter_map(|(service, declared)| Some(at(case, service, declared)?.at(service)))
        .collect()
}

/// Requests for tokens for a service to issuers whose tokens it does not take: op, grant, outcome. A login before an exchange is for
/// the exchange alone.
fn asked<'a>(
    case: &Case<'a>,
    service: &str,
    declared: &ServiceFacts,
) -> Vec<(u64, &'a str, &'a Outcome)> {
    let foreign = case.view.ops.iter().filter_map(|op| match &op.action {
        Action::Issue { grant, service: at, exchange: None, .. } if at == service => {
            let is = declared.foreign.contains_key(grant);
            is.then_some((op.index, grant.as_str(), &op.outcome))
        }
        _ => None,
    });
    foreign.collect()
}

fn at(case: &Case, service: &str, declared: &ServiceFacts) -> Option<Ruling> {
    let open = |why: String| Some(Ruling::new(Verdict::Inconclusive, why));
    let asked = asked(case, service, declared);
    let shown: Vec<(Called, &str)> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation))
        .filter_map(|call| {
            let op = case.timeline.issued(call.token)?.op;
            let (_, grant, _) = asked.iter().find(|(index, ..)| *index == op.index)?;
            Some((call, declared.foreign.get(*grant)?.as_str()))
        })
        .collect();
    if let Some(ruling) = accepted(&shown, declared) {
        return Some(ruling);
    }
    let mut calls = case.calls_at(service);
    if let Some(call) = calls.find(|call| case.timeline.issued(call.token).is_none()) {
        let why = "was made with a token that the record does not tell anything about";
        return open(format!("op {} {why}", call.op.index));
    }
    let dark = |outcome: &Outcome| !outcome.is_allow() && !outcome.is_deny();
    if let Some((op, ..)) = asked.iter().find(|(.., outcome)| dark(outcome)) {
        return open(format!("what op {op}, a request for a token, came to is not known"));
    }
    if !declared.unsaid_issuers.is_empty() {
        let named = declared.unsaid_issuers.join(", ");
        return open(format!(
            "the target file names grants of further issuers for it ({named}), and not whose tokens it takes (`issuers`)"
        ));
    }
    if asked.iter().any(|(.., outcome)| outcome.is_allow()) && shown.is_empty() {
        return open("a token of another issuer was made for it, and not shown to it".into());
    }
    // No other issuer makes a token for it.
    let (first, _) = shown.first()?;
    if let Some((unclear, _)) = shown.iter().find(|(call, _)| !call.op.outcome.is_deny()) {
        return open(format!("what op {} came to is not known", unclear.op.index));
    }
    if let Some(why) = uncontrolled(case, service, &shown, first) {
        return open(why);
    }
    if !shown.iter().any(|(call, _)| for_audience(case, call)) {
        let why = "each was refused with another answer than 401, for a scope that the token lacks anyway";
        return open(format!("{why}: nothing shows that the issuer is looked at"));
    }
    let mut issuers: Vec<&str> = shown.iter().map(|(_, issuer)| *issuer).collect();
    issuers.sort_unstable();
    issuers.dedup();
    let why = format!(
        "refused {} what other issuers made for it ({})",
        times(shown.len()),
        issuers.join(", ")
    );
    Some(Ruling::new(Verdict::Pass, why).proved_by(shown.iter().map(|(call, _)| call.op.index)))
}

/// What was accepted: wrong where the target file says whose tokens the service takes, else open.
fn accepted(shown: &[(Called, &str)], declared: &ServiceFacts) -> Option<Ruling> {
    let accepted = || shown.iter().filter(|(call, _)| call.op.outcome.is_allow());
    let (first, issuer) = accepted().next()?;
    let all: Vec<u64> = accepted().map(|(call, _)| call.op.index).collect();
    let (verdict, said) = match declared.issuers_said {
        true => (Verdict::Fail, "whose tokens it does not take as the target file says"),
        false => (
            Verdict::Inconclusive,
            "and the target file does not say whose tokens it takes (`issuers`)",
        ),
    };
    let why = format!(
        "accepted for \"{}\" {} what the issuer `{issuer}` made, {said}",
        first.operation,
        times(all.len())
    );
    Some(Ruling::new(verdict, why).proved_by(all))
}

/// What is missing for a refusal to mean something: a token of its own, accepted for the same operation before and after.
fn uncontrolled(
    case: &Case,
    service: &str,
    shown: &[(Called, &str)],
    first: &Called,
) -> Option<String> {
    let last = shown.iter().filter_map(|(call, _)| call.op.end).max()?;
    let own = |call: &Called| {
        call.operation == first.operation
            && call.op.outcome.is_allow()
            && !shown.iter().any(|(foreign, _)| foreign.op.index == call.op.index)
    };
    let mut before = case.calls_at(service).filter(own);
    let when = if !before.any(|c| c.op.end.is_some_and(|end| end <= first.op.start)) {
        "before"
    } else if !case.calls_at(service).filter(own).any(|call| call.op.start >= last) {
        "afterwards"
    } else {
        return None;
    };
    Some(format!("no token of its own was seen accepted for \"{}\" {when}", first.operation))
}
