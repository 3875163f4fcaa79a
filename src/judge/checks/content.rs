//! Checks of policy, token content and governance, by name. Each is a pure function in a file of its own under
//! `content/`; what several of them share stands beside them.

mod asked;
mod entitled;
mod follow;
mod remarks;
mod rights;
mod same;

mod new_token;

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("live-policy-followed", new_token::policy),
    ("new-token-follows-entitlement", new_token::entitlement),
    ("risk-is-reflected", new_token::risk),
];
