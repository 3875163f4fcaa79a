//! A service refuses a token that was issued for another service.

use crate::judge::words::times;
use crate::judge::{Called, Case, Ruling, origin};
use crate::model::{Outcome, Verdict};

/// One ruling for each service that was shown a token of another one.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    case.services().filter_map(|(service, _)| at(case, service)).collect()
}

fn at(case: &Case, service: &str) -> Option<Ruling> {
    let foreign: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && is_foreign(case, call))
        .filter(|call| case.live(call))
        .collect();
    if foreign.is_empty() {
        // With a single service there is no other one whose token could be shown.
        let why = "no live token of another service was shown here";
        return Some(Ruling::new(Verdict::Inconclusive, why).at(service));
    }
    Some(rule(case, service, &foreign).at(service))
}

fn rule(case: &Case, service: &str, foreign: &[Called]) -> Ruling {
    let accepted: Vec<&Called> = foreign.iter().filter(|c| c.op.outcome.is_allow()).collect();
    if let Some(first) = accepted.first() {
        let of = case.timeline.issued(first.token).and_then(|i| i.token.service.as_deref());
        let why = format!(
            "accepted a token that was issued for \"{}\" {}{}",
            of.unwrap_or_default(),
            times(accepted.len()),
            origin::alone(case, &accepted)
        );
        let proof = accepted.iter().map(|call| call.op.index);
        return Ruling::new(Verdict::Fail, why).proved_by(proof);
    }
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    if let Some(dark) = foreign.iter().find(|c| c.is_dark()) {
        return open(format!("what op {} came to is not known", dark.op.index));
    }
    let refused: Vec<&Called> = foreign.iter().filter(|c| c.op.outcome.is_deny()).collect();
    if refused.is_empty() {
        return open("no token of another service got an authorization answer here".into());
    }
    if let Some(call) = refused.iter().find(|call| !own_accepted(case, service, call.operation)) {
        let operation = call.operation;
        return open(format!("no token of its own was seen accepted for \"{operation}\""));
    }
    // What its own service refused too, because it takes no tokens that come this way, shows nothing here.
    let refused: Vec<&Called> =
        refused.into_iter().filter(|call| !refused_at_home(case, call)).collect();
    if refused.is_empty() {
        return open("what was refused here was refused by its own service too".into());
    }
    if let Some(call) = refused.iter().find(|call| !live_elsewhere(case, call)) {
        let token = call.token;
        return open(format!(
            "{token} was not seen accepted at its own service, so it may be dead"
        ));
    }
    if !refused.iter().any(|call| for_audience(case, call)) {
        let why = "each was refused with another answer than 401, for a scope that the token lacks anyway";
        return open(format!("{why}: nothing shows that the audience is looked at"));
    }
    let wrong = refused.iter().filter(|call| !says_invalid(&call.op.outcome)).count();
    let note = if wrong == 0 {
        String::new()
    } else {
        format!("; {wrong} not as 401 invalid_token (RFC 6750 section 3.1)")
    };
    let why = format!("refused tokens of other services {}{note}", times(refused.len()));
    Ruling::new(Verdict::Pass, why).proved_by(refused.iter().map(|call| call.op.index))
}

/// Issued for another service with another audience, and not naming this one in its own content.
fn is_foreign(case: &Case, call: &Called) -> bool {
    let Some(issued) = case.timeline.issued(call.token) else { return false };
    let Some(home) = issued.token.service.as_deref() else { return false };
    let audience = |name: &str| case.facts.services.get(name).map(|s| s.audience.as_str());
    let Some(here) = audience(call.service) else { return false };
    if home == call.service || audience(home) == Some(here) {
        return false;
    }
    // A token that names both services is the issuer's affair (token/audience-is-specific), not this service's.
    let named = issued.token.claims.as_ref().and_then(|claims| claims.get("aud"));
    !match named {
        Some(serde_json::Value::String(one)) => one == here,
        Some(serde_json::Value::Array(all)) => all.iter().any(|aud| aud.as_str() == Some(here)),
        _ => false,
    }
}

fn live_elsewhere(case: &Case, foreign: &Called) -> bool {
    let home = case.timeline.issued(foreign.token).and_then(|i| i.token.service.as_deref());
    let mut at_home = case.calls().filter(|call| {
        call.token == foreign.token && Some(call.service) == home && call.op.outcome.is_allow()
    });
    at_home.any(|call| call.op.end.is_some_and(|end| end <= foreign.op.start))
}

/// Its own service answered it before, and accepted it for nothing.
fn refused_at_home(case: &Case, foreign: &Called) -> bool {
    let home = case.timeline.issued(foreign.token).and_then(|i| i.token.service.as_deref());
    let at_home = case.calls().filter(|c| c.token == foreign.token && Some(c.service) == home);
    let mut before = at_home.filter(|c| c.op.end.is_some_and(|end| end <= foreign.op.start));
    before.any(|call| call.op.outcome.is_deny()) && !live_elsewhere(case, foreign)
}

fn own_accepted(case: &Case, service: &str, operation: &str) -> bool {
    case.calls_at(service).any(|call| {
        call.operation == operation && call.op.outcome.is_allow() && !is_foreign(case, &call)
    })
}

/// True where a refusal can be about the audience: it calls the token invalid, or the token lacks nothing else.
pub(super) fn for_audience(case: &Case, call: &Called) -> bool {
    let status = match &call.op.outcome {
        Outcome::Refused(refusal) => refusal.status,
        _ => return false,
    };
    let operations = case.facts.services.get(call.service).map(|s| &s.operations);
    let needed =
        operations.and_then(|o| o.get(call.operation)).and_then(|o| o.needs.scope.as_ref());
    let scopes = case.timeline.issued(call.token).and_then(|issued| issued.scopes());
    let covers = needed.zip(scopes).is_none_or(|(scope, scopes)| scopes.contains(scope));
    status == 401 || covers
}

fn says_invalid(outcome: &Outcome) -> bool {
    let Outcome::Refused(refusal) = outcome else { return false };
    refusal.status == 401 && refusal.error.as_deref().is_none_or(|error| error == "invalid_token")
}
