//! Inputs of decisions: what the owner of a policy says that it looks at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that decisions depend on, by its owner's word: `[[input]]`. recant toggles it, all else equal, and looks for a difference
/// in tokens or in what services do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Input {
    /// What it is called: `risk`, `network`, ...
    pub name: String,
    /// The change of the recipe that toggles it. Without one its requirement stays inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// What the change is made with, besides its subject: `{ level = "high" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
}
