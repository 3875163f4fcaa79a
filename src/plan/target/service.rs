//! Services of a target file: what they offer, what it takes, how they refuse, and what changes take away.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Needs, ServiceClass};

/// A service (resource server) or gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Base URL; the paths of operations are appended to it.
    pub url: String,
    /// Base URLs of its replicas, where each can be reached by itself: they are then probed one by one.
    #[serde(default)]
    pub replicas: Vec<String>,
    /// Base URL at which it takes tokens that are bound to a client certificate (RFC 8705), where it takes any: the same as `url`, or
    /// another one.
    pub mtls_url: Option<String>,
    /// Audience of its tokens (`aud`), and what `{audience}` stands for in its grant.
    pub audience: String,
    /// How it decides; this sets the bound within which it must follow a change.
    pub class: ServiceClass,
    /// How long it may go on with what it knew, for `introspect-cache`, `status-list` and `event-driven`: `"10s"`. Where not given,
    /// the bound `cache`, `status-list` or `event` applies.
    pub keeps: Option<String>,
    /// Name of the grant for its tokens, where it is not the subjects' grant.
    pub grant: Option<String>,
    /// Names of the issuers whose tokens it takes: those of any other one it must refuse. Left out: that of its own grant, but where it
    /// accepts another's tokens nobody can tell whether it should. Needed where other grants that are named for it are another issuer's.
    pub issuers: Option<Vec<String>>,
    /// Why the change `retire key` does not concern its tokens, where another key signs them which this change does not retire: "the
    /// broker's own keys, which nobody can retire here". It is then not applicable that tokens of the retired key are refused there. Without it that stays inconclusive.
    pub key_stays: Option<String>,
    /// The header that carries the token, with `{token}`; default `authorization: Bearer {token}`.
    pub header: Option<String>,
    /// True where the change `trust issuer` makes it take the tokens of a further issuer beside its own.
    #[serde(default)]
    pub further_issuers: bool,
    /// How it is reached past its enforcement point, where it stands behind one and decides by static roles itself.
    pub direct: Option<Direct>,
    /// What can be called there, by a name of yours: `[service.orders.operation."create order"]`. At least one that a full subject
    /// may do; best also one that no role allows.
    pub operation: BTreeMap<String, Operation>,
    /// What can be made of a token there and goes on without it, by a name of yours: an open stream or a credential such as an API key.
    /// Where no service has any, declare `derived-authority` absent.
    #[serde(default)]
    pub derived: BTreeMap<String, Derived>,
    /// What its refusals look like, besides 401 and 403.
    #[serde(default)]
    pub refusal: RefusalSigns,
}

impl Service {
    /// The scopes that its operations need.
    #[must_use]
    pub fn scopes(&self) -> BTreeSet<&str> {
        self.operation.values().filter_map(|o| o.needs.scope.as_deref()).collect()
    }
}

/// The way past an enforcement point: nothing may be had there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Direct {
    /// Base URL behind the enforcement point; the paths of operations are appended to it.
    pub url: String,
    /// Headers that the service believes when its enforcement point sends them, templates: `{ x-user = "{subject}", x-roles = "writer" }`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// An operation of a service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Operation {
    /// `METHOD /path`. Called many times, so it should be safe to repeat. `{subject}` and values may be used.
    pub request: String,
    /// Other routes to the same operation (aliases, versions), each `METHOD /path`: all must enforce alike.
    #[serde(default)]
    pub routes: Vec<String>,
    /// JSON body; strings in it are templates (`{{` for a brace).
    pub json: Option<serde_json::Value>,
    /// What it takes to be allowed: `{ scope = "orders:write" }`, `{ role = "writer" }`, both, or neither for any valid token.
    #[serde(default)]
    pub needs: Needs,
    /// Statuses that mean acceptance; default any 2xx, but for an HTML page where the operation answered without one before: that
    /// may be a login page, and counts as neither acceptance nor refusal.
    #[serde(default)]
    pub accepted: Vec<u16>,
}

/// Something that is made of a token and goes on without it. Without `credential` the request opens a stream of server-sent events,
/// which stays open.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Derived {
    /// `METHOD /path`, sent with the token.
    pub request: String,
    /// JSON body; strings in it are templates.
    pub json: Option<serde_json::Value>,
    /// What it takes to be allowed, to make it and to go on with it.
    #[serde(default)]
    pub needs: Needs,
    /// An open stream brings an event at least this often, seconds; default 3.
    pub every_seconds: Option<u32>,
    /// Where the answer brings a credential: where it stands, and how it is used.
    pub credential: Option<UsedCredential>,
}

/// How a credential that was made of a token is used.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UsedCredential {
    /// JSON pointer to it in the answer.
    pub at: String,
    /// The header that carries it, with `{credential}`: `x-api-key: {credential}`.
    pub header: String,
    /// `METHOD /path`, sent with it instead of a token.
    pub request: String,
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

/// What a change takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Effect {
    /// It takes everything.
    #[serde(default)]
    pub everything: bool,
    /// It takes these scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// It takes these roles, and the scopes that only they give.
    #[serde(default)]
    pub roles: Vec<String>,
}
