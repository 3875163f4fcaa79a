//! The decision log of a target file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where decisions are logged: a file or an HTTP endpoint with JSON lines (or a JSON array).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DecisionLog {
    /// File with one JSON object a line.
    pub file: Option<String>,
    /// `GET` this; templates allowed.
    pub url: Option<String>,
    /// Headers of that request; templates allowed.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where the answer of `url` is an object: JSON pointer to the array of records in it.
    pub items: Option<String>,
    /// Where fields are in a record.
    pub fields: LogFields,
    /// What value of `decision` means yes; default `allow`.
    pub allow: Option<String>,
}

/// JSON pointers (RFC 6901) into a record; `*` stands for each element of an array.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[allow(missing_docs)]
pub struct LogFields {
    pub id: Option<String>,
    pub time: Option<String>,
    pub kind: Option<String>,
    /// The subject: the name that recant gave, or the token's `sub`.
    pub subject: Option<String>,
    pub client: Option<String>,
    pub audience: Option<String>,
    pub requested: Option<String>,
    pub granted: Option<String>,
    pub decision: Option<String>,
    pub reason: Option<String>,
    pub revision: Option<String>,
    pub policies: Option<String>,
    pub owners: Option<String>,
    pub inputs: Option<String>,
    /// An array of objects, one a claim value.
    pub claims: Option<String>,
    /// Within such an object: the claim's name.
    pub claim_name: Option<String>,
    /// Within such an object: the value.
    pub claim_value: Option<String>,
    /// Within such an object: why.
    pub claim_because: Option<String>,
    /// The token's `jti`.
    pub token: Option<String>,
    /// Values of `kind` by recant's word: `issue = ["issue"]`, `refresh`, `exchange`, `access`.
    pub kinds: BTreeMap<String, Vec<String>>,
}
