//! What a decision record says, beside what recant asked for and saw in the token. Only what can't both be true is told:
//! order, spelling of lists, and what the issuer adds by itself (`openid`, a default scope) are no contradictions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asked::{Asked, Way};
use super::decisions::{Decided, Log};
use super::rights::declared;
use crate::history::{Action, DecisionSeen};
use crate::judge::Case;
use crate::model::{Facts, TokenSeen};

/// Refresh tokens are followed back to a sign-in through this many uses at most.
const MOST_STEPS: usize = 10_000;

/// A member of a record that can't be true: its name, what is logged, and what was seen.
#[derive(Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The member.
    pub member: &'static str,
    /// As logged.
    pub logged: String,
    /// As asked for, or as it stands in the token.
    pub seen: String,
}

/// All that is wrong in a record that is certainly about this request.
#[must_use]
pub fn of(case: &Case, log: &Log, decided: &Decided, record: &DecisionSeen) -> Vec<Contradiction> {
    let all = [
        subject(log, decided, record),
        decision(decided, record),
        client(case, decided, record),
        audience(case.facts, decided, record),
        requested(case.facts, decided, record),
        granted(case.facts, decided, record),
    ];
    all.into_iter().flatten().collect()
}

fn contradiction(member: &'static str, logged: &str, seen: &str) -> Contradiction {
    Contradiction { member, logged: logged.to_owned(), seen: seen.to_owned() }
}

fn subject(log: &Log, decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let logged = record.subject.as_deref().filter(|s| !s.trim().is_empty())?;
    let asked = decided.asked.subject;
    log.is_of_another(record, asked).then(|| contradiction("subject", logged, asked))
}

fn decision(decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let logged = record.decision.as_deref()?;
    let outcome = &decided.asked.op.outcome;
    let (wrong, seen) = match logged {
        "deny" => (outcome.is_allow(), "a token was given"),
        "allow" => (outcome.is_deny(), "the request was refused"),
        _ => return None,
    };
    wrong.then(|| contradiction("decision", logged, seen))
}

/// The client that asked, or that the token says it was given to.
fn client(case: &Case, decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let logged = record.client.as_deref().map(str::trim).filter(|c| !c.is_empty())?;
    let asked = asking(case, &decided.asked);
    let claim = |name: &str| decided.token?.claims.as_ref()?.get(name)?.as_str();
    let known: Vec<&str> =
        [asked, claim("client_id"), claim("azp")].into_iter().flatten().collect();
    let first = known.first()?;
    (!known.contains(&logged)).then(|| contradiction("client", logged, first))
}

/// The `client_id` that a request was made with, where the target file tells.
fn asking<'a>(case: &Case<'a>, asked: &Asked<'a>) -> Option<&'a str> {
    let of_grant = |grant: &str| case.facts.clients.get(grant).map(String::as_str);
    let mut asked = *asked;
    for _ in 0..MOST_STEPS {
        match &asked.op.action {
            // The grant of the login itself, whatever it was to be exchanged by.
            Action::Issue { grant, .. } => return of_grant(grant),
            Action::RefreshByAnother { grant, .. } => return of_grant(grant),
            Action::Exchange { .. } => return of_grant(case.facts.exchange.as_deref()?),
            Action::Refresh { token, .. } => {
                let gave = |op: &&crate::history::Op| op.seen.tokens.iter().any(|t| t.id == *token);
                let before = case.view.ops.iter().filter(|op| op.index < asked.op.index).find(gave);
                asked = Asked::of(before?)?;
            }
            _ => return None,
        }
    }
    None
}

/// A token says whom it is for. What the issuer makes of a request without one is its own affair.
fn audience(facts: &Facts, decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let logged = record.audience.as_deref().filter(|a| !a.trim().is_empty())?;
    let aud = decided.token?.claims.as_ref()?.get("aud")?;
    let mut right: BTreeSet<&str> = words(aud);
    if right.is_empty() {
        return None;
    }
    let seen = right.iter().copied().collect::<Vec<_>>().join(" ");
    let asked = &decided.asked;
    if !(asked.login || asked.way == Way::Login) {
        right.insert(asked.service);
        right.extend(facts.services.get(asked.service).map(|s| s.audience.as_str()));
    }
    let mut logged_words = logged.split([' ', ',']).filter(|w| !w.is_empty());
    let agrees = right.contains(logged) || logged_words.any(|word| right.contains(word));
    (!agrees).then(|| contradiction("audience", logged, &seen))
}

/// Where a request names scopes, the record names the same.
fn requested(facts: &Facts, decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let asked = known(facts, decided.asked.scope?.iter().map(String::as_str));
    let logged = known(facts, record.requested.as_ref()?.iter().map(String::as_str));
    (asked != logged).then(|| contradiction("requested scope", &listed(&logged), &listed(&asked)))
}

/// What the record says was given is what the token (or the answer that it came with) shows.
fn granted(facts: &Facts, decided: &Decided, record: &DecisionSeen) -> Option<Contradiction> {
    let token = decided.token?;
    let logged = known(facts, record.granted.as_ref()?.iter().map(String::as_str));
    let answer = token.response_scope.as_ref();
    let answer = answer.map(|s| known(facts, s.iter().map(String::as_str)));
    let inside = scopes(token).map(|s| known(facts, s.into_iter()));
    // An answer may tell the scopes of the whole grant, of which this token carries some.
    let least = inside.clone().or_else(|| answer.clone())?;
    let mut most = least.clone();
    most.extend(answer.into_iter().flatten());
    let agrees = logged.is_superset(&least) && logged.is_subset(&most);
    (!agrees).then(|| contradiction("granted scope", &listed(&logged), &listed(&least)))
}

/// The scopes in a token's content; `None` where it has no such claim.
fn scopes(token: &TokenSeen) -> Option<BTreeSet<&str>> {
    let claims = token.claims.as_ref()?;
    Some(words(claims.get("scope").or_else(|| claims.get("scp"))?))
}

fn words(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(members) => members.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

/// Of some scopes those that the target declares. A log may write them whole (`https://api.example/orders.read`) where
/// tokens have the last part only.
fn known<'s>(facts: &Facts, scopes: impl Iterator<Item = &'s str>) -> BTreeSet<&'s str> {
    let ours = |scope: &'s str| {
        let last = scope.rsplit('/').next().filter(|last| declared(facts, last));
        if declared(facts, scope) { Some(scope) } else { last }
    };
    scopes.filter_map(ours).collect()
}

fn listed(scopes: &BTreeSet<&str>) -> String {
    if scopes.is_empty() {
        return "none".to_owned();
    }
    scopes.iter().copied().collect::<Vec<_>>().join(" ")
}
