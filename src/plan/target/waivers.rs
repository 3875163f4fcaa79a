//! Where a target file has its waivers.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::WAIVED_DAYS;

/// Where waivers stand, and how long one may hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WaiversAt {
    /// A file of waivers, relative to this file. `--waivers` names others besides.
    pub file: Option<String>,
    /// How long a waiver may hold, days from the day it was created; default 90, at most 366.
    #[schemars(range(min = 1, max = 366))]
    pub longest_days: u16,
}

impl Default for WaiversAt {
    fn default() -> Self {
        Self { file: None, longest_days: WAIVED_DAYS }
    }
}
