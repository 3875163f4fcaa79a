//! Checks of policy, token content and governance.

use crate::judge::Check;

/// Names and functions.
pub(super) const CHECKS: &[(&str, Check)] = &[];
