//! The target file: what exists and what was promised. One strict TOML file; secrets by reference only.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Absent, Needs, Owner, Profile, RoleFacts, ServiceClass};

/// A target file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// Name, environment, permission to change.
    pub target: TargetHead,
    /// Who answers for which policy.
    #[serde(default)]
    pub owner: Vec<Owner>,
    /// Overrides of the profile's bounds: `cache = "30s"`, `probes = 5`.
    #[serde(default)]
    pub bounds: BTreeMap<String, serde_json::Value>,
    /// Values for templates of this file and its recipe: `{admin}`.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Secrets for templates: `{secret.admin}`.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
    /// Time-outs and TLS.
    #[serde(default)]
    pub http: Http,
    /// Issuers by name.
    pub issuer: BTreeMap<String, Issuer>,
    /// Clients by name.
    #[serde(default)]
    pub client: BTreeMap<String, Client>,
    /// Ways to obtain a token, by name.
    pub grant: BTreeMap<String, Grant>,
    /// The subjects that scenarios use.
    pub subject: Subjects,
    /// Roles and what they let their holder do.
    #[serde(default)]
    pub role: BTreeMap<String, RoleFacts>,
    /// What a change other than a role change takes away: `[effect."raise risk"]`.
    #[serde(default)]
    pub effect: BTreeMap<String, Effect>,
    /// Services by name.
    pub service: BTreeMap<String, Service>,
    /// Where decisions are logged.
    #[serde(default)]
    pub decision_log: Option<DecisionLog>,
    /// Claims that carry authority.
    #[serde(default = "authority_claims")]
    pub authority_claims: Vec<String>,
    /// Capabilities declared absent, with a reason.
    #[serde(default)]
    pub absent: Vec<Absent>,
}

fn authority_claims() -> Vec<String> {
    ["scope", "scp", "roles", "groups", "permissions", "entitlements", "realm_access.roles"]
        .map(str::to_owned)
        .to_vec()
}

/// Name, environment and permission.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetHead {
    /// Name of the target, for reports.
    pub name: String,
    /// `lab`, `staging`, `production`, ...
    pub environment: String,
    /// The owner's word that recant may change this system. Without it no scenario that changes something is run.
    #[serde(default)]
    pub allow_changes: bool,
    /// Which column of bounds applies.
    #[serde(default)]
    pub profile: Profile,
    /// A shipped recipe's name or a path relative to this file.
    pub recipe: String,
}

/// Where a secret comes from: exactly one member.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Secret {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file, relative to the target file; a trailing newline is dropped.
    File(String),
    /// A command and its arguments; its standard output, trimmed, is the secret.
    Command(Vec<String>),
}

/// Time-outs and TLS for every request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Http {
    /// A request takes no longer, seconds.
    pub timeout_seconds: f64,
    /// PEM file with further trusted roots, relative to the target file.
    pub ca: Option<String>,
    /// `false` accepts any certificate. For labs only; the report says so.
    pub verify_tls: bool,
    /// Requests a second that lag measurements may send, over the whole run.
    pub probes_per_second: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self { timeout_seconds: 10.0, ca: None, verify_tls: true, probes_per_second: 200 }
    }
}

/// An issuer (authorization server, OpenID provider, or something that is neither).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Issuer {
    /// Issuer identifier: the `iss` of its tokens.
    pub url: String,
    /// How its endpoints are found.
    #[serde(default)]
    pub discovery: Discovery,
    /// Token endpoint, where discovery does not tell.
    pub token_endpoint: Option<String>,
    /// JWK set.
    pub jwks_uri: Option<String>,
    /// Introspection endpoint (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// Revocation endpoint (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// CIBA backchannel endpoint.
    pub backchannel_endpoint: Option<String>,
    /// Authorization endpoint.
    pub authorization_endpoint: Option<String>,
    /// The client that introspects; without it introspection is not used.
    pub introspect_as: Option<String>,
    /// The client that revokes; the token's own client where not given.
    pub revoke_as: Option<String>,
}

/// Where endpoints come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Discovery {
    /// `/.well-known/openid-configuration` under the issuer.
    #[default]
    Oidc,
    /// RFC 8414: `/.well-known/oauth-authorization-server` before the issuer's path.
    Rfc8414,
    /// By hand only.
    None,
}

/// A client.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Its secret, for the two secret methods.
    pub secret: Option<Secret>,
    /// PEM private key, for `private_key_jwt`.
    pub key: Option<Secret>,
    /// `kid` of that key.
    pub key_id: Option<String>,
    /// Signature algorithm of that key: `ES256`, `RS256`, `EdDSA`, ...
    pub algorithm: Option<String>,
}

/// Client authentication (OpenID Connect Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// HTTP Basic.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
    /// A public client.
    None,
}

/// A way to obtain a token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// Which flow.
    pub kind: GrantKind,
    /// Issuer's name; may be left out where there is one.
    pub issuer: Option<String>,
    /// Client's name.
    pub client: Option<String>,
    /// Scope parameter; `{scope}` stands for the scopes asked for. Default `{scope}`.
    pub scope: Option<String>,
    /// Further parameters, templates: `resource = "{audience}"`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of a refresh, templates, for issuers that ask for the resource again.
    #[serde(default)]
    pub refresh_parameters: BTreeMap<String, String>,
    /// What a refusal looks like here, besides 401, 403 and the error codes of OAuth; for `command` the exit codes.
    #[serde(default)]
    pub refusal: RefusalSigns,
    /// The user's name, where it is not the subject's name: a template.
    pub username: Option<String>,
    /// The user's password, for the password grant: a template (`{subject.password}`).
    pub password: Option<String>,
    /// Steps of `http` and `authorization-code`: the last one captures `code`, or `access_token`
    /// (and `refresh_token`, `scope`, `expires_in` where there are any).
    #[serde(default)]
    pub steps: Vec<super::HttpStep>,
    /// `redirect_uri` of `authorization-code`.
    pub redirect_uri: Option<String>,
    /// Key that signs the assertion of `jwt-bearer`: a client's name whose key is used; default the grant's client.
    pub assertion_claims: Option<BTreeMap<String, String>>,
    /// The command of `command`; its output is the token. Arguments are templates.
    #[serde(default)]
    pub command: Vec<String>,
}

/// Which flow obtains a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// RFC 6749 section 4.4: the client is the subject.
    ClientCredentials,
    /// RFC 6749 section 4.3.
    Password,
    /// OpenID CIBA in poll mode.
    Ciba,
    /// RFC 7523 section 2.1.
    JwtBearer,
    /// RFC 6749 section 4.1 with PKCE (RFC 7636), the browser's part scripted.
    AuthorizationCode,
    /// RFC 8693, from a token obtained by another grant.
    TokenExchange,
    /// Free HTTP steps.
    Http,
    /// A command whose output is the token.
    Command,
}

/// The subjects that scenarios use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subjects {
    /// The grant that gets their tokens.
    pub grant: String,
    /// A grant through another client, for scenarios that disable the usual one.
    pub other_grant: Option<String>,
    /// The grant for exchange (kind `token-exchange`), if there is one.
    pub exchange: Option<String>,
    /// Roles of a full subject. The last one is the one that scenarios take away.
    pub roles: Vec<String>,
    /// Existing subjects to use where the recipe can't create any. They are locked while a scenario uses them and
    /// must have exactly `roles` before a run.
    #[serde(default)]
    pub pool: Vec<String>,
    /// The grant gives refresh tokens. Default true; declare `refresh` absent where it is false.
    #[serde(default = "yes")]
    pub refresh: bool,
}

fn yes() -> bool {
    true
}

/// What a change takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Effect {
    /// Everything.
    #[serde(default)]
    pub everything: bool,
    /// These scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// These roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A service (resource server) or gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Base URL; operations' paths are appended.
    pub url: String,
    /// Addresses of single replicas, probed one by one.
    #[serde(default)]
    pub replicas: Vec<String>,
    /// `aud` of its tokens.
    pub audience: String,
    /// How it decides.
    pub class: ServiceClass,
    /// How long it may keep an answer (`introspect-cache`, `status-list`, `event-driven`): `"10s"`.
    pub keeps: Option<String>,
    /// The grant for its tokens, where it is not the subjects' grant.
    pub grant: Option<String>,
    /// Header that carries the token; default `authorization: Bearer {token}`.
    pub header: Option<String>,
    /// Operations by name.
    pub operation: BTreeMap<String, Operation>,
    /// What its refusal looks like.
    #[serde(default)]
    pub refusal: RefusalSigns,
}

/// An operation of a service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Operation {
    /// `METHOD /path`.
    pub request: String,
    /// Other routes to the same operation (aliases, versions).
    #[serde(default)]
    pub routes: Vec<String>,
    /// JSON body.
    pub json: Option<serde_json::Value>,
    /// What it takes to be allowed.
    #[serde(default)]
    pub needs: Needs,
    /// Statuses that mean acceptance; default any 2xx.
    #[serde(default)]
    pub accepted: Vec<u16>,
}

/// What a refusal looks like, besides 401 and 403.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RefusalSigns {
    /// Further statuses that are refusals here, such as 404.
    pub statuses: Vec<u16>,
    /// A redirect whose location contains this is a refusal.
    pub redirect_to: Option<String>,
}

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

/// A target file with where it was read, its digest and its recipe.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The target file.
    pub target: Target,
    /// The recipe.
    pub recipe: super::Recipe,
    /// Path of the target file, or `shipped:...`.
    pub file: String,
    /// SHA-256 of the target file.
    pub digest: String,
    /// SHA-256 of the recipe.
    pub recipe_digest: String,
    /// Folder that relative paths start from.
    pub folder: std::path::PathBuf,
}
