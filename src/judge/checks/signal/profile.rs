//! The form of a security event token: RFC 8417, profiled by SSF 1.0 section 4, CAEP 1.0 section 3 and RISC 1.0 section 2.

use serde_json::{Map, Value};

use super::heard::{Heard, wall};
use crate::judge::Case;
use crate::model::{Signature, event_uri};

/// Why an account was disabled (RISC 1.0 section 2.3).
const REASONS: [&str; 2] = ["hijacking", "bulk-account"];
/// Credentials that may be compromised (RISC 1.0 section 2.7): those of CAEP 1.0 section 3.3.
const CREDENTIALS: [&str; 10] = [
    "password",
    "pin",
    "x509",
    "fido2-platform",
    "fido2-roaming",
    "fido-u2f",
    "verifiable-credential",
    "phone-voice",
    "phone-sms",
    "app",
];

/// What is wrong with a token's form, if anything.
pub fn wrong(case: &Case, stream: &Map<String, Value>, heard: &Heard) -> Option<String> {
    let signal = heard.signal;
    let claims = &signal.claims;
    if claims.is_empty() {
        return Some("it is no token that can be read".to_owned());
    }
    let header = |name: &str| signal.header.get(name).and_then(Value::as_str).unwrap_or_default();
    if is_unsigned(heard) {
        return Some("no key that the transmitter publishes signed it".to_owned());
    }
    if header("typ") != "secevent+jwt" {
        return Some("its type is not `secevent+jwt`".to_owned());
    }
    for (claim, why) in [("sub", "SSF asks for `sub_id`"), ("exp", "an event does not expire")] {
        if claims.contains_key(claim) {
            return Some(format!("it has `{claim}`; {why}"));
        }
    }
    if let Some(why) = origin(case, stream, heard) {
        return Some(why);
    }
    let subject = claims.get("sub_id").and_then(|s| s.get("format")).and_then(Value::as_str);
    if subject.is_none() {
        return Some("it has no `sub_id` with a format (RFC 9493)".to_owned());
    }
    if heard.events().is_none_or(|events| events.len() != 1) {
        return Some("it does not have exactly one event".to_owned());
    }
    let uri = heard.events().and_then(|events| events.keys().next());
    let (word, payload) = heard.event()?;
    if uri.is_some_and(|uri| of_risc(word) && *uri != event_uri(word)) {
        return Some("RISC names this event otherwise".to_owned());
    }
    event(word, payload)
}

/// What is wrong with who made it, for whom and when.
pub fn origin(case: &Case, stream: &Map<String, Value>, heard: &Heard) -> Option<String> {
    let claims = &heard.signal.claims;
    let known = |name: &str| stream.get(name).and_then(Value::as_str);
    let issuer = claims.get("iss").and_then(Value::as_str);
    for name in ["iss", "issuer"] {
        if known(name).is_some() && known(name) != issuer {
            return Some("its `iss` is not the issuer of the stream".to_owned());
        }
    }
    if !is_for(claims.get("aud"), stream.get("aud")) {
        return Some("its `aud` is not that of the stream".to_owned());
    }
    if claims.get("jti").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Some("it has no `jti`".to_owned());
    }
    let skew = case.facts.bounds.skew as f64 / 1000.0;
    let read = heard.op.end.map(|end| wall(case, end));
    match claims.get("iat").and_then(Value::as_f64) {
        None => Some("it has no `iat`".to_owned()),
        Some(made) if read.is_some_and(|read| made > read + 1.0 + skew) => {
            Some("its `iat` is in the future".to_owned())
        }
        Some(_) => None,
    }
}

/// True where no key that is published signed it, or none at all.
pub fn is_unsigned(heard: &Heard) -> bool {
    let algorithm = heard.signal.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    heard.signal.signature == Signature::Invalid || algorithm.eq_ignore_ascii_case("none")
}

/// True for what only RISC has.
fn of_risc(word: &str) -> bool {
    word.starts_with("account-") || word == "credential-compromise"
}

/// What is wrong with an event.
fn event(word: &str, payload: &Value) -> Option<String> {
    let Some(members) = payload.as_object() else {
        return Some("what it says is no object".to_owned());
    };
    let one_of = |member: &str, values: &[&str]| {
        let said = members.get(member).and_then(Value::as_str);
        let fits = said.is_some_and(|s| values.is_empty() || values.contains(&s));
        (!fits).then(|| match values {
            [] => format!("it has no `{member}`"),
            _ => format!("its `{member}` is none of {}", values.join(", ")),
        })
    };
    if members.get("event_timestamp").is_some_and(|at| !at.is_number()) {
        return Some("its `event_timestamp` is no number of seconds".to_owned());
    }
    let status = ["compliant", "not-compliant"];
    match word {
        "risk-level-change" => {
            one_of("current_level", &["LOW", "MEDIUM", "HIGH"]).or_else(|| one_of("principal", &[]))
        }
        "device-compliance-change" => {
            one_of("current_status", &status).or_else(|| one_of("previous_status", &status))
        }
        "token-claims-change" => {
            let claims = members.get("claims").and_then(Value::as_object);
            claims.is_none_or(Map::is_empty).then(|| "it has no `claims`".to_owned())
        }
        "account-disabled" if members.contains_key("reason") => one_of("reason", &REASONS),
        "credential-compromise" => one_of("credential_type", &CREDENTIALS),
        "credential-change" => one_of("credential_type", &[])
            .or_else(|| one_of("change_type", &["create", "revoke", "update", "delete"])),
        "assurance-level-change" => {
            one_of("namespace", &[]).or_else(|| one_of("current_level", &[]))
        }
        _ => None,
    }
}

/// True where an audience, a text or several, has one in common with the stream's.
fn is_for(audience: Option<&Value>, stream: Option<&Value>) -> bool {
    let all = |value: Option<&Value>| -> Vec<String> {
        match value {
            Some(Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        }
    };
    let wanted = all(stream);
    wanted.is_empty() || all(audience).iter().any(|a| wanted.contains(a))
}
