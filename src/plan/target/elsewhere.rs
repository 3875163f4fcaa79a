//! A second place that requests may come from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// How requests look that come from another place than recant's: from whoever copied a token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Elsewhere {
    /// Headers that such requests have in the place of recant's own (`user-agent`), or besides them: what services tell places apart by.
    pub headers: BTreeMap<String, String>,
}
