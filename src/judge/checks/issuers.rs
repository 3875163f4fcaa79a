//! Keys are bound to issuers (E-07): a service takes no token on the word of the token itself, nor on that of another issuer, even one that
//! it trusts.

use super::{forged, stranger};
use crate::judge::{Called, Case, Ruling};
use crate::model::{ServiceFacts, Verdict};

/// How recant names tokens of its own issuer that are as they should be.
const OWN: &str = "second-issuer";
/// The change that makes this issuer known.
const TRUST: &str = "trust issuer";

/// One ruling for each service that was shown such tokens, or should have been.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    if stranger::tried(case) {
        return stranger::rulings(case);
    }
    let trusting = case.timeline.changes.iter().any(|change| change.name == TRUST);
    let trust = |declared: &ServiceFacts| trusting && declared.further_issuers;
    let mut rulings: Vec<Ruling> = case
        .services()
        .filter(|(service, declared)| !trusting || trust(declared) || tried(case, service))
        .filter(|(service, _)| !unreadable(case, service))
        .map(|(service, declared)| {
            let mut ruling = forged::at(case, service);
            let open = (ruling.verdict == Verdict::Pass && trusting)
                .then(|| unproven(case, service, declared))
                .flatten();
            let open = open.map(|why| Ruling::new(Verdict::Inconclusive, why));
            if ruling.verdict == Verdict::Pass && trust(declared) {
                ruling.because += "; the second issuer's own tokens were accepted";
            }
            open.unwrap_or(ruling).at(service)
        })
        .collect();
    if trusting && !case.services().any(|(_, declared)| trust(declared)) {
        let why = "the target file names no service that takes tokens of further issuers (`further-issuers`)";
        rulings.push(Ruling::new(Verdict::Inconclusive, why));
    }
    rulings
}

/// True where something was called with a token that recant made, or that nothing is known about.
fn tried(case: &Case, service: &str) -> bool {
    case.calls_at(service).any(|call| {
        case.timeline.issued(call.token).is_none_or(|issued| issued.token.crafted.is_some())
    })
}

/// True where recant made tokens of one that says nothing, so that they could name no issuer either.
fn unreadable(case: &Case, service: &str) -> bool {
    let mut crafted = case
        .calls_at(service)
        .map(|call| case.timeline.issued(call.token))
        .filter(|issued| issued.is_none_or(|issued| issued.token.crafted.is_some()))
        .peekable();
    crafted.peek().is_some()
        && crafted.all(|issued| {
            let from = issued.and_then(|i| case.timeline.issued(i.token.from.as_deref()?));
            from.is_some_and(|from| from.token.claims.is_none())
        })
}

/// Why refusals say nothing about two issuers: whether the second one's own tokens are taken is not as the target file says.
fn unproven(case: &Case, service: &str, declared: &ServiceFacts) -> Option<String> {
    let how = |call: &Called| case.timeline.issued(call.token)?.token.crafted.as_deref();
    let own: Vec<(&str, Called)> = case
        .calls_at(service)
        .filter_map(|call| Some((how(&call).filter(|how| how.starts_with(OWN))?, call)))
        .collect();
    if declared.further_issuers {
        if own.is_empty() {
            return Some("no token of the issuer that it was told to trust was shown here".into());
        }
        let refused = own.iter().find(|(_, call)| !call.op.outcome.is_allow())?;
        let (how, call) = refused;
        let why = "of the issuer that it was told to trust was not accepted, so that nothing shows that its keys are known here";
        return Some(format!("op {}: a token ({how}) {why}", call.op.index));
    }
    let (how, call) = own.iter().find(|(_, call)| !call.op.outcome.is_deny())?;
    let why = "of another issuer was not refused, and the target file does not say that it takes such tokens (`further-issuers`)";
    Some(format!("op {}: a token ({how}) {why}", call.op.index))
}
