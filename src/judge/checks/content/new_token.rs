//! A new token follows the entitlement (T-01), the policy (P-02), the risk (T-15): three questions about tokens before a
//! change, after it, and after its undoing.

use super::follow::{Follow, rulings};
use crate::judge::{Case, Ruling};

/// T-01: a role was removed.
#[must_use]
pub fn entitlement(case: &Case) -> Vec<Ruling> {
    rulings(case, &Follow { changes: &[], refreshes: false, may_refuse: false })
}

/// P-02: the policy was edited; nobody's roles changed.
#[must_use]
pub fn policy(case: &Case) -> Vec<Ruling> {
    let changes = &["remove permission"];
    rulings(case, &Follow { changes, refreshes: false, may_refuse: false })
}

/// T-15: the risk rose or the device went bad. The file names the changes, so that a team can add its own.
#[must_use]
pub fn risk(case: &Case) -> Vec<Ruling> {
    let named = case.requirement.with.get("changes").and_then(toml::Value::as_array);
    let named: Vec<&str> = named.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    let changes = if named.is_empty() { vec!["raise risk", "change device"] } else { named };
    rulings(case, &Follow { changes: &changes, refreshes: true, may_refuse: true })
}
