//! What comes of refresh tokens and exchanges.

use std::collections::BTreeSet;

use super::Instance;
use super::observed::Observed;
use crate::history::{Action, Op};
use crate::model::{Outcome, TokenId, TokenKind, TokenSeen};

/// A use of a refresh token, with the token that came of it.
struct Use<'a> {
    op: &'a Op,
    subject: &'a str,
    service: &'a str,
    token: &'a TokenId,
    given: Option<&'a TokenSeen>,
}

fn uses<'s>(seen: &'s Observed) -> impl Iterator<Item = Use<'s>> {
    seen.view.ops.iter().filter_map(|op| match &op.action {
        Action::Refresh { subject, token, service, .. } => {
            Some(Use { op, subject, service, token, given: access(op) })
        }
        _ => None,
    })
}

fn access(op: &Op) -> Option<&TokenSeen> {
    let mut tokens = op.seen.tokens.iter().filter(|_| op.outcome.is_allow());
    tokens.find(|t| t.kind == TokenKind::Access)
}

/// The access token that came with a refresh token.
fn beside<'s>(seen: &'s Observed, refresh: &TokenId) -> Option<&'s TokenSeen> {
    seen.view
        .tokens
        .values()
        .find(|t| t.kind == TokenKind::Access && t.refresh.as_ref() == Some(refresh))
}

/// The access token of the sign-in that a refresh token goes back to.
fn root<'s>(seen: &'s Observed, refresh: &TokenId) -> Option<&'s TokenSeen> {
    let mut token = beside(seen, refresh)?;
    for _ in 0..seen.view.tokens.len() {
        let Some(from) = &token.from else { return Some(token) };
        // A refresh token that is not replaced stays beside the first access token.
        let Some(earlier) = beside(seen, from).filter(|t| t.id != token.id) else {
            return Some(token);
        };
        token = earlier;
    }
    None
}

/// M-05: what a refresh gives is within what the sign-in gave, and within what a fresh sign-in gives.
pub(super) fn refresh_within(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for used in uses(seen) {
        let Some(given) = used.given else { continue };
        let authority = seen.authority(given);
        if let Some(root) = root(seen, used.token) {
            found.push(within(
                &authority,
                &seen.authority(root),
                used.op.index,
                "the refreshed token",
                "its grant",
            ));
        }
        for fresh in seen.fresh_now(used.op.index, used.subject, used.service) {
            found.push(within(
                &authority,
                &fresh.authority,
                used.op.index,
                "the refreshed token",
                "a fresh one",
            ));
        }
    }
    found
}

/// M-06: what an exchange gives is within its token, and within what a fresh sign-in gives.
pub(super) fn exchange_within(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for op in &seen.view.ops {
        let Action::Exchange { subject, token, service, .. } = &op.action else { continue };
        let (Some(given), Some(from)) = (access(op), seen.view.tokens.get(token)) else { continue };
        let authority = seen.authority(given);
        found.push(within(
            &authority,
            &seen.authority(from),
            op.index,
            "the exchanged token",
            "its token",
        ));
        for fresh in seen.fresh_now(op.index, subject, service) {
            found.push(within(
                &authority,
                &fresh.authority,
                op.index,
                "the exchanged token",
                "a fresh one",
            ));
        }
    }
    found
}

fn within(
    less: &BTreeSet<String>,
    most: &BTreeSet<String>,
    op: u64,
    what: &str,
    than: &str,
) -> Instance {
    let more: Vec<_> = less.difference(most).cloned().collect();
    Instance::of(
        more.is_empty(),
        || format!("{what} has {} on top of {than}", more.join(" ")),
        &[op],
    )
}

/// M-13: a refresh token that was refused as invalid is never good again.
pub(super) fn dead_stays(seen: &Observed) -> Vec<Instance> {
    let all: Vec<_> = uses(seen).collect();
    let mut found = Vec::new();
    for (at, dead) in all.iter().enumerate() {
        let invalid = matches!(&dead.op.outcome, Outcome::Refused(r) if r.error.as_deref() == Some("invalid_grant"));
        // Uses that were sent at once tell nothing of what came first.
        let later = |u: &&Use| {
            dead.op.end.is_some_and(|end| u.op.start > end)
                && (u.op.outcome.is_allow() || u.op.outcome.is_deny())
        };
        let again = all[at + 1..].iter().find(|u| u.token == dead.token && later(u));
        if let Some(again) = again.filter(|_| invalid) {
            let why = || "a refresh token that was refused as invalid is good again".to_owned();
            found.push(Instance::of(
                !again.op.outcome.is_allow(),
                why,
                &[dead.op.index, again.op.index],
            ));
        }
    }
    found
}

/// M-14: a refresh token that is replaced when it is used is good for one use, and so are assertions and authorization codes.
pub(super) fn once(seen: &Observed) -> Vec<Instance> {
    let all: Vec<_> = uses(seen).collect();
    let mut found = Vec::new();
    for first in &all {
        let replaced =
            first.given.and_then(|t| t.refresh.as_ref()).is_some_and(|new| new != first.token);
        let others = all.iter().filter(|u| u.op.index != first.op.index && u.token == first.token);
        let answered = others.filter(|u| u.op.outcome.is_allow() || u.op.outcome.is_deny());
        found.extend(answered.filter(|_| replaced).map(|other| {
            let why = || "a refresh token that was replaced is good for another use".to_owned();
            Instance::of(!other.op.outcome.is_allow(), why, &[first.op.index, other.op.index])
        }));
    }
    found.extend(presented(seen));
    found
}

/// What was presented again after it was good once.
fn presented(seen: &Observed) -> Vec<Instance> {
    let again = seen.view.ops.iter().filter_map(|op| {
        let Action::PresentAgain { first, what, .. } = &op.action else { return None };
        let good = |op: &&Op| op.index == *first && op.outcome.is_allow();
        let answered = op.outcome.is_allow() || op.outcome.is_deny();
        (answered && seen.view.ops.iter().any(|op| good(&op))).then_some((op, *first, what))
    });
    let found = again.map(|(op, first, what)| {
        let why = || format!("the same {} is good for another use", what.words());
        Instance::of(!op.outcome.is_allow(), why, &[first, op.index])
    });
    found.collect()
}

/// M-21: a refreshed token tells the same sign-in as the one before.
pub(super) fn sign_in(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for used in uses(seen) {
        let (Some(given), Some(before)) = (used.given, beside(seen, used.token)) else { continue };
        for claim in ["auth_time", "acr"] {
            let of = |token: &TokenSeen| token.claims.as_ref().and_then(|c| c.get(claim)).cloned();
            let (Some(was), now) = (of(before), of(given)) else { continue };
            // A claim that is left out tells nothing.
            if let Some(now) = now {
                let why = || format!("{claim} is {now} after a refresh, and was {was}");
                found.push(Instance::of(was == now, why, &[used.op.index]));
            }
        }
    }
    found
}
