//! What happened to a subject, as CAEP tells it.

use serde_json::{Value, json};

use crate::reference::faults::{Fault, Faults};
use crate::reference::policy::{Device, Risk};
use crate::reference::scopes::{self, Scopes};

/// Where CAEP's events are named.
pub const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";

/// Events that are told, by the last part of their URI.
pub const TOLD: [&str; 4] =
    ["session-revoked", "risk-level-change", "device-compliance-change", "token-claims-change"];

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The sessions of a subject ended, and why.
    Revoked { sub: String, because: &'static str },
    /// The risk of a subject is another one.
    Risk { sub: String, from: Risk, to: Risk },
    /// A token was at two places.
    TwoPlaces { sub: String, jti: String },
    /// The device of a subject is in another state.
    Device { sub: String, from: Device, to: Device },
    /// What a token that is out would claim if it were issued now is something else.
    Claims { sub: String, jti: String, from: Scopes, to: Scopes },
}

impl News {
    /// Whom it is about.
    pub fn sub(&self) -> &str {
        match self {
            Self::Revoked { sub, .. }
            | Self::Risk { sub, .. }
            | Self::TwoPlaces { sub, .. }
            | Self::Device { sub, .. }
            | Self::Claims { sub, .. } => sub,
        }
    }

    /// Whom or what it is about, as events name it (RFC 9493; SSF 1.0 for a token).
    pub fn subject(&self, issuer: &str) -> Value {
        match self {
            Self::TwoPlaces { jti, .. } | Self::Claims { jti, .. } => {
                json!({ "format": "jwt_id", "iss": issuer, "jti": jti })
            }
            _ => json!({ "format": "iss_sub", "iss": issuer, "sub": self.sub() }),
        }
    }

    /// The event, by the last part of its URI.
    pub fn event(&self) -> &'static str {
        match self {
            Self::Revoked { .. } => TOLD[0],
            Self::Risk { .. } | Self::TwoPlaces { .. } => TOLD[1],
            Self::Device { .. } => TOLD[2],
            Self::Claims { .. } => TOLD[3],
        }
    }

    /// What is said of it.
    pub fn payload(&self, at_s: i64, faults: &Faults) -> Value {
        // the fault: the payload is filled in before the change
        let stale = faults.has(Fault::SignalTellsOldValue);
        match self {
            Self::Revoked { because, .. } => json!({
                "event_timestamp": at_s, "initiating_entity": "admin", "reason_admin": { "en": because },
            }),
            Self::Risk { from, to, .. } => json!({
                "event_timestamp": at_s, "principal": "USER",
                "previous_level": from.word().to_uppercase(),
                "current_level": if stale { from } else { to }.word().to_uppercase(),
            }),
            Self::TwoPlaces { .. } => json!({
                "event_timestamp": at_s, "principal": "SESSION", "current_level": "HIGH",
                "risk_reason": "TOKEN_AT_TWO_PLACES",
            }),
            Self::Device { from, to, .. } => json!({
                "event_timestamp": at_s, "previous_status": from.word(),
                "current_status": if stale { from } else { to }.word(),
            }),
            Self::Claims { from, to, .. } => {
                // the fault: the claims are those that the token was issued with
                let told = if faults.has(Fault::ClaimsChangeOldValue) { from } else { to };
                json!({
                    "event_timestamp": at_s, "initiating_entity": "admin",
                    "claims": { "scope": scopes::join(told) },
                })
            }
        }
    }
}
