//! A service refuses tokens that are bound to a key from whoever does not prove to have it (E-15).

use std::collections::BTreeSet;

use super::real_token::InPlaceOf;
use crate::history::{Action, Op};
use crate::judge::words::times;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, Unproven, Verdict};

/// What must have been tried for a pass: what is possible anywhere, and a proof that is shown again.
fn needed() -> impl Iterator<Item = Unproven> {
    Unproven::ANYWHERE.into_iter().chain([Unproven::Replayed])
}

/// Error codes of a refusal for want of a proof (RFC 9449 section 7.1 and 9).
const CODES: [&str; 3] = ["invalid_token", "invalid_dpop_proof", "use_dpop_nonce"];

/// A bound token, shown without a good proof.
struct Shown<'a> {
    op: &'a Op,
    operation: &'a str,
    token: &'a str,
    how: Unproven,
}

/// One ruling for each service that has tokens which are bound.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for (service, _) in case.services() {
        let shown: Vec<Shown> =
            case.view.ops.iter().filter_map(|op| of(case, op, service)).collect();
        if !shown.is_empty() {
            rulings.push(at(case, service, &shown).at(service));
        } else if bound(case, service) {
            let why = "its tokens are bound to a key, and none was shown without proof of it";
            rulings.push(Ruling::new(Verdict::Inconclusive, why).at(service));
        }
    }
    if rulings.is_empty() {
        let none = "no token that is bound to a key was shown without proof of it";
        rulings.push(Ruling::new(Verdict::Inconclusive, none));
    }
    rulings
}

fn of<'a>(case: &Case<'a>, op: &'a Op, at: &str) -> Option<Shown<'a>> {
    match &op.action {
        Action::ShowUnproven { service, operation, token, how, .. }
            if service == at && case.covers(operation) =>
        {
            Some(Shown { op, operation, token, how: *how })
        }
        _ => None,
    }
}

/// True where a token for this service says that it is bound.
fn bound(case: &Case, service: &str) -> bool {
    case.view.tokens.values().any(|token| {
        let cnf = token.claims.as_ref().and_then(|claims| claims.get("cnf"));
        token.service.as_deref() == Some(service) && cnf.is_some_and(|cnf| cnf.get("jkt").is_some())
    })
}

fn at(case: &Case, service: &str, shown: &[Shown]) -> Ruling {
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    let accepted: Vec<&Shown> = shown.iter().filter(|s| s.op.outcome.is_allow()).collect();
    if !accepted.is_empty() {
        let why = format!(
            "accepted a token that is bound to a key {}: {}",
            times(accepted.len()),
            ways(&accepted)
        );
        return Ruling::new(Verdict::Fail, why).proved_by(accepted.iter().map(|s| s.op.index));
    }
    if let Some(unclear) = shown.iter().find(|s| !s.op.outcome.is_deny()) {
        let (index, how) = (unclear.op.index, unclear.how.words());
        return open(format!("op {index} ({how}) got no authorization answer"));
    }
    if let Some(missing) = needed().find(|how| !shown.iter().any(|s| s.how == *how)) {
        return open(format!("it was not shown a bound token {}", missing.words()));
    }
    for first in shown {
        let same = |s: &&Shown| s.token == first.token && s.operation == first.operation;
        let ends = shown.iter().filter(same).map(|s| s.op.end.unwrap_or(s.op.start)).max();
        let begins = shown.iter().filter(same).map(|s| s.op.start).min();
        let control = InPlaceOf {
            token: first.token,
            operation: first.operation,
            begin: begins.unwrap_or(first.op.start),
            end: ends.unwrap_or(first.op.start),
        };
        if let Some(why) = control.uncontrolled(case, service) {
            return open(why);
        }
    }
    let wrong = shown.iter().filter(|s| !says_why(&s.op.outcome)).count();
    let note = match wrong {
        0 => String::new(),
        n => format!("; {n} not as 401 with a code of RFC 9449 section 7.1"),
    };
    let hows: BTreeSet<Unproven> = shown.iter().map(|s| s.how).collect();
    let why = format!(
        "refused a bound token {} without a good proof, in {} ways{note}",
        times(shown.len()),
        hows.len()
    );
    Ruling::new(Verdict::Pass, why).proved_by(shown.iter().map(|s| s.op.index))
}

/// The ways in which tokens were shown, each once. What a standard leaves open is said to be this profile's.
fn ways(shown: &[&Shown]) -> String {
    let mut names: Vec<String> = Vec::new();
    for s in shown {
        let name = match (s.how, s.op.outcome.is_allow()) {
            (Unproven::Replayed, true) => {
                format!(
                    "{} (this profile's rule: RFC 9449 section 11.1 leaves it open)",
                    s.how.words()
                )
            }
            _ => s.how.words().to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn says_why(outcome: &Outcome) -> bool {
    let fits = |code: &Option<String>| code.as_deref().is_some_and(|code| CODES.contains(&code));
    matches!(outcome, Outcome::Refused(r) if r.status == 401 && fits(&r.error))
}
