//! Signed assertions: to prove who a client is, and as a grant (RFC 7523).

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Map, Value, json};

use crate::drive::credentials::ClientSecrets;
use crate::drive::forge::OwnKey;
use crate::drive::keys::choose_backend;
use crate::plan::Client;

/// `client_assertion_type` (RFC 7523 section 2.2).
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion is good for this many seconds.
const LIFETIME: u64 = 60;

/// The claims of an assertion about `subject`, made at `now` (Unix seconds).
pub(super) fn claims(issuer: &str, subject: &str, audience: &str, now: u64) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".into(), issuer.into());
    claims.insert("sub".into(), subject.into());
    claims.insert("aud".into(), audience.into());
    claims.insert("iat".into(), json!(now));
    claims.insert("exp".into(), json!(now + LIFETIME));
    claims.insert("jti".into(), random_text().into());
    claims
}

/// Signs with a client's key.
pub(super) fn sign(
    client: &Client,
    held: &ClientSecrets,
    claims: &Map<String, Value>,
) -> Result<String, String> {
    choose_backend();
    let pem = held.key.as_deref().ok_or("it has no key")?.as_bytes();
    let name = client.algorithm.as_deref().ok_or("its key has no `algorithm`")?;
    let algorithm: Algorithm =
        name.parse().map_err(|_| format!("recant can't sign with `{name}`"))?;
    let key = match name.get(..2) {
        Some("RS" | "PS") => EncodingKey::from_rsa_pem(pem),
        Some("ES") => EncodingKey::from_ec_pem(pem),
        Some("Ed") => EncodingKey::from_ed_pem(pem),
        _ => return Err(format!("`{name}` does not sign with a private key")),
    }
    .map_err(|_| format!("its key is no PEM private key for `{name}`"))?;
    let mut header = Header::new(algorithm);
    header.kid.clone_from(&client.key_id);
    jsonwebtoken::encode(&header, claims, &key).map_err(|_| "its key could not sign".to_owned())
}

/// The same by a key that nobody has a reason to trust.
pub(super) fn sign_by_another(
    client: &Client,
    claims: &Map<String, Value>,
) -> Result<String, String> {
    let key = OwnKey::like(client.algorithm.as_deref().unwrap_or_default())?;
    let mut header = Map::new();
    header.insert("typ".into(), "JWT".into());
    if let Some(kid) = &client.key_id {
        header.insert("kid".into(), kid.as_str().into());
    }
    key.sign(&header, claims).ok_or_else(|| "a key of recant's own could not sign".to_owned())
}

/// A text that nobody guesses: 43 letters and digits, about 256 bits.
pub(super) fn random_text() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 43)
}
