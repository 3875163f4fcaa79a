//! Checks of what services do.

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("loss-within-bound", super::loss::check),
    ("earlier-token-refused", super::loss::any),
    ("cache-bounded", super::cache::check),
    ("declared-true", super::declared::check),
    ("audience-enforced", super::audience::check),
    ("kept-apart", super::kept_apart::check),
    ("scope-enforced", super::scope::check),
    ("forged-refused", super::forged::check),
    ("issuers-kept-apart", super::issuers::check),
    ("possession-proven", super::unproven::check),
    ("expiry-enforced", super::expiry::check),
    ("introspection-current", super::introspection::check),
    ("fails-closed", super::source_down::check),
    ("denial-final", super::denial::check),
    ("refusals-fit", super::refusals::check),
    ("replicas-agree", super::replicas::check),
    ("status-list-safe", super::status_list::check),
    ("no-inherited-trust", super::inherited::check),
    ("services-agree", super::services_agree::check),
    ("derived-ends", super::derived::check),
    ("bystander-accepted", super::bystander::check),
];
