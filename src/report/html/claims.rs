//! Two tokens of one subject beside each other, in words: claims that were added, removed, changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::decision::Decision;
use super::index::Index;
use super::shown::text;
use crate::history::{Action, Op};
use crate::judge::Finding;
use crate::model::{TokenKind, TokenSeen};

/// Claims that are new in every token (RFC 7519 section 4.1 and what issuers add): named, not compared.
const FRESH: [&str; 8] = ["jti", "iat", "nbf", "exp", "auth_time", "sid", "at_hash", "nonce"];

/// Most claims that are listed.
const MOST: usize = 40;

/// What became of the content.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Whose tokens, and which.
    pub caption: String,
    /// Claims that differ: name, what happened, before, after.
    pub rows: Vec<Row>,
    /// Claims that are the same in both.
    pub same: String,
    /// Claims that are new in every token.
    pub fresh: String,
    /// What decided each of the two, where the log tells.
    pub decisions: Vec<Decision>,
}

/// A claim that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub claim: String,
    /// `added`, `removed` or `changed`.
    pub word: &'static str,
    /// A sign for it.
    pub sign: &'static str,
    /// What was removed, or stood before.
    pub before: String,
    /// What was added, or stands now.
    pub after: String,
}

/// The difference that a finding shows: the token that its evidence used before the change, and the next one that the same
/// subject got for the same service. `None` where the record has no two such tokens.
#[must_use]
pub fn difference(index: &Index, finding: &Finding) -> Option<Difference> {
    let ops: Vec<&Op> = finding.evidence.iter().filter_map(|op| index.op(*op)).collect();
    let used: Vec<&TokenSeen> = ops.iter().flat_map(|op| tokens(op, index)).collect();
    let fits = |t: &&&TokenSeen| {
        t.kind == TokenKind::Access
            && t.claims.is_some()
            && t.crafted.is_none()
            && finding.service.as_deref().is_none_or(|s| t.service.as_deref() == Some(s))
    };
    let before = used.iter().find(fits).copied()?;
    let all = index.of_instance(&finding.scenario);
    let upto = index.obligation_upto(finding);
    let changed =
        ops.iter().find(|op| matches!(op.action, Action::Change { .. } | Action::Revoke { .. }));
    let since = changed.map_or_else(|| given(all, before), |op| op.index);
    let later = all.iter().filter(|op| op.index > since && op.index <= upto);
    let after = later.flat_map(|op| &op.seen.tokens).find(|t| {
        t.kind == TokenKind::Access
            && t.id != before.id
            && t.claims.is_some()
            && t.crafted.is_none()
            && (&t.subject, &t.service) == (&before.subject, &before.service)
    })?;
    let gave = given(all, after);
    let undone = |change: &Op| {
        let undoes =
            |op: &&&Op| matches!(op.action, Action::Undo { change: c, .. } if c == change.index);
        all.iter().find(undoes).is_some_and(|undo| undo.index < gave)
    };
    let when = match changed {
        Some(change) if undone(change) => ["before the change", "after it was undone"],
        Some(_) => ["before the change", "after the change"],
        None => ["earlier", "later"],
    };
    let difference = compare(index, before, after, when);
    (!difference.rows.is_empty() || !difference.decisions.is_empty()).then_some(difference)
}

/// Index of the op that gave a token.
fn given(all: &[&Op], token: &TokenSeen) -> u64 {
    let gave = all.iter().find(|op| op.seen.tokens.iter().any(|t| t.id == token.id));
    gave.map_or(0, |op| op.index)
}

/// Tokens that an op shows or gives.
fn tokens<'a>(op: &'a Op, index: &Index<'a>) -> Vec<&'a TokenSeen> {
    let shown = match &op.action {
        Action::Call { token, .. }
        | Action::CallDirect { token, .. }
        | Action::ShowUnproven { token, .. }
        | Action::Introspect { token, .. }
        | Action::Exchange { token, .. }
        | Action::Derive { token, .. }
        | Action::UseDerived { token, .. }
        | Action::Revoke { token, .. } => index.token(token),
        _ => None,
    };
    shown.into_iter().chain(&op.seen.tokens).collect()
}

fn compare(
    index: &Index,
    before: &TokenSeen,
    after: &TokenSeen,
    when: [&'static str; 2],
) -> Difference {
    let (old, new) = (content(before), content(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let (mut rows, mut same, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        if FRESH.contains(&name.as_str()) {
            fresh.push(text(name));
            continue;
        }
        match row(name, old.get(name), new.get(name)) {
            Some(row) => rows.push(row),
            None => same.push(text(name)),
        }
    }
    rows.truncate(MOST);
    same.truncate(MOST);
    let who = before.subject.as_deref().map_or_else(|| "the client".into(), |s| index.who(s));
    let service = before.service.as_deref().map(|s| format!(" for \"{}\"", text(s)));
    Difference {
        caption: format!(
            "Token of {who}{}: {} {}, {} {}",
            service.unwrap_or_default(),
            text(&before.id),
            when[0],
            text(&after.id),
            when[1]
        ),
        rows,
        same: same.join(", "),
        fresh: fresh.join(", "),
        decisions: [(before, when[0]), (after, when[1])]
            .into_iter()
            .filter_map(|(token, when)| Decision::of(index.decision(token)?, token, when))
            .collect(),
    }
}

/// Claims by name; where the content can't be read, the scope of the answer.
fn content(token: &TokenSeen) -> BTreeMap<String, BTreeSet<String>> {
    let claims = token.claims.iter().flatten();
    let mut all: BTreeMap<String, BTreeSet<String>> =
        claims.map(|(name, value)| (name.clone(), values(name, value))).collect();
    if let Some(scope) = token.response_scope.as_ref().filter(|_| !all.contains_key("scope")) {
        all.insert("scope (of the answer)".into(), scope.iter().cloned().collect());
    }
    all
}

/// A claim as a set of values: scopes and lists by their elements, anything else whole.
fn values(name: &str, value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(s) if name == "scope" || name == "scp" => {
            s.split_whitespace().map(str::to_owned).collect()
        }
        Value::Array(all) => all.iter().map(plain).collect(),
        other => BTreeSet::from([plain(other)]),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn row(name: &str, old: Option<&BTreeSet<String>>, new: Option<&BTreeSet<String>>) -> Option<Row> {
    if old == new {
        return None;
    }
    let none = BTreeSet::new();
    let (was, is) = (old.unwrap_or(&none), new.unwrap_or(&none));
    let gone: Vec<_> = was.difference(is).cloned().collect();
    let came: Vec<_> = is.difference(was).cloned().collect();
    let (word, sign) = match (gone.is_empty(), came.is_empty()) {
        (false, true) => ("removed", "−"),
        (true, false) => ("added", "+"),
        _ => ("changed", "→"),
    };
    Some(Row {
        claim: text(name),
        word,
        sign,
        before: text(&gone.join(", ")),
        after: text(&came.join(", ")),
    })
}
