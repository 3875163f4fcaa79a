//! Every access token expires, within its bound, and no later when the risk is higher (T-13).

use std::collections::BTreeMap;

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, TokenForm, TokenSeen};

/// Clocks of issuers tick in seconds: two lifetimes that differ by less are equal.
const TICK: f64 = 1.0;

/// Growth at high risk that is none: seconds, or a part of the lifetime at low risk. Issuers round, and answers take time.
const SLACK: f64 = 5.0;
const SLACK_PART: f64 = 0.1;

/// T-13.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for change in case.timeline.changes.iter().filter(|c| c.name == "raise risk" && c.ack.is_none())
    {
        let mut whole = Remarks::new();
        let outcome = outcome_words(&change.op.outcome);
        let what = format!("the change \"{}\" was {outcome}: nobody knows the risk", change.name);
        whole.open(what, [change.op.index]);
        rulings.extend(whole.ruling());
    }
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        let mut usual: BTreeMap<&str, f64> = BTreeMap::new();
        for a in Asked::of_case(case).iter().filter(|a| a.service == service) {
            let token = match (&a.op.outcome, a.given()) {
                (Outcome::Accepted, Some(token)) => token,
                (Outcome::Refused(_), _) => continue,
                (other, _) => {
                    let what = outcome_words(other);
                    remarks.open(format!("{} was {what}", a.words()), [a.op.index]);
                    continue;
                }
            };
            let Some(lives) = lifetime(case, a, token, &mut remarks) else { continue };
            bounded(case, a, lives, &mut remarks);
            // An exchanged token ends with its parent at the latest: how long it lives tells when it was asked for.
            // A login's is another kind of token than what it is exchanged for.
            if matches!(a.way, Way::Exchange | Way::Login) {
                continue;
            }
            if !risky(case, a) {
                let known = usual.entry(a.subject).or_insert(lives);
                *known = known.max(lives);
            } else if let Some(low) = usual.get(a.subject) {
                if lives - low > SLACK.max(SLACK_PART * low) {
                    let longer = format!(
                        "a token lives {lives:.0} s at high risk and {low:.0} s at low risk"
                    );
                    remarks.fail(longer, [a.op.index]);
                } else {
                    remarks.fine(
                        "a token lives no longer at high risk than at low risk",
                        [a.op.index],
                    );
                }
            }
        }
        if remarks.is_empty() {
            remarks.open("no token of this service was seen", []);
        }
        rulings.extend(remarks.ruling());
    }
    rulings
}

/// Seconds that a token lives, where it can be told; says so where it can't.
fn lifetime(case: &Case, a: &Asked, token: &TokenSeen, remarks: &mut Remarks) -> Option<f64> {
    let op = a.op.index;
    let claimed = token.claims.as_ref().is_some_and(|c| c.get("exp").is_some_and(|v| !v.is_null()));
    let Some(exp) = token.seconds("exp").filter(|s| s.is_finite()) else {
        match (token.form, token.expires_in) {
            (TokenForm::Jwt, _) if claimed => {
                remarks.fail("the token's `exp` is not a number", [op])
            }
            (TokenForm::Jwt, _) => remarks.fail("the token has no `exp`: it never expires", [op]),
            (TokenForm::Opaque, Some(seconds)) => return Some(seconds as f64),
            (TokenForm::Opaque, None) => {
                remarks.open("nothing tells when this opaque token expires", [op]);
            }
        }
        return None;
    };
    let issued = token.seconds("iat").filter(|s| s.is_finite());
    let begun = issued.or_else(|| Some(case.timeline.zero?.floor() + a.op.start.seconds()));
    Some(exp - begun?)
}

fn bounded(case: &Case, a: &Asked, lives: f64, remarks: &mut Remarks) {
    let bound = case.facts.bounds.self_contained as f64 / 1000.0;
    if lives > bound + TICK {
        let long = format!("a token lives {lives:.0} s, longer than the bound of {bound:.0} s");
        remarks.fail(long, [a.op.index]);
    } else {
        remarks.fine(format!("tokens live no longer than {bound:.0} s"), [a.op.index]);
    }
}

/// True for a request made while the risk of its subject was raised.
fn risky(case: &Case, a: &Asked) -> bool {
    case.timeline.changes.iter().any(|c| {
        c.name == "raise risk"
            && c.subject.is_none_or(|s| s == a.subject)
            && c.ack.is_some_and(|ack| a.op.start >= ack)
            && c.undone.is_none_or(|undone| a.op.start < undone)
    })
}
