//! All checks in one table. A check that is not in it can be named by no requirement.

use super::super::Check;
use super::{content, enforcement, signal};

/// All checks: what a requirement file names in `check`.
const TABLES: [&[(&str, Check)]; 3] = [enforcement::CHECKS, content::CHECKS, signal::CHECKS];

/// A check by its name.
#[must_use]
pub fn named(name: &str) -> Option<Check> {
    all().find(|(known, _)| *known == name).map(|(_, check)| check)
}

/// All checks with their names.
pub fn all() -> impl Iterator<Item = (&'static str, Check)> {
    TABLES.into_iter().flatten().copied()
}
