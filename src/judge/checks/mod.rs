//! The checks by name. Each is one pure function in a file of its own.

mod audience;
mod bystander;
mod cache;
mod content;
mod denial;
mod enforcement;
mod expiry;
mod introspection;
mod loss;
mod reasons;
mod refusals;
mod scope;
mod source_down;

use super::Check;

/// All checks: what a requirement file names in `check`.
const TABLES: [&[(&str, Check)]; 2] = [enforcement::CHECKS, content::CHECKS];

/// A check by its name.
#[must_use]
pub fn named(name: &str) -> Option<Check> {
    all().find(|(known, _)| *known == name).map(|(_, check)| check)
}

/// All checks with their names.
pub fn all() -> impl Iterator<Item = (&'static str, Check)> {
    TABLES.into_iter().flatten().copied()
}
