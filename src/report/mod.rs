//! The report: what a run came to, as data and in every format that people and pipelines read. Formats; decides nothing
//! about the target.

pub mod atomic;
mod build;
mod counts;
pub mod diff;
mod folder;
pub mod html;
mod json_schema;
pub mod junit;
mod manifest;
pub mod markdown;
pub mod merkle;
mod model;
mod record;
pub mod statement;
pub mod terminal;
mod terminal_finding;
mod terminal_summary;
pub mod visible;
pub mod words;

pub use build::{Evidence, Undo, build};
pub use counts::{FindingCounts, Observations, Operations, ScenarioCounts};
pub use folder::{manifest_of, read, read_json, write};
pub use json_schema::{
    diff_schema, findings_schema, manifest_schema, plan_schema, report_schema, schema,
};
pub use manifest::{ATTESTATION, Entry, FILE as MANIFEST, Manifest, digest, root};
pub use model::{
    ControlEvidence, ControlPublished, Counts, Ending, ExceptionListed, FORMAT, HistoryNamed,
    NotRun, Report, RequirementJudged, RunNamed, Selection, TargetNamed,
};
pub use record::Record;
pub use terminal::{Look, print};
