//! What all of some calls have in common: a way that leads past a right's end is often one among several, and its name is the shortest
//! way to the cause.

use std::collections::BTreeSet;

use super::{Called, Case};
use crate::history::Action;

/// In words: the one route, replica or detour that all calls took, and how all of their tokens came where none came the usual way. Empty
/// where nothing sets them apart.
pub(super) fn alone(case: &Case, calls: &[&Called]) -> String {
    let tokens = all(calls, |call| came(case, call.token))
        .map(|ways| format!(" with tokens that came {}", ways.join(" or ")));
    let detours = all(calls, |call| call.detour.map(|by| by.words().to_owned()))
        .map(|ways| format!(" by a way that nobody declared ({})", ways.join(", ")));
    let several = |call: &Called| {
        case.facts.services.get(call.service).is_some_and(|service| service.replicas > 1)
    };
    let replica = all(calls, |call| several(call).then(|| call.replica.to_string()))
        .filter(|replicas| replicas.len() == 1)
        .map(|replicas| format!(" at replica {}", replicas.join("")));
    let route = all(calls, |call| {
        (call.route > 0 && call.detour.is_none()).then(|| call.route.to_string())
    });
    let route = route.map(|routes| format!(" by route {}", routes.join(" and ")));
    [detours, route, replica, tokens].into_iter().flatten().collect()
}

/// What is true of each call, each thing once; `None` where of one of them nothing is.
fn all(calls: &[&Called], what: impl Fn(&Called) -> Option<String>) -> Option<Vec<String>> {
    let each: Option<BTreeSet<String>> = calls.iter().map(|call| what(call)).collect();
    each.map(|each| each.into_iter().collect()).filter(|each: &Vec<_>| !each.is_empty())
}

/// How a token came, where it was not by a sign-in through the usual client.
fn came(case: &Case, token: &str) -> Option<String> {
    match &case.timeline.issued(token)?.op.action {
        Action::Refresh { .. } => Some("of a refresh".into()),
        Action::Exchange { .. } => Some("of an exchange".into()),
        Action::Issue { grant, .. } if case.facts.other_grants.contains(grant) => {
            Some(format!("by the grant \"{grant}\""))
        }
        _ => None,
    }
}
