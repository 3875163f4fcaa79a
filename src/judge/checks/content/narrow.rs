//! A token carries no more than was asked for (T-09), and the response says so where it carries something else.

use std::collections::BTreeSet;

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, declared, roles_alone, words};
use crate::judge::{Case, Ruling};
use crate::model::{NO_SUCH_SCOPE, Outcome, TokenSeen};

/// T-09.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut tested = false;
    for (service, _) in case.services() {
        let asked: Vec<Asked> = Asked::of_case(case)
            .into_iter()
            .filter(|a| a.way == Way::Issue && a.service == service && a.scope.is_some())
            .collect();
        let mut remarks = Remarks::at(service);
        for a in &asked {
            one(case, a, &mut remarks);
        }
        // The test is only one where the issuer would have given more: some token of the same subject carries more than
        // another request for it asked for.
        let narrowed = asked
            .iter()
            .find(|a| asked.iter().any(|b| b.subject == a.subject && more(case, b, &asked_for(a))));
        match narrowed {
            Some(_) => tested = true,
            None if asked.len() > 1
                && asked.iter().any(|a| asked_for(a) != asked_for(&asked[0])) =>
            {
                remarks.open(
                    "no token carries more than the narrowest request asked for, \
                    so nothing was put to the test",
                    asked.iter().map(|a| a.op.index),
                );
                tested = true;
            }
            // One scope only: narrow and wide are the same request here.
            None => continue,
        }
        rulings.extend(remarks.ruling());
    }
    if !tested {
        let mut whole = Remarks::new();
        whole.open("no request asked for less than the subject may have", []);
        rulings.extend(whole.ruling());
    }
    rulings
}

fn one(case: &Case, a: &Asked, remarks: &mut Remarks) {
    let ops = [a.op.index];
    // What nobody knows may be refused, and gives nothing where it is not.
    let unknown = a.scope.is_some_and(|s| !s.iter().any(|scope| declared(case.facts, scope)));
    let partly = a.scope.is_some_and(|s| s.iter().any(|scope| scope == NO_SUCH_SCOPE));
    if (unknown || partly) && a.op.outcome.is_deny() {
        let what = outcome_words(&a.op.outcome);
        remarks.fine(format!("a request for a scope that nobody knows was {what}"), ops);
        return;
    }
    let token = match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => token,
        (Outcome::Accepted, None) => {
            remarks.open("a request was accepted, but no token was seen in the answer", ops);
            return;
        }
        (other, _) => {
            remarks.open(format!("a request for a token was {}", outcome_words(other)), ops);
            return;
        }
    };
    let asked = asked_for(a);
    let reading = Reading::of(case, token, a.service, None);
    reading.doubt(remarks);
    let beyond = beyond(case, a, &reading, &asked);
    if !beyond.is_empty() {
        let (more, named) = (words(&beyond), words(&asked));
        remarks.fail(format!("a token that was asked for with {named} carries {more} too"), ops);
    } else if reading.is_silent() && !unknown {
        remarks.open("nothing tells what a token carries", ops);
    } else {
        remarks.fine(format!("a token carries no more than was asked for, {}", reading.by()), ops);
    }
    if let Some(words) = unsaid(case, token, a) {
        remarks.fail(words, ops);
    }
}

/// What a token carries beyond a request: scopes, and roles that work without a scope. A role that only counts together
/// with a scope adds nothing to a token without that scope.
fn beyond(case: &Case, a: &Asked, reading: &Reading, asked: &Rights) -> Rights {
    let alone = roles_alone(case.facts, a.service);
    // Who asks for every scope that a role gives asks for that role.
    let is_asked = |role: &String| {
        let given = case.facts.roles.get(role).map_or(&[][..], |role| &role.scopes);
        !given.is_empty() && given.iter().all(|s| asked.contains(&Right::Scope(s.clone())))
    };
    let counts = |right: &Right| match right {
        Right::Role(role) => alone.contains(right) && !is_asked(role),
        Right::Scope(_) => true,
    };
    reading.beyond(asked).into_iter().filter(counts).collect()
}

fn more(case: &Case, a: &Asked, asked: &Rights) -> bool {
    let Some(token) = a.given() else { return false };
    !beyond(case, a, &Reading::of(case, token, a.service, None), asked).is_empty()
}

fn asked_for(a: &Asked) -> Rights {
    a.scope.iter().copied().flatten().cloned().map(Right::Scope).collect()
}

/// RFC 6749 section 5.1: `scope` of the response is required where the token's is not the one that was requested. Scopes
/// that the target does not declare (`openid`) play no part, since a grant may add them to what the scenario asks for.
fn unsaid(case: &Case, token: &TokenSeen, a: &Asked) -> Option<String> {
    if token.response_scope.is_some() {
        return None;
    }
    let claim = token.claims.as_ref()?.get("scope")?.as_str()?;
    let known = |scope: &&str| declared(case.facts, scope);
    let given: BTreeSet<&str> = claim.split_whitespace().filter(known).collect();
    let asked: BTreeSet<&str> = a.scope?.iter().map(String::as_str).filter(known).collect();
    let list = |scopes: BTreeSet<&str>| scopes.into_iter().collect::<Vec<_>>().join(" ");
    (given != asked).then(|| {
        format!(
            "\"{}\" was asked for and \"{}\" given, but the token response \
                has no scope that says so (RFC 6749 section 5.1)",
            list(asked),
            list(given)
        )
    })
}
