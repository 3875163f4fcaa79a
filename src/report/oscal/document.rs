//! The whole document, given away only where it holds together.

use std::io;

use super::model::Document;
use super::{assembly, dangling};
use crate::report::kinds::Source;

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
