//! JSON Schemas of what programs read. `schemas/` holds them as files; a test keeps both alike.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::diff::Diff;
use super::{Manifest, Report};
use crate::judge::Finding;
use crate::plan::PlanRecord;

/// Schema of `report.json`.
#[must_use]
pub fn report_schema() -> Schema {
    schema::<Report>("recant report, format recant-report/v1")
}

/// Schema of `findings.json`.
#[must_use]
pub fn findings_schema() -> Schema {
    schema::<Vec<Finding>>("recant findings")
}

/// Schema of `plan.json`.
#[must_use]
pub fn plan_schema() -> Schema {
    schema::<PlanRecord>("recant plan, version 1")
}

/// Schema of `manifest.json`.
#[must_use]
pub fn manifest_schema() -> Schema {
    schema::<Manifest>("recant manifest, format recant-manifest/v1")
}

/// Schema of `recant diff --format json`.
#[must_use]
pub fn diff_schema() -> Schema {
    schema::<Diff>("recant diff, format recant-diff/v1")
}

/// Schema of a format of ours, with its title.
pub fn schema<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema
}
