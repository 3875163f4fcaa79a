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
    /// Name of the issuer; may be left out where there is only one.
    pub issuer: Option<String>,
    /// Name of the client that asks. For `http` and `command`, which ask by themselves, the client that the tokens are given to: they are
    /// refreshed and revoked as it.
    pub client: Option<String>,
    /// The scope parameter, a template; default `{scope}`, the scopes that a scenario asks for. With `"openid {scope}"` here,
    /// `{scope}` stands for all that the subject may have at the service where a scenario asks for none in particular.
    pub scope: Option<String>,
    /// Further parameters of the token request, templates: `resource = "{audience}"`. Here and in all other members of a grant:
    /// `{subject}` is the subject's name, `{subject.password}` its password, `{roles}` its roles, `{audience}` and `{service}`
    /// are those of the service that the token is for, `{scope}` the scopes asked for, `{client.id}` and `{issuer}` the grant's
    /// own; and whatever the recipe captured when it created the subject.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of a refresh, templates, for issuers that ask for the resource again.
    #[serde(default)]
    pub refresh_parameters: BTreeMap<String, String>,
    /// True where a proof of possession (RFC 9449, DPoP) goes with each token request: tokens are then bound to a key that recant
    /// makes for each subject, and services are shown them with a proof.
    #[serde(default)]
    pub dpop: bool,
    /// What a refusal looks like here, besides 401, 403 and the error codes of OAuth; for `command` the exit codes.
    #[serde(default)]
    pub refusal: RefusalSigns,
    /// The user's name (`password`), `login_hint` (`ciba`) or `sub` (`jwt-bearer`): a template; default `{subject}`.
    pub username: Option<String>,
    /// The user's password, for the password grant: a template; default `{subject.password}`.
    pub password: Option<String>,
    /// Requests of `http` and `authorization-code`, one after the other, with a cookie jar of their own. Those of `http` capture `access_token` (and `refresh_token`, `scope`,
    /// `expires_in` where there are any). Those of `authorization-code` begin with `GET {authorize}` and end with a redirect
    /// to `redirect-uri`, which is not followed; or they capture `code`.
    #[serde(default)]
    pub steps: Vec<HttpStep>,
    /// `redirect_uri` of `authorization-code`.
    pub redirect_uri: Option<String>,
    /// Claims of the assertion of `jwt-bearer` besides `iss`, `sub`, `aud`, `iat`, `exp` and `jti`, or instead of them:
    /// templates. The grant's client signs with its `key`.
    pub assertion_claims: Option<BTreeMap<String, String>>,
    /// Program and arguments of `command`, templates, run in the folder of this file. It prints the token, or a token answer as JSON.
    #[serde(default)]
    pub command: Vec<String>,
}

/// Which flow obtains a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// Client credentials (RFC 6749 section 4.4): the client is the subject.
    ClientCredentials,
    /// Resource owner password credentials (RFC 6749 section 4.3).
    Password,
    /// OpenID CIBA in poll mode.
    Ciba,
    /// A JWT as authorization grant (RFC 7523 section 2.1), signed with the key of the client.
    JwtBearer,
    /// Authorization code (RFC 6749 section 4.1) with PKCE (RFC 7636), the browser's part scripted as `steps`.
    AuthorizationCode,
    /// Token exchange (RFC 8693), from a token obtained by the subjects' grant.
    TokenExchange,
    /// Free HTTP requests (`steps`), for issuers that are not OAuth at all.
    Http,
    /// A command whose output is the token.
    Command,
}

/// The subjects that scenarios use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subjects {
    /// Name of the grant that gets their tokens, where a service names no other.
    pub grant: String,
    /// A grant through another client, for scenarios that disable the usual one and for those that try every door: its name,
    /// a list of names (all are tried), or a table with the name or names for each service (`{ orders = "mobile" }`). Without it
    /// declare `other-client` absent.
    pub other_grant: Option<OtherGrants>,
    /// Name of a grant by which the issuer, as a broker, lets an upstream issuer sign the subject in. Without it declare `upstream` absent.
    pub upstream_grant: Option<String>,
    /// Name of a grant with `dpop`, for the scenario that is about tokens which are bound to a key, where the subjects' usual grant
    /// gives others. Where there are none declare `dpop` absent.
    pub bound_grant: Option<String>,
    /// Name of a grant whose client has a `certificate`, for the scenario that is about tokens which are bound to one (mutual TLS, RFC
    /// 8705), where the subjects' usual grant gives others. Services that take such tokens say `mtls-url`. Where there are none
    /// declare `mtls` absent.
    pub mtls_grant: Option<String>,
    /// Name of a grant, or a list, whose assertion (kind `jwt-bearer`) or authorization code (kind `authorization-code`) is to be
    /// presented twice. Without it declare `one-time-grant` absent.
    pub one_time_grant: Option<Names>,
    /// Name of the grant that exchanges tokens (kind `token-exchange`). Without it declare `exchange` absent.
    pub exchange: Option<String>,
    /// Roles of a full subject, by their names under `[role]`. The last one is the one that scenarios take away.
    pub roles: Vec<String>,
    /// Existing subjects to use where the recipe can't create any. They are locked while a scenario uses them and
    /// must have exactly `roles` before a run.
    #[serde(default)]
    pub pool: Vec<String>,
    /// Whether the grant gives refresh tokens; default true. Where it is false, declare `refresh` absent too.
    #[serde(default = "yes")]
    pub refresh: bool,
}

/// Grants through other clients than the usual one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OtherGrants {
    /// For every service.
    All(Names),
    /// By service. A service that is not named has none.
    Each(BTreeMap<String, Names>),
}

/// One name, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Names {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

impl OtherGrants {
    /// Names of all of them.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        match self {
            Self::All(names) => names.all().to_vec(),
            Self::Each(by) => by.values().flat_map(Names::all).cloned().collect(),
        }
    }

    /// Names of the grants for a service.
    #[must_use]
    pub fn at(&self, service: &str) -> &[String] {
        match self {
            Self::All(names) => names.all(),
            Self::Each(by) => by.get(service).map_or(&[], Names::all),
        }
    }
}

fn yes() -> bool {
    true
}
