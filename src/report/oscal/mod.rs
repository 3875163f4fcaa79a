//! OSCAL assessment results 1.2.1, with structs of our own: findings by control, each resting on observations of this run.
//! Evidence for a control; whether a system complies is for an assessor to say. Names follow from the record, so that the
//! same record gives the same document.

mod assembly;
mod control;
mod model;
mod names;
mod observed;
mod references;

pub use references::dangling;

use std::io;

use self::model::Document;
use super::kinds::Source;

/// The version of OSCAL that documents are written in: what most tools read.
pub const OSCAL_VERSION: &str = "1.2.1";

/// The report as OSCAL.
///
/// # Errors
/// Where a reference in it leads nowhere, or a finding says more than its observations do: no such document is given away.
pub fn render(source: Source<'_>) -> io::Result<Document> {
    let document = assembly::document(source);
    let wrong = dangling(&serde_json::to_value(&document)?);
    match wrong.first() {
        None => Ok(document),
        Some(first) => {
            Err(io::Error::other(format!("the OSCAL document does not hold together: {first}")))
        }
    }
}
