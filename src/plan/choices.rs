//! What a verb of a script leaves to choose: which operations, which tokens, by which way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bound that a scenario waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AwaitedBound {
    /// The longest of the services of class `status-list`.
    StatusList,
    /// The longest that a service of class `introspect-cache` keeps an answer.
    Kept,
    /// `connection`: of open streams and of credentials made of tokens.
    Connection,
    /// The longest of the services of class `event-driven`.
    EventDriven,
    /// The longest of all services that have one: whatever their classes let them go on with is over.
    Services,
}

/// When in its life a token is looked at once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Later {
    /// In the middle of what is left of it.
    HalfWay,
    /// Just before it expires.
    AtLast,
}

/// How a transmitter brings security event tokens to recant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// recant asks for them (RFC 8936).
    #[default]
    Poll,
    /// They are posted to recant (RFC 8935).
    Push,
    /// Logout tokens are posted to recant, as they are to a client (OpenID Connect Back-Channel Logout 1.0): not by a transmitter, but by the
    /// issuer, once the recipe's change `register logout address` has made the address known.
    BackChannelLogout,
}

/// Through which client a token is obtained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The service's grant, else the subjects' grant.
    #[default]
    Usual,
    /// The target's `subject.other-grant`: a second client, for scenarios that take the first one away.
    OtherClient,
    /// Every other grant of the target's `[subject]`, one after the other: `other-grant`, `upstream-grant`, `bound-grant` and
    /// `one-time-grant`, as far as there are any. Each gives a set of its own: what is called, introspected, refreshed, exchanged or
    /// revoked of the label is so of every set.
    Others,
    /// The target's `subject.upstream-grant`: a sign-in at an upstream issuer, by way of the issuer under test.
    Upstream,
    /// The usual one where it gives tokens that are bound to a key (`dpop`), else the target's `subject.bound-grant`.
    Bound,
    /// The usual one where its client has a certificate, else the target's `subject.mtls-grant`, for services with an `mtls-url`.
    Certificate,
}

/// What a refresh token is used with, and was not given for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Another {
    /// Another client.
    #[default]
    Client,
    /// A proof by another key than the one that it is bound to, and none at all.
    Key,
    /// A credential of its client that is wrong, and none at all.
    Credential,
}

/// Who forges tokens, and so with which keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forger {
    /// Somebody without any key that the target trusts.
    #[default]
    Stranger,
    /// An issuer that the change `trust issuer` made known: its own tokens are among those that are shown, and good where it is trusted.
    FurtherIssuer,
}

/// A round of calls.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallWith {
    /// Whose tokens.
    pub of: String,
    /// Their label.
    pub label: String,
    /// Labels to look in, one after the other, for services that `label` has no token for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or: Vec<String>,
    /// Which operations.
    #[serde(default)]
    pub operations: Operations,
    /// One service only.
    #[serde(default)]
    pub service: Option<String>,
    /// One operation only, by name.
    #[serde(default)]
    pub operation: Option<String>,
    /// Presents each token at every service but its own.
    #[serde(default)]
    pub elsewhere: bool,
    /// Takes every route (aliases, versions) and every replica; else route 0 of replica 0.
    #[serde(default)]
    pub every_route: bool,
    /// Repeats the round this often.
    #[serde(default)]
    pub times: Option<u32>,
}

impl CallWith {
    /// True where tokens of this label may be among those that are used.
    #[must_use]
    pub fn uses(&self, label: &str) -> bool {
        self.label == label || self.or.iter().any(|o| o == label)
    }
}

/// Which operations a round calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operations {
    /// Those that a full subject may do.
    #[default]
    Entitled,
    /// All that are declared.
    All,
    /// Those that need the role or scope which the scenario takes away.
    Lost,
    /// Those that a full subject may do and the change leaves alone.
    Kept,
    /// Those that no role of the target gives (the canary).
    Canary,
}

/// How much authority a request asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeChoice {
    /// No scope parameter, or everything declared for the service where the grant needs one.
    #[default]
    Same,
    /// The first scope of the service only.
    Narrow,
    /// The last scope of the service only: another one than the first, where it has several.
    Last,
    /// Everything declared for the service, asked for by name.
    Wide,
    /// One that nobody knows, and nothing else.
    Unknown,
    /// The first scope of the service, and one that nobody knows.
    PartlyUnknown,
}
