//! What tells one kind of log from another: where it is, which records are wanted, and what is kept of one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::LogSubject;
use crate::drive::Vault;

/// Where a log is, as the target file says.
#[derive(Debug, Clone, Default)]
pub struct LogPlace {
    /// Template of a file's path.
    pub file: Option<String>,
    /// Template of a URL.
    pub url: Option<String>,
    /// Headers of the request, templates.
    pub headers: BTreeMap<String, String>,
    /// JSON pointer to the array of records in an answer.
    pub items: Option<String>,
}

/// A kind of log: what stands in the target file about it.
pub trait LogKind {
    /// What is kept of a record: nothing secret.
    type Seen;

    /// What people call it: `decision log`.
    const NAME: &'static str;

    /// Where it is.
    fn place(&self) -> LogPlace;

    /// True where a record is about one of the subjects.
    fn is_about(&self, record: &Value, subjects: &[LogSubject]) -> bool;

    /// The record, fit for the history.
    fn seen(&self, record: &Value, vault: &Vault) -> Self::Seen;
}
