//! The form of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).

use serde_json::{Map, Value};

use super::heard::Heard;
use super::profile::{is_unsigned, origin};
use crate::judge::Case;
use crate::judge::words::spell;
use crate::model::LOGOUT_EVENT;

/// Longer than this, in seconds, none should live (section 4).
const LONGEST_S: f64 = 120.0;

/// What is wrong with a token's form, if anything.
pub fn wrong(case: &Case, stream: &Map<String, Value>, heard: &Heard) -> Option<String> {
    let claims = &heard.signal.claims;
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    if claims.is_empty() {
        return Some("it is no token that can be read".to_owned());
    }
    if is_unsigned(heard) {
        return Some("no key that the issuer publishes signed it".to_owned());
    }
    let kind = heard.signal.header.get("typ").and_then(Value::as_str).unwrap_or_default();
    if !["", "logout+jwt", "jwt"].contains(&&*kind.to_ascii_lowercase()) {
        return Some("its type is not `logout+jwt`".to_owned());
    }
    if let Some(why) = origin(case, stream, heard) {
        return Some(why);
    }
    let told = heard.events().and_then(|events| events.get(LOGOUT_EVENT));
    if !told.is_some_and(Value::is_object) {
        return Some("it is sent as a logout token, and its `events` have no logout".to_owned());
    }
    if claims.contains_key("nonce") {
        return Some("it has a `nonce`, so that it can be taken for an ID token".to_owned());
    }
    if heard.text("sub").or(heard.text("sid")).is_none() {
        return Some("it has neither `sub` nor `sid`".to_owned());
    }
    let (Some(made), Some(ends)) = (number("iat"), number("exp")) else {
        return Some("it has no `exp`".to_owned());
    };
    let life = ends - made;
    (life > LONGEST_S).then(|| {
        let (life, most) = (spell((life * 1000.0) as u64), spell((LONGEST_S * 1000.0) as u64));
        format!("it lives for {life}; more than {most} is too long for what ends sessions")
    })
}
