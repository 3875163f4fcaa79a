//! Proofs of possession (RFC 9449, DPoP): what they must say, who made them, and that none counts twice. Used by the issuer and
//! by services. The one place that takes a key from a token's header: it says who made a proof, never that somebody is trusted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jose;
use super::store::{Digest, digest_of};
use super::world::random_name;

/// A proof may be this old, seconds.
const OLDEST_S: i64 = 60;
/// Clocks may differ by this much, seconds.
const SKEW_S: i64 = 5;
/// A nonce is given out for this long, milliseconds, and taken for twice as long.
const NONCE_MS: i64 = 60_000;
/// No more proofs than this are remembered.
const MOST: usize = 200_000;

/// What a proof must be about.
pub struct About<'a> {
    /// `htm`.
    pub method: &'a str,
    /// `htu`: without query and fragment.
    pub url: &'a str,
    /// The access token that it is shown with, for `ath`.
    pub token: Option<&'a str>,
    /// Seconds.
    pub now_s: i64,
}

/// Why a proof does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flawed {
    /// It lacks the nonce that must be in it, or has an old one (section 8).
    Nonce(String),
    /// It is none, or about something else.
    Invalid(&'static str),
}

/// What is remembered of proofs.
#[derive(Default)]
pub struct Proofs {
    /// Digests of key and `jti`, with the second from which the proof would be too old anyway.
    seen: Mutex<HashMap<Digest, i64>>,
    nonces: Mutex<Nonces>,
}

#[derive(Default)]
struct Nonces {
    given_ms: i64,
    latest: String,
    before: String,
}

/// The one proof of a request; `None` where there is none.
pub fn in_headers(headers: &HeaderMap) -> Result<Option<&str>, Flawed> {
    let mut all = headers.get_all("dpop").iter();
    let Some(one) = all.next() else { return Ok(None) };
    match (one.to_str(), all.next()) {
        (Ok(one), None) => Ok(Some(one)),
        _ => Err(Flawed::Invalid("there is more than one proof, or it is none")),
    }
}

/// Who made a proof: the thumbprint of the key (RFC 7638) and the claims, where they are about this request (section 4.3).
pub fn maker(proof: &str, about: &About) -> Result<(String, Map<String, Value>), Flawed> {
    let jwk = jose::header_of(proof).and_then(|header| header.get("jwk").cloned());
    let jwk = jwk.ok_or(Flawed::Invalid("it has no key"))?;
    // a key that everybody knows the private part of proves nothing
    let point = jose::point_in(&jwk).filter(|_| jwk.get("d").is_none());
    let point = point.ok_or(Flawed::Invalid("its key is none that can be used here"))?;
    let claims = jose::verify_by(proof, "dpop+jwt", &point);
    let claims = claims.ok_or(Flawed::Invalid("its key did not sign it"))?;
    let says = |claim: &str| claims.get(claim).and_then(Value::as_str);
    if says("htm") != Some(about.method) || says("htu") != Some(about.url) {
        return Err(Flawed::Invalid("it is about another request"));
    }
    if let Some(token) = about.token
        && says("ath") != Some(&hash(token))
    {
        return Err(Flawed::Invalid("it is about another token"));
    }
    let iat = claims.get("iat").and_then(Value::as_i64);
    let in_time = |iat| about.now_s - OLDEST_S <= iat && iat <= about.now_s + SKEW_S;
    if !iat.is_some_and(in_time) {
        return Err(Flawed::Invalid("it is too old, or of the future"));
    }
    if says("jti").is_none_or(str::is_empty) {
        return Err(Flawed::Invalid("it has no jti"));
    }
    Ok((thumbprint(&point), claims))
}

/// SHA-256, as `ath` and thumbprints have it.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

fn thumbprint(point: &[u8]) -> String {
    let number = |part: Option<&[u8]>| URL_SAFE_NO_PAD.encode(part.unwrap_or_default());
    let (x, y) = (number(point.get(1..33)), number(point.get(33..65)));
    hash(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
}

impl Proofs {
    /// Forgets everything.
    pub fn clear(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes note of a proof; refuses one that was shown before.
    pub fn once(&self, key: &str, claims: &Map<String, Value>, now_s: i64) -> Result<(), Flawed> {
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, over| now_s <= *over);
        }
        if seen.len() >= MOST {
            return Err(Flawed::Invalid("there are too many proofs to tell whether it is new"));
        }
        match seen.insert(digest_of(&format!("{key} {jti}")), now_s + OLDEST_S + SKEW_S) {
            None => Ok(()),
            Some(_) => Err(Flawed::Invalid("it was shown before")),
        }
    }

    /// Refuses a proof without a nonce of this server's, and tells the one to use.
    pub fn fresh(&self, claims: &Map<String, Value>, now_ms: i64) -> Result<(), Flawed> {
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now_ms - nonces.given_ms;
        if nonces.latest.is_empty() || age >= NONCE_MS {
            let latest = std::mem::replace(&mut nonces.latest, random_name("n-"));
            nonces.before = if age < 2 * NONCE_MS { latest } else { String::new() };
            nonces.given_ms = now_ms;
        }
        match claims.get("nonce").and_then(Value::as_str) {
            Some(nonce) if nonce == nonces.latest => Ok(()),
            Some(nonce) if !nonce.is_empty() && nonce == nonces.before => Ok(()),
            _ => Err(Flawed::Nonce(nonces.latest.clone())),
        }
    }
}
