//! What an answer showed: the half of an op that is written after it was read. Holds no secret.

use serde::{Deserialize, Serialize};

use serde_json::{Map, Value};

use crate::model::{Signature, TokenSeen};

/// What an answer showed, by the kind of the op.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// HTTP status of the (last) answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Tokens issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenSeen>,
    /// Members of an introspection answer (RFC 7662 section 2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection: Option<serde_json::Map<String, serde_json::Value>>,
    /// Decision records read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionSeen>,
    /// Access records read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accesses: Vec<AccessSeen>,
    /// Records of entitlement changes read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeSeen>,
    /// A stream as its transmitter told it when it was opened (SSF 1.0 section 8.1.1).
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub stream: Map<String, Value>,
    /// Security event tokens received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalSeen>,
    /// Names of secrets that were found verbatim where they must not be (never the secrets).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaked: Vec<String>,
}

impl Seen {
    /// True where there is nothing worth a member in the line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A decision record of the target's log, read through the paths that the target file names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DecisionSeen {
    /// Identifier of the record.
    pub id: Option<String>,
    /// Time as logged.
    pub time: Option<String>,
    /// `issue`, `refresh`, `exchange`, `refuse`, `access`, ... as logged.
    pub kind: Option<String>,
    /// The subject, as logged.
    pub subject: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The audience.
    pub audience: Option<String>,
    /// Scopes asked for.
    pub requested: Option<Vec<String>>,
    /// Scopes given.
    pub granted: Option<Vec<String>>,
    /// `allow` or `deny`, as logged.
    pub decision: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Revision of the policy.
    pub revision: Option<String>,
    /// Revision of the entitlements that it was made from, where it is not that of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<String>,
    /// Policies that decided.
    pub policies: Vec<String>,
    /// Owners of these policies.
    pub owners: Vec<String>,
    /// True where the record has the inputs of the decision or their digest.
    pub inputs: bool,
    /// SHA-256 of these inputs, hex: two decisions were made from the same where it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_digest: Option<String>,
    /// Claims with what produced them.
    pub claims: Vec<ClaimReason>,
    /// `jti` of the token it decided about, or the join key that the target file names.
    pub token: Option<String>,
}

/// A record of what a service let in or refused, read through the paths that the target file names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessSeen {
    /// Identifier of the record.
    pub id: Option<String>,
    /// Time as logged.
    pub time: Option<String>,
    /// The service, by the target file's name where the log's is known.
    pub service: Option<String>,
    /// The subject, as logged.
    pub subject: Option<String>,
    /// `allow` or `deny`.
    pub decision: Option<String>,
    /// `jti` of the token that was shown.
    pub token: Option<String>,
    /// The identifier that the request came with.
    pub request: Option<String>,
    /// Identifier of the decision record of the issuance.
    pub issuance: Option<String>,
}

/// A record of a change of entitlement, read through the paths that the target file names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeSeen {
    /// Identifier of the record.
    pub id: Option<String>,
    /// When, as logged.
    pub time: Option<String>,
    /// Who made it.
    pub who: Option<String>,
    /// What was done.
    pub what: Option<String>,
    /// Whom it is about.
    pub subject: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// Revision of the entitlements from then on.
    pub revision: Option<String>,
}

/// What a request to a service carries as `X-Request-ID` where its access log is read: the run's name and the op's index, so
/// that whoever has the record knows it too.
#[must_use]
pub fn request_id(run: &str, op: u64) -> String {
    format!("{run}-{op}")
}

/// A security event token (RFC 8417) as it was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignalSeen {
    /// Its JOSE header; empty where it can't be read.
    pub header: Map<String, Value>,
    /// Its claims.
    pub claims: Map<String, Value>,
    /// recant's own check of its signature, against the keys that the transmitter publishes.
    pub signature: Signature,
}

impl Default for SignalSeen {
    fn default() -> Self {
        Self { header: Map::new(), claims: Map::new(), signature: Signature::Unchecked }
    }
}

/// Why one value of one claim is in a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimReason {
    /// Name of the claim.
    pub claim: String,
    /// Its value.
    pub value: String,
    /// What produced it; empty where the record does not say.
    pub because: String,
}
