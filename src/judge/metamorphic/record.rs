//! Tokens against the decision log.

use std::collections::{BTreeMap, BTreeSet};

use super::Instance;
use super::observed::Observed;
use crate::history::{Action, Op};
use crate::model::{TokenKind, TokenSeen};

/// M-23: each token that was given has one record in the log, and each record that names a token names one that was given.
pub(super) fn bijection(seen: &Observed) -> Vec<Instance> {
    let reads: Vec<&Op> = seen
        .view
        .ops
        .iter()
        .filter(|op| matches!(op.action, Action::ReadDecisions) && op.outcome.is_allow())
        .collect();
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
            let jti = token.claims.as_ref().and_then(|c| c.get("jti")).and_then(|j| j.as_str());
            let Some(jti) = jti.filter(|jti| given.insert(jti)) else { continue };
            let count = records.get(jti).copied().unwrap_or_default();
            let why = || format!("the log has {count} records of the token {}", token.id);
            found.push(Instance::of(count == 1, why, &[op.index, last.index]));
        }
    }
    let tokens = || seen.view.tokens.values().filter(|t| t.kind == TokenKind::Access);
    let name = |t: &'_ TokenSeen| t.claims.as_ref()?.get("jti")?.as_str().map(str::to_owned);
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
