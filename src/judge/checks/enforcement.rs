//! Checks of what services do.

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] =
    &[("loss-within-bound", super::loss::check), ("earlier-token-refused", super::loss::any)];
