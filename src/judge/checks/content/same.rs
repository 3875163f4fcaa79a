//! Whether two tokens are effectively identical (REQUIREMENTS: R-EQ).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::TokenSeen;

/// Claims that differ between any two tokens and mean nothing for authority. `status` is a token's own place in a list.
pub const VOLATILE: [&str; 11] =
    ["jti", "iat", "nbf", "exp", "sid", "txn", "at_hash", "c_hash", "nonce", "auth_time", "status"];

/// Tokens that are enough to take what differs in each of them for an identifier.
const ENOUGH: usize = 5;

/// Claims whose value is a set written as a list or with spaces.
const SETS: [&str; 6] = ["scope", "scp", "roles", "groups", "permissions", "entitlements"];

/// True where the readable claims of two tokens are equal but for volatile ones, and but for the order of sets. False where
/// either can't be read.
#[must_use]
pub fn identical(a: &TokenSeen, b: &TokenSeen) -> bool {
    match (&a.claims, &b.claims) {
        (Some(a), Some(b)) => lasting(a) == lasting(b),
        _ => false,
    }
}

/// Claims that no two of several tokens have in common, and that are no sets: identifiers by another name than the usual ones.
#[must_use]
pub fn identifiers<'a>(tokens: &[&'a TokenSeen]) -> BTreeSet<&'a str> {
    let claims: Vec<_> = tokens.iter().filter_map(|token| token.claims.as_ref()).collect();
    let Some(first) = claims.first().filter(|_| claims.len() >= ENOUGH) else {
        return BTreeSet::new();
    };
    let differs = |name: &&str| {
        let values = claims.iter().filter_map(|claims| claims.get(*name));
        let words: BTreeSet<String> =
            values.filter(|v| v.is_string() || v.is_number()).map(Value::to_string).collect();
        words.len() == claims.len()
    };
    let names = first.keys().map(String::as_str).filter(|name| !SETS.contains(name));
    names.filter(differs).collect()
}

/// What differs between the readable claims of two tokens, in words: each claim with both values. Empty where they are
/// equal but for what [`identical`] leaves out and the claims in `beside`, `None` where one can't be read and the other can.
#[must_use]
pub fn difference(a: &TokenSeen, b: &TokenSeen, beside: &BTreeSet<&str>) -> Option<Vec<String>> {
    let (a, b) = match (&a.claims, &b.claims) {
        (Some(a), Some(b)) => (lasting(a), lasting(b)),
        (None, None) => {
            let told = |t: &TokenSeen| {
                t.response_scope.as_ref().map(|s| s.iter().cloned().collect::<BTreeSet<String>>())
            };
            let differ = told(a) != told(b);
            return Some(if differ { vec!["scope of the answer".to_owned()] } else { Vec::new() });
        }
        _ => return None,
    };
    let names: BTreeSet<&str> =
        a.keys().chain(b.keys()).copied().filter(|name| !beside.contains(name)).collect();
    let shown = |claims: &BTreeMap<&str, Value>, name: &str| {
        claims.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string)
    };
    let differs = names.into_iter().filter(|name| a.get(name) != b.get(name));
    Some(
        differs
            .map(|name| format!("{name} ({} and {})", shown(&a, name), shown(&b, name)))
            .collect(),
    )
}

fn lasting(claims: &Map<String, Value>) -> BTreeMap<&str, Value> {
    let kept = claims.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
    kept.map(|(name, value)| {
        let set = SETS.contains(&name.as_str());
        (name.as_str(), if set { as_set(value) } else { value.clone() })
    })
    .collect()
}

fn as_set(value: &Value) -> Value {
    let mut parts: Vec<String> = match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(items) => {
            items.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
        }
        other => return other.clone(),
    };
    parts.sort();
    parts.dedup();
    parts.into()
}
