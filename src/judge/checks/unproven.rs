//! A service refuses tokens that are bound to a key or to a certificate from whoever does not prove to have it (E-15).

use std::collections::BTreeSet;

use super::real_token::InPlaceOf;
use crate::history::{Action, Op};
use crate::judge::words::times;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, Unproven, Verdict};

/// What tokens are bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// A key, of which proofs are shown (RFC 9449).
    Key,
    /// A client certificate (RFC 8705).
    Certificate,
}

impl To {
    const ALL: [Self; 2] = [Self::Key, Self::Certificate];

    fn of(how: Unproven) -> Self {
        if how.is_of_certificate() { Self::Certificate } else { Self::Key }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Key => "a key",
            Self::Certificate => "a client certificate",
        }
    }

    /// The member of `cnf` (RFC 7800) that says so.
    fn member(self) -> &'static str {
        match self {
            Self::Key => "jkt",
            Self::Certificate => "x5t#S256",
        }
    }

    /// What must have been tried for a pass: what is possible anywhere, and a proof that is shown again; both connections.
    fn needed(self) -> Vec<Unproven> {
        match self {
            Self::Key => Unproven::ANYWHERE.into_iter().chain([Unproven::Replayed]).collect(),
            Self::Certificate => Unproven::CONNECTIONS.to_vec(),
        }
    }
}

/// Error codes of a refusal for want of a proof (RFC 9449 sections 7.1 and 9, RFC 8705 section 3).
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
    for (service, to) in case.services().flat_map(|(service, _)| To::ALL.map(|to| (service, to))) {
        let shown = case.view.ops.iter().filter_map(|op| of(case, op, service));
        let shown: Vec<Shown> = shown.filter(|s| To::of(s.how) == to).collect();
        if !shown.is_empty() {
            rulings.push(at(case, service, to, &shown).at(service));
        } else if bound(case, service, to) {
            let to = to.words();
            let why = format!("its tokens are bound to {to}, and none was shown without it");
            rulings.push(Ruling::new(Verdict::Inconclusive, why).at(service));
        }
    }
    if rulings.is_empty() {
        let none = "no token that is bound was shown without what it is bound to";
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
fn bound(case: &Case, service: &str, to: To) -> bool {
    case.view.tokens.values().any(|token| {
        let cnf = token.claims.as_ref().and_then(|claims| claims.get("cnf"));
        token.service.as_deref() == Some(service)
            && cnf.is_some_and(|cnf| cnf.get(to.member()).is_some())
    })
}

fn at(case: &Case, service: &str, to: To, shown: &[Shown]) -> Ruling {
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    let accepted: Vec<&Shown> = shown.iter().filter(|s| s.op.outcome.is_allow()).collect();
    if !accepted.is_empty() {
        let why = format!(
            "accepted a token that is bound to {} {}: {}",
            to.words(),
            times(accepted.len()),
            ways(&accepted)
        );
        return Ruling::new(Verdict::Fail, why).proved_by(accepted.iter().map(|s| s.op.index));
    }
    if let Some(unclear) = shown.iter().find(|s| !s.op.outcome.is_deny()) {
        let (index, how) = (unclear.op.index, unclear.how.words());
        return open(format!("op {index} ({how}) got no authorization answer"));
    }
    if let Some(missing) = to.needed().into_iter().find(|how| !shown.iter().any(|s| s.how == *how))
    {
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
        n => {
            let section = match to {
                To::Key => "RFC 9449 section 7.1",
                To::Certificate => "RFC 8705 section 3",
            };
            format!("; {n} not as 401 with a code of {section}")
        }
    };
    let hows: BTreeSet<Unproven> = shown.iter().map(|s| s.how).collect();
    let lacking = match to {
        To::Key => "a good proof",
        To::Certificate => "its certificate",
    };
    let why = format!(
        "refused a bound token {} without {lacking}, in {} ways{note}",
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
