//! A recipe: how one product performs changes, as HTTP requests in TOML. Templates are `{name}`; in a URL a value is
//! percent-encoded, in JSON it is escaped.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bounds::milliseconds;

/// A recipe: how one product is changed through its administration, as HTTP requests. Strings are templates: values and
/// secrets of the target file (`{admin}`, `{secret.admin}`), what earlier steps captured, and names that are said below.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// What the recipe is called and what it was tried with.
    pub recipe: RecipeHead,
    /// Headers of every request: `authorization = "Bearer {secret.admin}"`. One that names what a step of `start` captures
    /// (`x-session = "{sid}"`) is sent from when that is known.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Requests before the first change, such as an admin login. Their captures and cookies are kept for all others.
    #[serde(default)]
    pub start: Vec<HttpStep>,
    /// How subjects are created and removed. Without it subjects come from the pool of the target file.
    pub subject: Option<SubjectSteps>,
    /// Changes by name. Scenarios use: `remove role` and `give role` (subject, role), `raise risk` (subject, level), `change device`
    /// (subject, state), `disable subject`, `delete subject`, `recreate subject`, `end sessions` (everywhere: a logout by the administration), `reset password` (to the same one, `{subject.password}`; what was signed in before ends), `withdraw consent` (subject), `disable client`,
    /// `create role`, `add permission` and `remove permission` (role, permission), `retire key`, `restart issuer`,
    /// `stop decision source`, `slow decision source` (slower than its callers wait), `garble decision source` (answers that can't be read), `trust transmitter` (recant may send signals; see `[signals]` of the target file), `register logout address` (`{logout-address}` is where `{client}` is told of logouts; see `[signals.logout]`), `trust issuer` (an issuer of recant's own, on loopback, beside those that services trust already; see `further-issuers` of a service). Leave out what the product can't do, and declare `change:NAME` absent in the target file.
    #[serde(default)]
    pub change: BTreeMap<String, Change>,
    /// How the target's clock is moved, where it can be: waiting then takes no time.
    pub clock: Option<ClockMove>,
}

/// Name and gist.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipeHead {
    /// Name.
    pub name: String,
    /// One sentence: the product and versions it was tried with.
    pub about: String,
}

/// How subjects are made and removed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SubjectSteps {
    /// Makes the subject `{subject}` with the password `{subject.password}`. `{roles}` is a JSON array where it is all that
    /// stands in a string. What is captured here can be used wherever the subject is.
    pub create: Vec<HttpStep>,
    /// After that, once for each role (`{role}`), where `create` does not give the roles.
    #[serde(default)]
    pub give_role: Vec<HttpStep>,
    /// A read that shows that it is there, with its roles: an administration that answers before it acts has until `bounds.decision`.
    #[serde(default)]
    pub confirm: Option<Confirm>,
    /// Removes it, also where a scenario has deleted it: accept 404.
    pub remove: Vec<HttpStep>,
}

/// One named change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// Names that scenarios give it, to be used as `{role}`, ...: `subject`, `role`, `permission`, `level`, `state`. Besides these
    /// there are `{client}`, the `client_id` of the subjects' grant, and `{kid}`, the key that signed the tokens so far; in `trust transmitter` also
    /// `{transmitter}`, `{transmitter.keys}` and `{transmitter.critical}`, in `trust issuer` `{further-issuer}`, `{further-issuer.keys}` (its key set) and
    /// `{further-issuer.jwks}` (the address of it).
    #[serde(default)]
    pub takes: Vec<String>,
    /// Reads that capture what the change or its inverse needs to know first.
    #[serde(default)]
    pub before: Vec<HttpStep>,
    /// The requests that make the change. It must be in force, or on its way, when they are answered.
    #[serde(rename = "do")]
    pub steps: Vec<HttpStep>,
    /// Its inverse. A change without one is only made where the scenario throws its subject away afterwards.
    #[serde(default)]
    pub undo: Vec<HttpStep>,
    /// A read that shows the change; worth having, because a change that did not happen proves nothing. It is read again after
    /// the undo, and must then no longer show the change.
    pub confirm: Option<Confirm>,
    /// A read that shows that the change was undone, where `confirm` no longer holding is not it.
    pub undo_confirm: Option<Confirm>,
}

/// Steps with a name, for the journal.
pub type ChangeSteps = Vec<HttpStep>;

/// One HTTP request as data.
#[derive(Debug, Clone, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpStep {
    /// `METHOD url`, with a complete URL or one that starts with a value: `PUT {admin}/users/{subject}`. Values are percent-encoded.
    pub request: String,
    /// Headers of this request, templates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// JSON body; strings in it are templates. A string that is exactly `{roles}` is an array, `{ms}` a number, and a captured value keeps its type;
    /// `{scope}` is a text with blanks, as in RFC 6749 section 3.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// Form body (`application/x-www-form-urlencoded`), templates.
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

impl HttpStep {
    /// A request and nothing else.
    #[must_use]
    pub fn of(request: &str) -> Self {
        Self {
            request: request.to_owned(),
            headers: BTreeMap::new(),
            json: None,
            form: BTreeMap::new(),
            accept: Vec::new(),
            capture: BTreeMap::new(),
            follow_redirects: false,
        }
    }
}

/// A read that shows a change.
#[derive(Debug, Clone, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confirm {
    /// `GET url`, with the headers of the recipe.
    pub request: String,
    /// JSON pointer into the answer; `*` stands for each element.
    pub at: String,
    /// The values there must include this, a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has: Option<String>,
    /// The values there must not include this, a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

/// How the target's clock is moved.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClockMove {
    /// The request; `{ms}` is the number of milliseconds.
    pub advance: HttpStep,
    /// A read of the target's clock, worth having: a clock that says it was moved and was not makes every wait worthless. It is
    /// read before and after each move.
    pub read: Option<ClockRead>,
    /// Real time that the system needs to bring a change to all its parts (events, queues, copies), however far its clock is moved: after each
    /// change its clock stands still for so long. Default `"100ms"`; `"0ms"` where all is done when the answer has been read.
    pub settles: Option<String>,
}

/// The default of [`ClockMove::settles`], milliseconds.
const SETTLES: u64 = 100;

impl ClockMove {
    /// How long the clock stands still after a change, in real time.
    #[must_use]
    pub fn settling(&self) -> Duration {
        // a wrong duration never gets here: checking refuses it
        Duration::from_millis(self.settles.as_deref().and_then(milliseconds).unwrap_or(SETTLES))
    }
}

/// A read of the target's clock.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClockRead {
    /// `GET url`, with the headers of the recipe.
    pub request: String,
    /// JSON pointer to the time in the answer: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds since
    /// 1970.
    pub at: String,
}
