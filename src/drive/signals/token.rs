//! Security event tokens (RFC 8417, profiled by SSF 1.0 section 4), right and wrong.

use serde_json::{Map, Value, json};

use super::transmitter::{CRITICAL, Transmitter};
use crate::drive::forge::unsigned;
use crate::model::{Flaw, SignalEvent};

/// What a token says.
pub struct Says<'a> {
    /// Its `jti`.
    pub jti: &'a str,
    /// Its `txn`: what belongs together.
    pub txn: &'a str,
    /// Its `aud`.
    pub audience: &'a str,
    /// Its `sub_id`.
    pub subject: Value,
    /// What happened.
    pub event: SignalEvent,
    /// What is claimed now, where that is what happened.
    pub claims: Map<String, Value>,
    /// All is well again.
    pub lifted: bool,
    /// When it is made, seconds since 1970.
    pub now: i64,
    /// When it happened.
    pub happened: i64,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

/// A token with what the record keeps of it.
pub struct Made {
    /// JOSE header.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
    /// The token.
    pub token: String,
}

/// Makes a token.
///
/// # Errors
/// Where signing failed.
pub fn make(by: &Transmitter, says: &Says<'_>) -> Result<Made, String> {
    let header = object(json!({
        "alg": if says.flaw == Some(Flaw::NoSignature) { "none" } else { by.algorithm.name() },
        "typ": if says.flaw == Some(Flaw::WrongType) { "JWT" } else { "secevent+jwt" },
        "kid": match says.flaw {
            Some(Flaw::UnknownKey) => &by.stranger.kid,
            _ => &by.key.kid,
        },
    }));
    let claims = object(claims(by, says));
    let token = match says.flaw {
        Some(Flaw::NoSignature) => {
            unsigned(&header, &claims).ok_or("a signal can't be spelled")? + "."
        }
        Some(Flaw::BadSignature) => by.namesake.sign(&header, &claims)?,
        Some(Flaw::UnknownKey) => by.stranger.sign(&header, &claims)?,
        _ => by.key.sign(&header, &claims)?,
    };
    Ok(Made { header, claims, token })
}

fn claims(by: &Transmitter, says: &Says<'_>) -> Value {
    let issuer = match says.flaw {
        Some(Flaw::WrongIssuer) => format!("{}-elsewhere", by.issuer),
        _ => by.issuer.clone(),
    };
    let audience = match says.flaw {
        Some(Flaw::WrongAudience) => "https://recant.invalid/another-receiver",
        _ => says.audience,
    };
    let subject = match says.flaw {
        Some(Flaw::CriticalMember) => json!({
            "format": "complex",
            "user": says.subject,
            CRITICAL: { "format": "opaque", "id": says.jti },
        }),
        Some(Flaw::OtherSubject) => stranger(says.subject.clone(), says.jti),
        Some(Flaw::Namesake) => namesake(says.subject.clone()),
        _ => says.subject.clone(),
    };
    let mut claims = json!({
        "iss": issuer,
        "jti": says.jti,
        "iat": says.now,
        "aud": audience,
        "txn": says.txn,
        "sub_id": subject,
        "events": { says.event.uri(says.lifted): event(says) },
    });
    // these events have no time of their own (RISC 1.0, RFC 9967): the token has it (RFC 8417 section 2.2)
    if matches!(says.event, SignalEvent::AccountDisabled | SignalEvent::Deactivate) {
        claims["toe"] = says.happened.into();
    }
    claims
}

/// The same identifier for somebody whom nobody knows: every text in it but its format and issuer is another one.
fn stranger(subject: Value, unknown: &str) -> Value {
    let Value::Object(members) = subject else { return subject };
    let other = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(_) if name != "format" && name != "iss" => format!("{unknown}-x").into(),
            Value::Object(_) => stranger(value, unknown),
            value => value,
        };
        (name, value)
    };
    Value::Object(members.into_iter().map(other).collect())
}

/// The same identifier at another issuer; the very same where it names none.
pub(super) fn namesake(subject: Value) -> Value {
    let Value::Object(members) = subject else { return subject };
    let other = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(issuer) if name == "iss" => format!("{issuer}-elsewhere").into(),
            Value::Object(_) => namesake(value),
            value => value,
        };
        (name, value)
    };
    Value::Object(members.into_iter().map(other).collect())
}

fn event(says: &Says<'_>) -> Value {
    let why = json!({ "en": "a conformance test" });
    let at = says.happened;
    match (says.event, says.lifted) {
        (SignalEvent::SessionRevoked, _) => {
            json!({ "event_timestamp": at, "initiating_entity": "admin", "reason_admin": why })
        }
        (SignalEvent::TokenClaimsChange, _) => json!({
            "event_timestamp": at, "initiating_entity": "admin", "reason_admin": why, "claims": says.claims,
        }),
        (SignalEvent::AccountDisabled | SignalEvent::Deactivate, _) => json!({}),
        (SignalEvent::CredentialChange, _) => json!({
            "event_timestamp": at, "initiating_entity": "admin", "reason_admin": why,
            "credential_type": "password", "change_type": "revoke",
        }),
        (SignalEvent::DeviceComplianceChange, lifted) => {
            let words = ["compliant", "not-compliant"];
            let (from, to) = if lifted { (words[1], words[0]) } else { (words[0], words[1]) };
            json!({ "event_timestamp": at, "previous_status": from, "current_status": to })
        }
        (SignalEvent::RiskLevelChange, lifted) => {
            let (from, to) = if lifted { ("HIGH", "LOW") } else { ("LOW", "HIGH") };
            json!({
                "event_timestamp": at, "principal": "USER", "previous_level": from, "current_level": to,
                "risk_reason": "CONFORMANCE_TEST",
            })
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
