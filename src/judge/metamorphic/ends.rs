//! What ends, and stays at its end.

use super::Instance;
use super::observed::{Called, Observed};
use crate::history::Action;
use crate::judge::timeline::{Cause, Changed};
use crate::model::Moment;

/// M-11: when a subject or a token ends, its tokens open nothing, and nothing comes of them any more.
pub(super) fn ended(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for change in &seen.timeline.changes {
        let (Some(ack), Cause::Subject | Cause::Token) = (change.ack, change.cause) else {
            continue;
        };
        let until = change.until.unwrap_or(Moment(u64::MAX));
        for call in &seen.calls {
            let bound = seen.facts.services.get(call.service).and_then(|s| s.bound);
            let late =
                bound.is_some_and(|ms| call.op.start > ack.plus_ms(ms)) && call.op.start < until;
            if late && change.hits.contains(call.token.id.as_str()) && seen.live(call) {
                let why = || {
                    format!(
                        "{} at {} is open after \"{}\"",
                        call.operation, call.service, change.name
                    )
                };
                found.push(Instance::of(!call.allowed, why, &[change.op.index, call.op.index]));
            }
        }
        found.extend(descendants(seen, change, ack, until));
    }
    found
}

fn descendants(seen: &Observed, change: &Changed, ack: Moment, until: Moment) -> Vec<Instance> {
    let mut found = Vec::new();
    let later = seen.view.ops.iter().filter(|op| op.start > ack && op.start < until);
    for op in later.filter(|op| op.outcome.is_allow() || op.outcome.is_deny()) {
        let (what, token) = match &op.action {
            Action::Refresh { token, .. } => ("refreshed", token),
            Action::Exchange { token, .. } => ("exchanged", token),
            _ => continue,
        };
        let named = change.loses.tokens.is_empty() || change.loses.tokens.contains(token);
        if named && change.hits.contains(token.as_str()) {
            let why = || format!("a token is {what} after \"{}\"", change.name);
            found.push(Instance::of(!op.outcome.is_allow(), why, &[change.op.index, op.index]));
        }
    }
    found
}

/// M-12: once a service has refused a token, with nothing changed since, it refuses it again.
pub(super) fn refused_stays(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for (at, refused) in
        seen.calls.iter().enumerate().filter(|(_, c)| !c.allowed && seen.settled(c))
    {
        let again = seen.calls[at + 1..].iter().find(|c| same(c, refused));
        let Some(again) = again else { continue };
        if seen.stirred(again.op.index) == seen.stirred(refused.op.index) {
            let why = || {
                format!(
                    "{} at {} opens again though nothing was changed",
                    again.operation, again.service
                )
            };
            found.push(Instance::of(!again.allowed, why, &[refused.op.index, again.op.index]));
        }
    }
    found
}

fn same(a: &Called, b: &Called) -> bool {
    a.token.id == b.token.id && a.service == b.service && a.operation == b.operation
}
