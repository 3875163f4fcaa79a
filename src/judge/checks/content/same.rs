//! Whether two tokens are effectively identical (REQUIREMENTS: R-EQ).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::TokenSeen;

/// Claims that differ between any two tokens and mean nothing for authority.
pub const VOLATILE: [&str; 10] =
    ["jti", "iat", "nbf", "exp", "sid", "txn", "at_hash", "c_hash", "nonce", "auth_time"];

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
