//! The log of entitlement changes of a target file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where changes of entitlements are logged: a file (`file`) or an HTTP endpoint (`url`), like the decision log. Without it declare
/// `change-log` absent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChangeLog {
    /// File with one JSON object a line, relative to this file; a template.
    pub file: Option<String>,
    /// URL that is read with `GET`; a template, with `{subject}`. Pages are followed as of a decision log.
    pub url: Option<String>,
    /// Headers of that request, templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where the answer of `url` is an object: JSON pointer to the array of records in it.
    pub items: Option<String>,
    /// Where things stand in a record.
    pub fields: ChangeFields,
    /// Which changes of the recipe are recorded here, and what the log calls them: `"remove role" = ["role.removed"]`. Default: every
    /// change about a subject, by whatever word.
    #[serde(default)]
    pub changes: BTreeMap<String, Vec<String>>,
}

/// JSON pointers (RFC 6901) into a record of the change log; `*` stands for each element of an array. `subject`, `who`, `what`, `time` and
/// `revision` are looked for in every record, `approver` where it is given.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ChangeFields {
    /// Id of the record.
    pub id: Option<String>,
    /// When (RFC 3339).
    pub time: Option<String>,
    /// Who made the change.
    pub who: Option<String>,
    /// What was done.
    pub what: Option<String>,
    /// Whom it is about: the name that recant gave, the token's `sub`, or an id of the recipe.
    pub subject: Option<String>,
    /// Who approved it, where changes are approved.
    pub approver: Option<String>,
    /// Revision of the entitlements from then on, which decisions cite (`entitlement` of the decision log, else `revision`). Later ones are
    /// higher: as a number, as a number after the same letters (`e17`), or as a time; else by their order in this log.
    pub revision: Option<String>,
}
