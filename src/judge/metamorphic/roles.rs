//! Roles by what they give.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{Applied, Fresh, Observed};
use crate::history::Action;

const ABOUT_ROLES: [&str; 5] =
    ["create role", "add permission", "remove permission", "give role", "remove role"];

/// What each role of the subject gives, without names; `None` where nobody knows which roles it was made with.
pub(super) fn given(seen: &Observed, fresh: &Fresh) -> Option<Vec<BTreeSet<String>>> {
    let mut roles: BTreeSet<String> = seen.view.ops.iter().find_map(|op| match &op.action {
        Action::Subject { subject, roles } if subject == fresh.subject => {
            Some(roles.iter().cloned().collect())
        }
        _ => None,
    })?;
    let declared = seen.facts.roles.iter();
    let mut gives: BTreeMap<String, BTreeSet<String>> =
        declared.map(|(name, r)| (name.clone(), r.scopes.iter().cloned().collect())).collect();
    for change in fresh.state.iter().filter_map(|at| seen.changes.get(*at)) {
        let Some(role) = change.arguments.get("role").cloned() else { continue };
        let permission = change.arguments.get("permission").cloned();
        match change.name {
            "create role" | "add permission" => {
                gives.entry(role).or_default().extend(permission);
            }
            "remove permission" => {
                let scopes = gives.entry(role).or_default();
                scopes.retain(|scope| Some(scope) != permission.as_ref());
            }
            "give role" => {
                roles.insert(role);
            }
            "remove role" => {
                roles.remove(&role);
            }
            _ => {}
        }
    }
    let mut all: Vec<_> =
        roles.iter().map(|role| gives.get(role).cloned().unwrap_or_default()).collect();
    all.sort();
    Some(all)
}

/// What else is in force, without the subject's name.
pub(super) fn others(seen: &Observed, state: &[usize]) -> Vec<String> {
    let all = state.iter().filter_map(|at| seen.changes.get(*at));
    let others = all.filter(|c| !ABOUT_ROLES.contains(&c.name));
    others.map(|c: &Applied| format!("{} {:?}", c.name, c.arguments)).collect()
}
