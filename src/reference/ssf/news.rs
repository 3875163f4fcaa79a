//! What happened to a subject, as CAEP and RISC tell it.

use serde_json::{Value, json};

use crate::reference::faults::{Fault, Faults};
use crate::reference::policy::{Device, Risk};
use crate::reference::scopes::{self, Scopes};

/// Where events are named.
const EVENTS: &str = "https://schemas.openid.net/secevent/";

/// Events that are told, by the rest of their URI.
const TOLD: [&str; 7] = [
    "caep/event-type/session-revoked",
    "caep/event-type/risk-level-change",
    "caep/event-type/device-compliance-change",
    "caep/event-type/token-claims-change",
    "risc/event-type/account-disabled",
    "risc/event-type/account-enabled",
    "risc/event-type/account-purged",
];

/// The URIs of all events that are told.
pub fn all() -> impl Iterator<Item = String> {
    TOLD.iter().map(|event| format!("{EVENTS}{event}"))
}

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    Disabled,
    Enabled,
    Purged,
}

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
    /// Something became of an account.
    Account { sub: String, now: Account },
}

impl News {
    /// Whom it is about.
    pub fn sub(&self) -> &str {
        match self {
            Self::Revoked { sub, .. }
            | Self::Risk { sub, .. }
            | Self::TwoPlaces { sub, .. }
            | Self::Device { sub, .. }
            | Self::Claims { sub, .. }
            | Self::Account { sub, .. } => sub,
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

    /// The URI of the event.
    pub fn event(&self, faults: &Faults) -> String {
        let event = match self {
            Self::Revoked { .. } => TOLD[0],
            Self::Risk { .. } | Self::TwoPlaces { .. } => TOLD[1],
            Self::Device { .. } => TOLD[2],
            Self::Claims { .. } => TOLD[3],
            // the fault: one event for every change of the flag
            Self::Account { now: Account::Disabled, .. }
                if faults.has(Fault::DisabledToldEnabled) =>
            {
                TOLD[5]
            }
            Self::Account { now, .. } => match now {
                Account::Disabled => TOLD[4],
                Account::Enabled => TOLD[5],
                Account::Purged => TOLD[6],
            },
        };
        format!("{EVENTS}{event}")
    }

    /// What is said of it.
    pub fn payload(&self, at_s: i64, faults: &Faults) -> Value {
        // the fault: the payload is filled in before the change
        let stale = faults.has(Fault::SignalTellsOldValue);
        match self {
            Self::Revoked { because, .. } => json!({
                "event_timestamp": at_s, "initiating_entity": "admin", "reason_admin": { "en": because },
            }),
            Self::Risk { from, to, .. } => {
                // the fault: whoever rises rises from below
                let before = if faults.has(Fault::RiskToldFromLow) { &Risk::Low } else { from };
                json!({
                    "event_timestamp": at_s, "principal": "USER",
                    "previous_level": before.word().to_uppercase(),
                    "current_level": if stale { from } else { to }.word().to_uppercase(),
                })
            }
            Self::TwoPlaces { .. } => json!({
                "event_timestamp": at_s, "principal": "SESSION", "current_level": "HIGH",
                "risk_reason": "TOKEN_AT_TWO_PLACES",
            }),
            Self::Device { from, to, .. } => json!({
                "event_timestamp": at_s, "previous_status": from.word(),
                "current_status": if stale { from } else { to }.word(),
            }),
            // RISC has no time in it: that of the token counts
            Self::Account { .. } => json!({}),
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
