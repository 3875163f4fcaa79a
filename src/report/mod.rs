//! The report: what a run came to, as data and in every format that people and pipelines read. Formats; decides nothing
//! about the target.

mod agreed;
pub mod atomic;
mod build;
mod counts;
pub mod diff;
mod fingerprint;
mod folder;
mod forge_github;
mod forge_gitlab;
pub mod hdf;
pub mod html;
mod json_schema;
pub mod junit;
pub mod kinds;
mod manifest;
pub mod markdown;
pub mod merged;
pub mod merkle;
pub mod messages;
mod model;
pub mod oscal;
mod record;
pub mod sarif;
pub mod statement;
pub mod terminal;
mod terminal_finding;
mod terminal_summary;
mod views;
pub mod visible;
pub mod waiver_words;
pub mod words;

pub use build::{Evidence, Undo, build};
pub use counts::{FindingCounts, Observations, Operations, ScenarioCounts};
pub use folder::{evidence, manifest_of, read, read_json, write};
pub use forge_github::render as annotations;
pub use json_schema::{
    diff_schema, findings_schema, manifest_schema, plan_schema, report_schema, schema,
};
pub use manifest::{ATTESTATION, Entry, FILE as MANIFEST, Manifest, TIMESTAMP, digest, root};
pub use model::{
    ControlAsked, ControlEvidence, ControlPublished, Counts, Ending, ExceptionListed, FORMAT,
    HistoryNamed, NotRun, Report, RequirementJudged, RunNamed, Selection, ShardNamed, TargetNamed,
    WaiverListed,
};
pub use record::{Record, ShardRecord};
pub use terminal::{Look, print};
pub use views::Views;
