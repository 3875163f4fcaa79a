//! The access log of a target file: what services let in and refused.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where services log what they let in and refused: a file (`file`) or an HTTP endpoint (`url`), like the decision log. Several
/// services may share one. Without it declare `access-log` absent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessLog {
    /// File with one JSON object a line, relative to this file; a template.
    pub file: Option<String>,
    /// URL that is read with `GET`; a template, with `{subject}`. Pages are followed as of a decision log.
    pub url: Option<String>,
    /// Headers of that request, templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where the answer of `url` is an object: JSON pointer to the array of records in it.
    pub items: Option<String>,
    /// Where things stand in a record. What is not given joins nothing.
    pub fields: AccessFields,
    /// What value of `decision` means yes; default `allow`.
    pub allow: Option<String>,
    /// The header in which each request carries an identifier of recant's, for services that log it; default `x-request-id`.
    pub request_header: Option<String>,
    /// Which services write this log, and what it calls them: `orders = ["orders-api"]`. Default: all of them, by their name or
    /// audience.
    #[serde(default)]
    pub services: BTreeMap<String, Vec<String>>,
}

/// JSON pointers (RFC 6901) into a record of the access log; `*` stands for each element of an array.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AccessFields {
    /// Id of the record.
    pub id: Option<String>,
    /// When it was (RFC 3339).
    pub time: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The subject: the name that recant gave, or the token's `sub`.
    pub subject: Option<String>,
    /// Yes or no; `allow` of the log says which value means yes.
    pub decision: Option<String>,
    /// The `jti` of the token that was shown. Never the token itself.
    pub token: Option<String>,
    /// The identifier that the request came with, in `request-header`.
    pub request: Option<String>,
    /// Id of the record in the decision log by which the token was issued, where the service knows it.
    pub issuance: Option<String>,
}

impl AccessLog {
    /// The header that carries the identifier of a request; `None` where the log does not tell it.
    #[must_use]
    pub fn request_header(&self) -> Option<&str> {
        self.fields.request.as_ref()?;
        Some(self.request_header.as_deref().unwrap_or("x-request-id"))
    }
}
