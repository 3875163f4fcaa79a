//! Grants and subjects of a target file: how tokens are obtained, and for whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::plan::HttpStep;

use super::RefusalSigns;

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
    /// Steps of `http` and `authorization-code`. Those of `http` capture `access_token` (and `refresh_token`, `scope`,
    /// `expires_in` where there are any). Those of `authorization-code` begin with `GET {authorize}` and end with a redirect
    /// to `redirect-uri`, which is not followed; or they capture `code`.
    #[serde(default)]
    pub steps: Vec<HttpStep>,
    /// `redirect_uri` of `authorization-code`.
    pub redirect_uri: Option<String>,
    /// Claims of the assertion of `jwt-bearer` besides `iss`, `sub`, `aud`, `iat`, `exp` and `jti`, or instead of them:
    /// templates. The grant's client signs with its `key`.
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
