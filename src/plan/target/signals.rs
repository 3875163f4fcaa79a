//! Signals (SSF 1.0, CAEP 1.0) of a target file: who receives security event tokens.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::SignalEvent;
use crate::plan::Delivery;

/// Who receives signals. recant plays the transmitter: it makes a key and an issuer of its own for each scenario and has them made
/// known by the recipe's change `trust transmitter`, which takes `{transmitter}` (the `iss` of its tokens), `{transmitter.keys}`
/// (a JWK set) and `{transmitter.critical}` (its `critical_subject_members`).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Signals {
    /// How the tokens name a subject (`sub_id`, RFC 9493): JSON with templates. `{iss}` and `{sub}` are those of the subject's own token,
    /// `{subject}` is its name; and whatever the recipe captured when it created the subject. Default
    /// `{ format = "iss_sub", iss = "{iss}", sub = "{sub}" }`.
    pub subject: Option<serde_json::Value>,
    /// How events of SCIM (`deactivate`) name a subject, in the same way: RFC 9967 section 2.1 has a format of its own for them.
    /// Default `{ format = "scim", uri = "/Users/{sub}" }`.
    pub scim_subject: Option<serde_json::Value>,
    /// How recant signs its tokens; default ES256.
    #[serde(default)]
    pub algorithm: SignalAlgorithm,
    /// Who tells others of what happens to subjects: recant opens a stream there for each scenario that reads it, by poll (RFC 8936) or by push (RFC 8935).
    /// Without it declare `signal-transmitter` absent.
    pub transmitter: Option<TransmitterAt>,
    /// Where recant hears of logouts as a client does (OpenID Connect Back-Channel Logout 1.0): the recipe's change `register logout address` makes an
    /// address under it, `{logout-address}`, the `backchannel_logout_uri` of the client that the subjects' usual grant goes through (`{client}`), while a
    /// scenario listens. Without it declare `signal-logout` absent.
    pub logout: Option<PushAt>,
    /// Receivers by the name of their service: `[signals.receiver.orders]`. Without one declare `signal-receiver` absent.
    #[serde(default)]
    pub receiver: BTreeMap<String, Receiver>,
}

/// A signature algorithm of security event tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SignalAlgorithm {
    /// ECDSA with P-256.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// RSA with 2048 bits, which the CAEP interoperability profile asks for.
    #[serde(rename = "RS256")]
    Rs256,
}

impl SignalAlgorithm {
    /// Its name (RFC 7518 section 3.1).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A service that is sent security event tokens (RFC 8935).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Receiver {
    /// URL that tokens are pushed to.
    pub endpoint: String,
    /// Value of the `authorization` header of each push, a template: `"Bearer {secret.push}"`.
    pub authorization: Option<String>,
    /// What its tokens have as `aud`; default the audience of the service.
    pub audience: Option<String>,
    /// Events that it acts on. `risk-level-change` takes away what `[effect."raise risk"]` says, `device-compliance-change` what
    /// `[effect."change device"]` says, `token-claims-change` what the last of `subject.roles` gives, the others everything.
    pub events: Vec<SignalEvent>,
}

/// A transmitter (SSF 1.0) with management of streams, delivery by poll or by push, and verification.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TransmitterAt {
    /// Its issuer: `iss` of its tokens. Its metadata stand at `/.well-known/ssf-configuration`, put between host and path.
    pub issuer: String,
    /// Where its metadata stand, if elsewhere.
    pub metadata: Option<String>,
    /// Value of the `authorization` header of all requests but that for the metadata, a template: `"Bearer {secret.streams}"`.
    pub authorization: Option<String>,
    /// How streams deliver where a scenario does not say: `poll` (default) or `push` (not `back-channel-logout`), which needs `[signals.transmitter.push]`.
    #[serde(default)]
    pub delivery: Delivery,
    /// Where recant can be pushed to. Without it declare `signal-push` absent.
    pub push: Option<PushAt>,
    /// URIs of the events that are asked for; those of CAEP and RISC by their last part: `"session-revoked"`, `"account-disabled"`.
    /// Without `session-revoked` declare `signal-sessions` absent, without `token-claims-change` `signal-claims`, without
    /// `risk-level-change` `signal-risk`, without `device-compliance-change` `signal-device`.
    pub events: Vec<String>,
}

/// What a transmitter tells of, as capabilities, and the events (the last part of their URI) one of which it is asked for then.
pub const TELLS: [(&str, &[&str]); 4] = [
    ("signal-sessions", &["session-revoked", "sessions-revoked"]),
    ("signal-claims", &["token-claims-change"]),
    ("signal-risk", &["risk-level-change"]),
    ("signal-device", &["device-compliance-change"]),
];

/// True where an event, named as a target file names it, is one of these.
#[must_use]
pub fn is_one_of(event: &str, words: &[&str]) -> bool {
    words.contains(&event.rsplit('/').next().unwrap_or(event))
}

/// Where recant listens while a run lasts. For pushes it makes a secret for each run, gives it to the transmitter as the stream's
/// `authorization_header`, and takes nothing in without it; a logout token is as good as its signature.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PushAt {
    /// Address and port on this machine, without TLS: `"127.0.0.1:7900"`. Port 0 takes a free one.
    pub listen: String,
    /// URL under which the transmitter or the issuer reaches that address, if another one; https outside of loopback, ended by a proxy of
    /// yours. recant puts a name behind it. Default `http://` and the address.
    pub url: Option<String>,
}
