//! Compact JWS with ES256 (RFC 7515, RFC 7518 section 3.4) on the bare signature primitives; verifies RS256 of others too. What a
//! key is for follows from the key; none is taken from a token's header.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// A longer token is refused unread.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Public keys by `kid`: uncompressed points, or RSA keys of others as RSAPublicKey (RFC 8017 appendix A.1.1).
pub type PublicKeys = BTreeMap<String, Vec<u8>>;

/// A signing key.
pub struct Key {
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    /// A fresh key.
    pub fn generate(kid: String) -> Result<Self, String> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| "no signing key could be made".to_owned())?;
        Ok(Self { kid, pair })
    }

    /// The public key: an uncompressed point.
    pub fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// A signed JWT of this type with these claims.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<String, String> {
        let header = json!({ "alg": "ES256", "typ": typ, "kid": self.kid });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| "signing failed".to_owned())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

/// The public key of a private one in PEM (PKCS #8).
pub fn public_of(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>()).ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}

/// A public key as JWK (RFC 7517).
pub fn jwk(kid: &str, point: &[u8]) -> Value {
    let (x, y) = (point.get(1..33).unwrap_or_default(), point.get(33..65).unwrap_or_default());
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    })
}

/// The `kid` that a token names, unverified: to decide whether keys must be read again.
pub fn kid_of(token: &str) -> Option<String> {
    let header = decode(token.split('.').next()?)?;
    Some(header.get("kid")?.as_str()?.to_owned())
}

/// The header of a token, unverified.
pub fn header_of(token: &str) -> Option<Map<String, Value>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    decode(token.split('.').next()?)
}

/// The claims of a token, unverified: to find whose keys it must be verified with.
pub fn claims_of(token: &str) -> Option<Map<String, Value>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    decode(claims)
}

/// The named key in a JWK (RFC 7517), where it is one that can be used here.
pub fn key_in(jwk: &Value) -> Option<(String, Vec<u8>)> {
    Some((jwk.get("kid")?.as_str()?.to_owned(), point_in(jwk).or_else(|| rsa_in(jwk))?))
}

/// The point in a JWK, where it is one that can be used here.
pub fn point_in(jwk: &Value) -> Option<Vec<u8>> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if text("kty") != Some("EC") || text("crv") != Some("P-256") {
        return None;
    }
    let mut point = vec![4];
    for coordinate in ["x", "y"] {
        let bytes = URL_SAFE_NO_PAD.decode(text(coordinate)?).ok()?;
        point.extend((bytes.len() == 32).then_some(bytes)?);
    }
    Some(point)
}

/// The RSA key in a JWK, DER.
fn rsa_in(jwk: &Value) -> Option<Vec<u8>> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let (n, e) = (part("n")?, part("e")?);
    (jwk.get("kty")? == "RSA").then(|| der(0x30, &[number(&n), number(&e)].concat()))
}

/// An unsigned number, DER.
fn number(bytes: &[u8]) -> Vec<u8> {
    der(0x02, &[&[0], bytes].concat()[usize::from(bytes.first().is_some_and(|b| *b < 0x80))..])
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
    let mut out = vec![tag];
    match digits[..] {
        [] => out.push(0),
        [short] if short < 0x80 => out.push(short),
        _ => out.extend([&[0x80 | u8::try_from(digits.len()).unwrap_or(0)], &digits[..]].concat()),
    }
    out.extend_from_slice(content);
    out
}

/// The claims of a token of this type, if one of these keys signed it. Says nothing about issuer, audience or time.
pub fn verify(token: &str, typ: &str, keys: &PublicKeys) -> Option<Map<String, Value>> {
    let header = header_of(token)?;
    verify_by(token, typ, keys.get(header.get("kid")?.as_str()?)?)
}

/// The same, if this key signed it.
pub fn verify_by(token: &str, typ: &str, key: &[u8]) -> Option<Map<String, Value>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = decode(header)?;
    let is = |member: &str, value: &str| header.get(member).and_then(Value::as_str) == Some(value);
    // RFC 7515 section 4.1.11: an extension that is not understood is a reason to refuse
    let (algorithm, primitive): (_, &'static dyn VerificationAlgorithm) = match key.first() {
        Some(4) => ("ES256", &ECDSA_P256_SHA256_FIXED),
        _ => ("RS256", &RSA_PKCS1_2048_8192_SHA256),
    };
    if !is("alg", algorithm) || !is("typ", typ) || header.contains_key("crit") {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(primitive, key).verify(signed.as_bytes(), &signature).ok()?;
    decode(claims)
}

/// The claims of a token, whoever made it. Only for faults.
pub fn unverified(token: &str) -> Option<Map<String, Value>> {
    decode(token.split('.').nth(1)?)
}

/// The claims of a token as a careless verifier reads them: it takes the algorithm from the header, the public key as PEM for
/// whatever secret that may need, and any type of token.
pub fn verify_confused(token: &str, keys: &PublicKeys) -> Option<Map<String, Value>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = decode(header)?;
    let key = keys.get(header.get("kid")?.as_str()?)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if header.get("alg")?.as_str()? == "HS256" {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, pem(key).as_bytes());
        hmac::verify(&secret, signed.as_bytes(), &signature).ok()?;
        return decode(claims);
    }
    verify(token, header.get("typ")?.as_str()?, keys)
}

/// A P-256 public key as PEM.
fn pem(point: &[u8]) -> String {
    // SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1
    const START: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let text = STANDARD.encode([&START, point].concat());
    let (first, second) = text.split_at_checked(64).unwrap_or((&text, ""));
    format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
