//! Checks of policy, token content and governance, by name. Each is a pure function in a file of its own under
//! `content/`; what several of them share stands beside them.

mod around;
mod asked;
mod contradicted;
mod decisions;
mod entitled;
mod follow;
mod grants;
mod readings;
mod remarks;
mod revision;
mod rights;
mod same;

mod audience;
mod authentication;
mod broker;
mod causal;
mod decided;
mod ended;
mod exchange;
mod explained;
mod identity;
mod inputs;
mod issuance_closed;
mod joined;
mod lifetime;
mod log_safe;
mod logged;
mod minimal;
mod narrow;
mod owner;
mod refresh_bound;
mod refresh_follows;
mod refresh_widens;
mod repeat;
mod reuse;
mod traced;
mod unseen_roles;

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("audience-is-specific", audience::check),
    ("authentication-not-renewed", authentication::check),
    ("broker-follows-upstream", broker::check),
    ("changes-traceable", traced::check),
    ("claims-explained", explained::check),
    ("decisions-repeat", repeat::check),
    ("explanations-causal", causal::check),
    ("decided-at-the-request", decided::check),
    ("every-decision-logged", logged::check),
    ("evidence-joined", joined::check),
    ("exchange-needs-a-live-token", exchange::of_the_dead),
    ("exchange-never-amplifies", exchange::amplifies),
    ("identity-never-resurrected", identity::check),
    ("inputs-decide", inputs::check),
    ("issuance-fails-closed", issuance_closed::check),
    ("lifetime-bounded", lifetime::check),
    ("log-safe", log_safe::check),
    ("narrow-request-honoured", narrow::check),
    ("no-token-for-the-disabled", ended::tokens),
    ("nothing-volatile-inside", minimal::check),
    ("owner-named", owner::check),
    ("refresh-ends-with-its-grant", ended::refreshes),
    ("refresh-follows-entitlement", refresh_follows::check),
    ("refresh-never-widens", refresh_widens::check),
    ("refresh-reuse-detected", reuse::check),
    ("refresh-token-bound", refresh_bound::check),
    ("token-follows-change", follow::check),
    ("unseen-roles-honoured", unseen_roles::check),
];
