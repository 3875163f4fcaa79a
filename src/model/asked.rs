//! Controls that evidence was asked for.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A control that a run was to give evidence for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskedControl {
    /// As it was asked for.
    pub control: String,
    /// Ids of the requirements that were evidence for it when the run was planned.
    pub requirements: BTreeSet<String>,
}
