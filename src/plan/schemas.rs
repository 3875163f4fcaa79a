//! The published JSON Schemas of target files, recipes and scenario scripts, generated from the types. `schemas/` holds
//! the same for editors; a test notices where both differ.

use serde_json::Value;

use super::{Recipe, Scenario, Target, WaiverFile};

/// Schema of a target file.
#[must_use]
pub fn target() -> Value {
    schemars::schema_for!(Target).to_value()
}

/// Schema of a recipe.
#[must_use]
pub fn recipe() -> Value {
    schemars::schema_for!(Recipe).to_value()
}

/// Schema of a scenario script.
#[must_use]
pub fn scenario() -> Value {
    schemars::schema_for!(Scenario).to_value()
}

/// Schema of a file of waivers.
#[must_use]
pub fn waivers() -> Value {
    schemars::schema_for!(WaiverFile).to_value()
}

/// All of them by the name of their file in `schemas/`.
#[must_use]
pub fn all() -> [(&'static str, Value); 4] {
    [
        ("target.schema.json", target()),
        ("recipe.schema.json", recipe()),
        ("scenario.schema.json", scenario()),
        ("waivers.schema.json", waivers()),
    ]
}
