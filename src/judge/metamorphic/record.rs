//! Tokens against the decision log.

use std::collections::{BTreeMap, BTreeSet};

use super::Instance;
use super::observed::{Applied, Fresh, Observed};
use crate::history::{Action, DecisionSeen, Op};
use crate::judge::words::names;
use crate::model::{TokenKind, TokenSeen};

/// M-23: each token that was given has one record in the log, and each record that names a token names one that was given.
pub(super) fn bijection(seen: &Observed) -> Vec<Instance> {
    let reads: Vec<&Op> = reads(seen).collect();
    let Some(last) = reads.last() else { return Vec::new() };
    let mut records: BTreeMap<&str, u64> = BTreeMap::new();
    for record in reads.iter().flat_map(|op| &op.seen.decisions) {
        *records.entry(record.token.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let mut given: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for op in seen.view.ops.iter().filter(|op| op.end.is_some_and(|end| end < last.start)) {
        for token in
            op.seen.tokens.iter().filter(|t| t.kind == TokenKind::Access && t.crafted.is_none())
        {
            let jti = token.jti();
            let Some(jti) = jti.filter(|jti| given.insert(jti)) else { continue };
            let count = records.get(jti).copied().unwrap_or_default();
            let why = || format!("the log has {count} records of the token {}", token.id);
            found.push(Instance::of(count == 1, why, &[op.index, last.index]));
        }
    }
    let tokens = || seen.view.tokens.values().filter(|t| t.kind == TokenKind::Access);
    let name = |t: &'_ TokenSeen| t.jti().map(str::to_owned);
    let all: BTreeSet<String> = tokens().filter_map(name).collect();
    let strangers: Vec<_> =
        records.keys().filter(|jti| !jti.is_empty() && !all.contains(**jti)).collect();
    // Of a token that nobody can read any record may tell.
    let unread = tokens().filter(|t| t.crafted.is_none() && name(t).is_none()).count();
    if strangers.len() > unread {
        found.extend(strangers.into_iter().map(|jti| {
            let why = || format!("the log has a record of the token {jti}, which nobody was given");
            Instance::of(false, why, &[last.index])
        }));
    }
    found
}

fn reads<'s>(seen: &'s Observed) -> impl Iterator<Item = &'s Op> {
    let worked = |op: &&Op| matches!(op.action, Action::ReadDecisions) && op.outcome.is_allow();
    seen.view.ops.iter().filter(worked)
}

/// M-22: where two tokens were asked for alike and one role less was there for the second, what the log explains by that role is gone,
/// and what it explains by another one is still there. What has two causes shows nothing.
pub(super) fn counterfactual(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for (with, without) in seen.alike().flat_map(|(a, b)| [(a, b), (b, a)]) {
        let Some(taken) = one_role_less(seen, with, without) else { continue };
        let Some(record) = record_of(seen, with) else { continue };
        for claim in record.claims.iter().filter(|claim| !claim.because.trim().is_empty()) {
            let entry = format!("{}:{}", claim.claim, claim.value);
            // Where nothing was given, nothing can be there still.
            if !with.authority.contains(&entry) || without.token.is_none() {
                continue;
            }
            let cites = |role: &&String| names(&claim.because, &claim.value, role);
            let lost = taken.loses.roles.iter().any(|role| cites(&role));
            let others = roles(seen).into_iter().filter(|role| !taken.loses.roles.contains(role));
            let other = others.into_iter().any(|role| cites(&role));
            let there = without.authority.contains(&entry);
            let evidence = [with.op.index, taken.op.index, without.op.index];
            match (lost, other) {
                (true, false) => {
                    let why = || format!("{entry} is there without the role that explains it");
                    found.push(Instance::of(!there, why, &evidence));
                }
                (false, true) => {
                    let why = || format!("{entry} went with a role that does not explain it");
                    found.push(Instance::of(there, why, &evidence));
                }
                _ => {}
            }
        }
    }
    found
}

/// The change that takes a role, where it is all that is in force for the second token and not for the first.
fn one_role_less<'s, 'a>(
    seen: &'s Observed<'a>,
    with: &Fresh,
    without: &Fresh,
) -> Option<&'s Applied<'a>> {
    let (few, many) = (seen.set(&with.state), seen.set(&without.state));
    if !few.is_subset(&many) || many.len() != few.len() + 1 {
        return None;
    }
    let all = without.state.iter().filter_map(|at| seen.changes.get(*at));
    let mut added = all.filter(|change| !few.contains(&change.key()));
    added.find(|change| change.takes_only() && !change.loses.roles.is_empty())
}

/// The record of the decision that gave a token, as the log had it.
fn record_of<'s>(seen: &'s Observed, fresh: &Fresh) -> Option<&'s DecisionSeen> {
    let jti = fresh.token?.jti()?;
    let mut all = reads(seen).flat_map(|op| &op.seen.decisions);
    all.find(|record| record.token.as_deref() == Some(jti))
}

/// Names of all roles that anybody had, or that are declared.
fn roles<'s>(seen: &'s Observed) -> BTreeSet<&'s String> {
    let made = seen.view.ops.iter().filter_map(|op| match &op.action {
        Action::Subject { roles, .. } => Some(roles),
        _ => None,
    });
    seen.facts.roles.keys().chain(made.flatten()).collect()
}
