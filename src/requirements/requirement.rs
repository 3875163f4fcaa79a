//! What one requirement file says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Example;

/// One MUST or SHOULD.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirement {
    /// `enforcement/old-token-refused`: the file's path.
    pub id: String,
    /// Short id: `E-01`.
    pub alias: String,
    /// One sentence: what must hold.
    pub title: String,
    /// MUST or SHOULD.
    pub level: Level,
    /// Evidence point.
    pub point: Point,
    /// The `Then` sentence that asks for it in a feature.
    pub obligation: String,
    /// Where it comes from.
    pub source: Vec<Source>,
    /// Why anybody should care: what goes wrong without it.
    pub why: String,
    /// How it is judged: what fails, what passes, what stays inconclusive.
    pub judged: String,
    /// What to do about a failure.
    pub help: String,
    /// Capabilities it is about. One that the target declares absent makes it not applicable; one that is neither
    /// provided nor declared absent leaves it inconclusive.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Ids of controls that it is evidence for (`controls/*.toml`).
    pub controls: Vec<String>,
    /// The check that judges it.
    pub check: String,
    /// Parameters of the check.
    #[serde(default)]
    pub with: BTreeMap<String, toml::Value>,
    /// Literal histories with the verdict that they must get.
    #[serde(default)]
    pub example: Vec<Example>,
}

/// How strongly it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A failure fails the run.
    Must,
    /// A failure is a warning.
    Should,
}

/// Where evidence is taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// The decision.
    Policy,
    /// The token's content.
    Token,
    /// The effect downstream.
    Enforcement,
    /// What issuers and services tell each other: events, status lists, alerts.
    Signal,
    /// Explanation, ownership, log.
    Governance,
}

/// Where a requirement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Whose words these are.
    pub kind: SourceKind,
    /// `RFC 6749 section 6`.
    pub name: String,
    /// What it says, in short.
    #[serde(default)]
    pub says: String,
}

/// Whose words a requirement uses. Reports never call a breach of `profile` words a violation of a standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A standard obliges.
    Standard,
    /// This profile asks; a standard only inspires.
    Profile,
}
