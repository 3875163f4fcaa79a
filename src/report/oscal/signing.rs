//! What compliance-trestle signs of an OSCAL document, as an in-toto statement (v1): the digest of its canonical form
//! (RFC 8785), so that spaces and the order of members do not matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::hex;
use crate::report::statement::{Resource, STATEMENT};

/// The type of the predicate.
pub const OSCAL_SIGNING: &str =
    "https://oscal-compass.github.io/compliance-trestle/predicates/oscal-signing/v1";

/// A statement over one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// [`STATEMENT`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The document, by the digest of its canonical form.
    pub subject: [Resource; 1],
    /// [`OSCAL_SIGNING`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// How the digest was made.
    pub predicate: Method,
}

/// How the digest was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// `RFC8785`.
    pub canonicalization: String,
    /// `sha256`.
    pub digest_algorithm: String,
    /// `canonical-json`.
    pub digest_source: String,
    /// Whose method this is.
    pub tool: String,
}

impl Signing {
    /// What is to be signed of a document that lies in a file of this name.
    ///
    /// # Errors
    /// Where the document has no canonical form (a number that no double holds).
    pub fn of(name: &str, document: &Value) -> Result<Self, String> {
        let canonical = serde_json_canonicalizer::to_vec(document)
            .map_err(|e| format!("it has no canonical form: {e}"))?;
        let sha256 = hex(&Sha256::digest(&canonical));
        Ok(Self {
            kind: STATEMENT.into(),
            subject: [Resource {
                name: name.to_owned(),
                digest: BTreeMap::from([("sha256".to_owned(), sha256)]),
            }],
            predicate_type: OSCAL_SIGNING.into(),
            predicate: Method {
                canonicalization: "RFC8785".into(),
                digest_algorithm: "sha256".into(),
                digest_source: "canonical-json".into(),
                tool: "compliance-trestle".into(),
            },
        })
    }
}
