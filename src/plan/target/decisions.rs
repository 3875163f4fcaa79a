//! The decision log of a target file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where decisions are logged: a file (`file`) or an HTTP endpoint (`url`), with JSON lines or a JSON array. An endpoint may answer in
/// pages: `Link: <...>; rel="next"` (RFC 8288) is followed within its origin, up to 200 pages. Other ways of paging are not: ask for
/// all in `url`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DecisionLog {
    /// File with one JSON object a line, relative to this file; a template.
    pub file: Option<String>,
    /// URL that is read with `GET`; a template, with `{subject}`.
    pub url: Option<String>,
    /// Headers of that request, templates: `authorization = "Bearer {secret.admin}"`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where the answer of `url` is an object: JSON pointer to the array of records in it.
    pub items: Option<String>,
    /// Where things stand in a record. What is not given can't be judged.
    pub fields: LogFields,
    /// What value of `decision` means yes; default `allow`.
    pub allow: Option<String>,
}

/// JSON pointers (RFC 6901) into a record; `*` stands for each element of an array.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LogFields {
    /// Id of the record.
    pub id: Option<String>,
    /// When the decision was made (RFC 3339).
    pub time: Option<String>,
    /// What kind of decision it is; `kinds` says which value means what.
    pub kind: Option<String>,
    /// The subject: the name that recant gave, or the token's `sub`.
    pub subject: Option<String>,
    /// The client (`client_id`).
    pub client: Option<String>,
    /// The audience that the token is for.
    pub audience: Option<String>,
    /// Scopes that were asked for.
    pub requested: Option<String>,
    /// Scopes that were given.
    pub granted: Option<String>,
    /// Yes or no; `allow` of the log says which value means yes.
    pub decision: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Revision of the policy that decided.
    pub revision: Option<String>,
    /// Revision of the entitlements that it was made from, as the change log calls it, where `revision` is not that.
    pub entitlement: Option<String>,
    /// Ids of the policies that decided.
    pub policies: Option<String>,
    /// Owners of these policies: names as under `[[owner]]`.
    pub owners: Option<String>,
    /// What the decision was made from, or its digest.
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
