//! What a request came to, as seen; never whether that was right.

use serde::{Deserialize, Serialize};

/// What one request came to. Unknown is neither refused nor accepted: a time-out, a reset, a TLS error and a 5xx
/// say nothing about authorization (invariant 2 of the design).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The target did what was asked (2xx, `active:true`, or what the target file says acceptance looks like).
    Accepted,
    /// An authorization answer: no.
    Refused(Refusal),
    /// The request certainly had no effect (connection refused, a 4xx that is no authorization answer). Says why.
    Failed(String),
    /// The request may or may not have had its effect (time-out, reset, 5xx, unreadable answer). Says why.
    Unknown(String),
}

impl Outcome {
    /// True for `Accepted` (ALLOW of the verdict calculus).
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// True for `Refused` (DENY of the verdict calculus).
    #[must_use]
    pub fn is_deny(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// How a target said no.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status; 200 where introspection answered `active:false`.
    pub status: u16,
    /// The error code: OAuth `error` member or the `error` parameter of `WWW-Authenticate` (RFC 6750 section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// True where a `WWW-Authenticate` header came with the refusal.
    #[serde(default)]
    pub challenged: bool,
}
