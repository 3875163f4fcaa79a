//! Events that tell of new claims (CAEP 1.0 section 3.2): what they say is what tokens of the subject may claim after the change,
//! never what they claimed before it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::heard::{Heard, since};
use crate::history::Action;
use crate::judge::timeline::Issued;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Authority, Facts, Verdict, scopes_only};

/// The last part of the event's URI.
pub const WORD: &str = "token-claims-change";

/// Values of a claim.
type Values = BTreeSet<String>;

/// True for a change that takes from a subject what a live token of it claims. An upstream issuer's change is not known to the
/// transmitter until somebody signs in.
pub fn concerns(case: &Case, change: &Changed) -> bool {
    let loses = &change.loses;
    let entitled = change.cause == Cause::Entitlement && change.subject.is_some();
    if !entitled || loses.everything || loses.roles.is_empty() {
        return false;
    }
    let claims = &case.facts.authority_claims;
    change.name != "remove upstream group"
        && held(case, change).any(|issued| {
            let content = issued.token.claims.as_ref();
            content.is_some_and(|content| claims.iter().any(|name| taken(change, content, name)))
        })
}

/// True where a claim has something that the change takes.
fn taken(change: &Changed, content: &Map<String, Value>, claim: &str) -> bool {
    let values = Authority::in_claim(content, claim).unwrap_or_default();
    values.iter().any(|value| change.loses.takes_from(claim, value))
}

/// Tokens whose content can be read and that the subject held when the change was sent: neither over by themselves nor ended.
fn held<'c, 'a>(
    case: &'c Case<'a>,
    change: &'c Changed<'a>,
) -> impl Iterator<Item = &'c Issued<'a>> {
    let ended = |token: &str| {
        case.timeline.changes.iter().any(|other| {
            let ends = matches!(other.cause, Cause::Subject | Cause::Client | Cause::Token);
            ends && other.inv < change.inv && other.hits.contains(token)
        })
    };
    let hits = change.hits.iter().filter(move |token| !ended(token));
    let all = hits.filter_map(|token| case.timeline.tokens.get(token));
    all.filter(|issued| issued.token.claims.is_some())
        .filter(|issued| issued.exp.is_none_or(|exp| exp > change.inv))
}

/// What an event says of the claims.
enum Said {
    /// What is so.
    Right,
    /// What is not so, and how.
    Wrong(String),
    /// Nothing of claims that give authority.
    Nothing,
    /// What nothing shows to be so or not: this claim is in no token.
    Open(String),
}

/// What is wrong with what was heard about a change of claims, or left open by it; `None` where it is right.
pub fn wrong(case: &Case, change: &Changed, heard: &[Heard]) -> Option<Ruling> {
    let rule = |verdict, why: String, at: &Heard| {
        Some(Ruling::new(verdict, why).proved_by([change.op.index, at.op.index]))
    };
    let all: Vec<(&Heard, Said)> =
        about(case, change, heard).map(|h| (h, said(case, change, h))).collect();
    let named = all.iter().any(|(_, said)| matches!(said, Said::Right));
    for (at, said) in &all {
        let why = match said {
            Said::Wrong(how) => format!("{WORD} {how}"),
            Said::Nothing if !named => format!("{WORD} tells nothing of claims that give rights"),
            _ => continue,
        };
        if crowded(case, change, at) {
            let why = format!("more than one thing had changed when this was read: {why}");
            return rule(Verdict::Inconclusive, why, at);
        }
        return rule(Verdict::Fail, why, at);
    }
    all.iter().find_map(|(at, said)| match said {
        Said::Open(claim) => {
            let why = format!("no token of before has `{claim}`, which {WORD} tells of");
            rule(Verdict::Inconclusive, why, at)
        }
        _ => None,
    })
}

/// Events of this kind about the change's subject from the change on, until what it took was given back.
fn about<'h, 'a>(
    case: &'h Case<'a>,
    change: &'h Changed<'a>,
    heard: &'h [Heard<'a>],
) -> impl Iterator<Item = &'h Heard<'a>> {
    let told = since(case, change, heard, &[WORD]);
    told.filter(|h| change.until.is_none_or(|until| h.op.start < until))
}

/// True where an event may tell of another change than this one: both happened since the stream was read the last time.
fn crowded(case: &Case, change: &Changed, at: &Heard) -> bool {
    let read = case.view.ops.iter().filter(|op| {
        matches!(op.action, Action::ReadSignals)
            && op.outcome.is_allow()
            && op.end.is_some_and(|end| end <= change.inv)
    });
    let since = read.filter_map(|op| op.end).max();
    case.timeline.changes.iter().any(|other| {
        let same = other.subject.is_none_or(|subject| change.subject == Some(subject));
        let news = other.cause == Cause::Entitlement || other.gains.is_some();
        let meanwhile = |moment| since.is_none_or(|since| moment >= since) && moment <= at.op.start;
        let itself = other.op.index == change.op.index;
        let done = (!itself && meanwhile(other.inv)) || other.undone.is_some_and(meanwhile);
        same && news && done
    })
}

fn said(case: &Case, change: &Changed, heard: &Heard) -> Said {
    let payload = heard.event().and_then(|(_, payload)| payload.get("claims"));
    let Some(told) = payload.and_then(Value::as_object) else { return Said::Nothing };
    let tokens = tokens_of(case, change, heard);
    let mut open = None;
    let mut any = false;
    for claim in &case.facts.authority_claims {
        let Some(values) = Authority::in_claim(told, claim) else { continue };
        any = true;
        if let Some(old) = values.iter().find(|value| change.loses.takes_from(claim, value)) {
            return Said::Wrong(format!("says that `{claim}` has \"{old}\", which was taken away"));
        }
        let before: Vec<Values> =
            tokens.iter().filter_map(|content| Authority::in_claim(content, claim)).collect();
        if before.is_empty() {
            open.get_or_insert_with(|| claim.clone());
            continue;
        }
        if let Some(how) = differs(case, change, (claim, &values), &before) {
            return Said::Wrong(how);
        }
    }
    match open {
        Some(claim) => Said::Open(claim),
        None if any => Said::Right,
        None => Said::Nothing,
    }
}

/// The content of the token that an event names, or of all that its subject held.
fn tokens_of<'c>(
    case: &'c Case,
    change: &'c Changed,
    heard: &Heard,
) -> Vec<&'c Map<String, Value>> {
    let id = heard.signal.claims.get("sub_id");
    let named = id.filter(|id| id.get("format").and_then(Value::as_str) == Some("jwt_id"));
    let jti = named.and_then(|id| id.get("jti"));
    let all = held(case, change).filter_map(|issued| issued.token.claims.as_ref());
    all.filter(|content| jti.is_none_or(|jti| content.get("jti") == Some(jti))).collect()
}

/// How the values of a claim differ from what is left of those of before, as far as the target declares them.
fn differs(
    case: &Case,
    change: &Changed,
    (claim, values): (&String, &Values),
    before: &[Values],
) -> Option<String> {
    let known = |value: &&String| is_declared(case.facts, claim, value);
    let own = change.subject.map_or(&[] as &[_], |subject| case.roles(subject));
    let gained = |value: &String| {
        let same = |other: &&Changed| other.subject == change.subject;
        let mut gains = case.timeline.changes.iter().filter(same).filter_map(|other| other.gains);
        gains.any(|gains| gains.scopes.contains(value) || gains.roles.contains(value))
    };
    let given = |value: &String| {
        before.iter().any(|b| b.contains(value))
            || own.contains(value)
            || gained(value)
            || own.iter().filter_map(|r| case.facts.roles.get(r)).any(|r| r.scopes.contains(value))
    };
    if let Some(new) = values.iter().filter(known).find(|value| !given(value)) {
        return Some(format!("says that `{claim}` has \"{new}\", which nobody gave the subject"));
    }
    // What another change takes may be gone as well.
    let lost = |value: &&String| {
        let same = |other: &&Changed| other.subject.is_none_or(|s| change.subject == Some(s));
        case.timeline.changes.iter().filter(same).any(|other| other.loses.takes_from(claim, value))
    };
    let left_out = |before: &Values| {
        let kept = before.iter().filter(known).filter(|value| !lost(value));
        kept.filter(|value| !values.contains(*value)).min().cloned()
    };
    let each: Option<Vec<String>> = before.iter().map(left_out).collect();
    let missing = each?.into_iter().next()?;
    Some(format!("says that `{claim}` is without \"{missing}\", which was not taken away"))
}

/// True for what the target names: a role, a scope that a role gives, what an operation needs.
fn is_declared(facts: &Facts, claim: &str, value: &String) -> bool {
    let operations = facts.services.values().flat_map(|s| s.operations.values());
    let mut needs = operations.map(|o| &o.needs);
    (!scopes_only(claim) && facts.roles.contains_key(value))
        || facts.roles.values().any(|role| role.scopes.contains(value))
        || needs.any(|needs| {
            needs.scope.as_ref() == Some(value)
                || (!scopes_only(claim) && needs.role.as_ref() == Some(value))
        })
}
