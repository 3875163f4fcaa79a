//! A recipe: how one product performs changes, as HTTP requests in TOML. Templates are `{name}`; in a URL a value is
//! percent-encoded, in JSON it is escaped.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A recipe file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// Name and gist.
    pub recipe: RecipeHead,
    /// Headers of every request: `authorization = "Bearer {secret.admin}"`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Steps once before the first change (such as an admin login; cookies and captures are kept).
    #[serde(default)]
    pub start: Vec<HttpStep>,
    /// Creating and removing subjects. Without it subjects come from the target's pool.
    pub subject: Option<SubjectSteps>,
    /// Changes by name.
    #[serde(default)]
    pub change: BTreeMap<String, Change>,
    /// How the target's clock is moved, where it can be.
    pub clock: Option<ClockMove>,
}

/// Name and gist.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipeHead {
    /// Name.
    pub name: String,
    /// The product and versions it was tried with.
    pub about: String,
}

/// How subjects are made and removed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SubjectSteps {
    /// Makes `{subject}` with `{subject.password}`; `{roles}` is a JSON array where it stands alone in a string.
    pub create: Vec<HttpStep>,
    /// Once for each role after that, where roles aren't given at creation; `{role}`.
    #[serde(default)]
    pub give_role: Vec<HttpStep>,
    /// Removes it.
    pub remove: Vec<HttpStep>,
}

/// One named change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// What it is about: `subject`, `role`, `permission`, `level`, `state`, `client`, `key`, ...
    #[serde(default)]
    pub takes: Vec<String>,
    /// Steps that capture what the change or its inverse needs to know first.
    #[serde(default)]
    pub before: Vec<HttpStep>,
    /// The change.
    #[serde(rename = "do")]
    pub steps: Vec<HttpStep>,
    /// Its inverse. A change without one is only made where the scenario says that its subject is thrown away.
    #[serde(default)]
    pub undo: Vec<HttpStep>,
    /// A read that shows the change.
    pub confirm: Option<Confirm>,
}

/// Steps with a name, for the journal.
pub type ChangeSteps = Vec<HttpStep>;

/// One HTTP request as data.
#[derive(Debug, Clone, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpStep {
    /// `METHOD url`.
    pub request: String,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// JSON body; strings in it are templates. A string that is exactly `{roles}`, or a captured value, keeps its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// Form body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// Statuses that mean success; default any 2xx.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<u16>,
    /// Values for later templates, by name: `"json:/id"` (`*` for each element; the first counts), `"header:location"`,
    /// `"header:location:/users/(.+)$"`, `"query:location:code"` (a parameter of the URL in a header, also of its
    /// fragment), `'body:name="csrf" value="([^"]*)"'`. Of a regular expression the first group counts. A name that ends
    /// in `token`, `secret`, `password`, `code`, `cookie`, `assertion` or `ticket` is kept out of every record.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
    /// Follow up to five redirects (without our headers to another origin). Default no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow_redirects: bool,
}

/// A read that shows a change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confirm {
    /// `GET url`.
    pub request: String,
    /// JSON pointer into the answer; `*` stands for each element.
    pub at: String,
    /// The values there must include this.
    pub has: Option<String>,
    /// The values there must not include this.
    pub lacks: Option<String>,
}

/// How the target's clock is moved.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClockMove {
    /// The request; `{ms}` is the number of milliseconds.
    pub advance: HttpStep,
}
