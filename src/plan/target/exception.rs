//! Exceptions of a target file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Exception, ExceptionKind};
use crate::plan::milliseconds;

/// Something that this system does otherwise than it is asked to, and that somebody answers for until a day. It does not make a
/// failure a pass: it is what G-07 asks for, and reports list it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredException {
    /// What kind it is.
    pub kind: ExceptionKind,
    /// What it is about: the name of a service or an issuer of this file; for `bound` the name of a bound.
    pub of: String,
    /// For how long, for `offline-grace` and `refresh-reuse`: `"10m"`.
    pub up_to: Option<String>,
    /// Why, for the auditor.
    pub reason: String,
    /// Who answers for it: the name of an `[[owner]]`, or anybody with a `contact`. An exception without an owner fails the run.
    pub owner: Option<String>,
    /// How to reach the owner, where it is no `[[owner]]` of this file.
    pub contact: Option<String>,
    /// The last day that it holds on (UTC): `"2026-12-31"`. An exception without one, or past it, fails the run.
    pub expires: Option<String>,
}

impl DeclaredException {
    /// As the record has it.
    #[must_use]
    pub fn fact(&self) -> Exception {
        Exception {
            kind: self.kind,
            of: self.of.clone(),
            up_to: self.up_to.as_deref().and_then(milliseconds),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            contact: self.contact.clone(),
            expires: self.expires.clone(),
        }
    }
}
