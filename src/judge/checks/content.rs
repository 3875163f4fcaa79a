//! Checks of policy, token content and governance, by name. Each is a pure function in a file of its own under
//! `content/`; what several of them share stands beside them.

mod asked;
mod entitled;
mod follow;
mod grants;
mod remarks;
mod rights;
mod same;

mod audience;
mod ended;
mod exchange;
mod identity;
mod lifetime;
mod narrow;
mod new_token;
mod refresh_follows;
mod refresh_widens;
mod reuse;
mod unseen_roles;

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("audience-is-specific", audience::check),
    ("exchange-needs-a-live-token", exchange::of_the_dead),
    ("exchange-never-amplifies", exchange::amplifies),
    ("identity-never-resurrected", identity::check),
    ("lifetime-bounded", lifetime::check),
    ("live-policy-followed", new_token::policy),
    ("narrow-request-honoured", narrow::check),
    ("new-token-follows-entitlement", new_token::entitlement),
    ("no-token-for-the-disabled", ended::tokens),
    ("refresh-ends-with-its-grant", ended::refreshes),
    ("refresh-follows-entitlement", refresh_follows::check),
    ("refresh-never-widens", refresh_widens::check),
    ("refresh-reuse-detected", reuse::check),
    ("risk-is-reflected", new_token::risk),
    ("unseen-roles-honoured", unseen_roles::check),
];
