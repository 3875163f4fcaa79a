//! Token status lists (draft-ietf-oauth-status-list): what was revoked is refused within the list's bound, a list that
//! can't be relied on lets nobody in, expiry outranks a status, and no two live tokens share a place.

use std::collections::BTreeMap;

use crate::history::{Action, Op};
use crate::judge::loss::{weigh, worse};
use crate::judge::words::{past, times};
use crate::judge::{Called, Case, Cause, Changed, Issued, Ruling};
use crate::model::{Outcome, ServiceClass, ServiceFacts, TokenKind, Verdict};

use super::expiry;

/// The recipe's name of the change that makes the list one that can't be relied on.
const SPOIL: &str = "spoil status list";

/// One ruling for each service of class `status-list`.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let all = case.services().filter(|(_, declared)| declared.class == ServiceClass::StatusList);
    all.map(|(name, declared)| at(case, name, declared).at(name)).collect()
}

fn at<'a>(case: &Case<'a>, service: &'a str, declared: &'a ServiceFacts) -> Ruling {
    let skew = case.obligation.within.unwrap_or(case.facts.bounds.skew);
    let expired =
        (!expiry::overdue(case, service, skew).is_empty()).then(|| expiry::at(case, service));
    let parts = [places(case, service), revoked(case, service, declared), expired];
    let spoilt = spoilt(case).map(|change| kept_out(case, change, service, declared));
    let open = || Ruling::new(Verdict::Inconclusive, "nothing was done that its list would tell");
    parts.into_iter().flatten().chain(spoilt).reduce(both).unwrap_or_else(open)
}

/// The worse of two; of two passes both sentences.
fn both(a: Ruling, b: Ruling) -> Ruling {
    if a.verdict != Verdict::Pass || b.verdict != Verdict::Pass {
        return worse(a, b);
    }
    let because = if a.because == b.because {
        a.because.clone()
    } else {
        format!("{}; {}", a.because, b.because)
    };
    Ruling { because, lag: a.lag.or(b.lag), ..a.proved_by(b.evidence) }
}

/// Two tokens that live at the same time have places of their own. `None` where there is one token only.
fn places(case: &Case, service: &str) -> Option<Ruling> {
    let here = |issued: &&Issued| {
        issued.token.kind == TokenKind::Access && issued.token.service.as_deref() == Some(service)
    };
    let mut tokens: Vec<&Issued> = case.timeline.tokens.values().filter(here).collect();
    tokens.sort_by_key(|issued| (issued.at, issued.op.index));
    let mut holders: BTreeMap<(&str, u64), &Issued> = BTreeMap::new();
    for issued in &tokens {
        let Some(place) = place(issued) else { continue };
        if let Some(earlier) = holders.insert(place, issued)
            && earlier.token.fingerprint != issued.token.fingerprint
            && earlier.exp.is_some_and(|exp| issued.at < exp)
        {
            let (old, new) = (&earlier.token.id, &issued.token.id);
            let why = format!(
                "{new} was given place {} of its list, which {old} holds and which had not expired",
                place.1
            );
            let proof = [earlier.op.index, issued.op.index];
            return Some(Ruling::new(Verdict::Fail, why).proved_by(proof));
        }
    }
    let open = |why: String| Some(Ruling::new(Verdict::Inconclusive, why));
    if let Some(dark) = case.view.ops.iter().find(|op| asks_for_token(op, service)) {
        return open(format!(
            "what op {}, a request for a token, came to is not known",
            dark.index
        ));
    }
    if let Some(without) = tokens.iter().find(|issued| place(issued).is_none()) {
        let id = &without.token.id;
        return open(format!("{id} names no place in a status list, or can't be read"));
    }
    (tokens.len() > 1).then(|| {
        let why = format!("each of {} tokens has a place of its own", tokens.len());
        Ruling::new(Verdict::Pass, why).proved_by(tokens.iter().map(|issued| issued.op.index))
    })
}

/// List and index, as the token's `status` claim names them.
fn place<'t>(issued: &Issued<'t>) -> Option<(&'t str, u64)> {
    let list = issued.token.claims.as_ref()?.get("status")?.get("status_list")?;
    Some((list.get("uri")?.as_str()?, list.get("idx")?.as_u64()?))
}

fn asks_for_token(op: &Op, service: &str) -> bool {
    let unknown = matches!(op.outcome, Outcome::Unknown(_));
    let named = match &op.action {
        Action::Issue { service, .. }
        | Action::Refresh { service, .. }
        | Action::Exchange { service, .. } => Some(service),
        _ => None,
    };
    unknown && named.is_some_and(|named| named == service)
}

/// What was revoked is refused within the list's bound.
fn revoked<'a>(case: &Case<'a>, service: &'a str, declared: &'a ServiceFacts) -> Option<Ruling> {
    let whole = [Cause::Token, Cause::Subject, Cause::Client];
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|change| whole.contains(&change.cause)).collect();
    Some(weigh(case, (service, declared), &changes, case.bound(declared))?.ruling)
}

/// Changes that made the list one that can't be relied on.
fn spoilt<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = &'c Changed<'a>> {
    case.timeline.changes.iter().filter(|change| change.name == SPOIL)
}

/// Such a list lets nobody in once the one that the service kept is too old. An answer of 5xx counts here: a service that
/// can't tell, and says so, is right.
fn kept_out(case: &Case, change: &Changed, service: &str, declared: &ServiceFacts) -> Ruling {
    let how = spoiling(change);
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]);
    let Some(ack) = change.ack else {
        return open(format!("whether the list was {how} is not known"));
    };
    let bound = case.bound(declared).unwrap_or_default();
    let deadline = ack.plus_ms(bound);
    let calls: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && case.live(call))
        .filter(|call| call.op.start > deadline)
        .filter(|call| change.until.is_none_or(|until| call.op.start < until))
        .filter(|call| good(case, call))
        .collect();
    let proof = |calls: &[Called]| {
        let ops = calls.iter().map(|call| call.op.index);
        ops.chain([change.op.index]).collect::<Vec<_>>()
    };
    let accepted: Vec<Called> =
        calls.iter().filter(|call| call.op.outcome.is_allow()).copied().collect();
    if !accepted.is_empty() {
        let why = format!(
            "let a token in {} {}, while the list was {how}",
            times(accepted.len()),
            past(bound)
        );
        return Ruling::new(Verdict::Fail, why).proved_by(proof(&accepted));
    }
    if let Some(dark) = calls.iter().find(|call| !keeps_out(call)) {
        return open(format!("what op {} came to is not known", dark.op.index));
    }
    if calls.is_empty() {
        return open(format!("no live token was shown {} while the list was {how}", past(bound)));
    }
    if let Some(missing) = calls.iter().find_map(|call| uncontrolled(case, change, call)) {
        return open(missing);
    }
    let why = "kept tokens out while its list could not be relied on";
    Ruling::new(Verdict::Pass, why).proved_by(proof(&calls))
}

/// The token was good for this when it was given, and no other change took that away before the call.
fn good(case: &Case, call: &Called) -> bool {
    let Called { token, service, operation, .. } = *call;
    let carried =
        case.timeline.issued(token).is_some_and(|issued| case.carried(issued, service, operation));
    let lost = case
        .timeline
        .changes
        .iter()
        .any(|c| c.inv <= call.op.start && case.lost(c, token, service, operation));
    carried && !lost
}

/// The same was accepted just before, and some token is accepted when the list is good again.
fn uncontrolled(case: &Case, change: &Changed, call: &Called) -> Option<String> {
    let Called { token, service, operation, .. } = *call;
    if case.positive_control(change.inv, token, service, operation).is_none() {
        return Some(format!(
            "\"{operation}\" was not seen accepted in the 5 s before \"{}\"",
            change.name
        ));
    }
    let Some(back) = change.until else {
        return Some("the list was not seen to be good again".into());
    };
    let again = case
        .calls_at(service)
        .any(|c| c.operation == operation && c.op.start > back && c.op.outcome.is_allow());
    (!again).then(|| {
        format!("\"{operation}\" was not seen accepted when the list was good again, so the service may be down")
    })
}

fn keeps_out(call: &Called) -> bool {
    match &call.op.outcome {
        Outcome::Refused(_) => true,
        Outcome::Unknown(_) => call.op.seen.status.is_some_and(|s| (500..600).contains(&s)),
        Outcome::Accepted | Outcome::Failed(_) => false,
    }
}

/// What is wrong with the list, in words.
fn spoiling(change: &Changed) -> &'static str {
    let how = match &change.op.action {
        Action::Change { arguments, .. } => arguments.get("how").map(String::as_str),
        _ => None,
    };
    match how {
        Some("wrong-signature") => "signed by nobody's key",
        Some("wrong-subject") => "another list's (`sub` is not its address)",
        Some("expired") => "expired",
        Some("too-short") => "too short to have the token's place",
        Some("unreachable") => "out of reach",
        _ => "not to be relied on",
    }
}
