//! The little DER (X.690) that it takes to spell a public key and a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT: u8 = 0x06;
pub const UTF8: u8 = 0x0c;
/// For years before 2050 (RFC 5280 section 4.1.2.5).
pub const UTC: u8 = 0x17;
pub const TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Named curves (RFC 5480 section 2.1.1.1) by their names in JWKs.
const CURVES: [(&str, &[u8]); 3] = [
    ("P-256", &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    ("P-384", &[0x2b, 0x81, 0x04, 0x00, 0x22]),
    ("P-521", &[0x2b, 0x81, 0x04, 0x00, 0x23]),
];

/// One value with its tag and length.
pub fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let bytes: Vec<u8> = bytes.into_iter().skip_while(|b| *b == 0).collect();
        out.push(0x80 | bytes.len() as u8);
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

/// Values one after the other in a sequence.
pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

/// An unsigned number, big-endian.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|b| *b == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    value(INTEGER, &digits)
}

/// An object identifier, encoded.
pub fn object(id: &[u8]) -> Vec<u8> {
    value(OBJECT, id)
}

/// Whole bytes as bits.
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes].concat())
}

/// NULL.
pub fn null() -> Vec<u8> {
    value(NULL, &[])
}

/// A public key as it stands in a SubjectPublicKeyInfo: the point of a curve, or RSA's two numbers (RFC 8017 A.1.1).
pub fn bare(jwk: &Value) -> Option<Vec<u8>> {
    match jwk.get("kty")?.as_str()? {
        "RSA" => Some(sequence(&[integer(&member(jwk, "n")?), integer(&member(jwk, "e")?)])),
        "EC" => Some([vec![4], member(jwk, "x")?, member(jwk, "y")?].concat()),
        "OKP" => member(jwk, "x"),
        _ => None,
    }
}

/// A public key as SubjectPublicKeyInfo (RFC 5280 section 4.1), from its JWK.
pub fn public_key(jwk: &Value) -> Option<Vec<u8>> {
    let algorithm = match jwk.get("kty")?.as_str()? {
        "RSA" => vec![object(RSA), null()],
        "EC" => {
            let name = jwk.get("crv")?.as_str()?;
            let (_, curve) = CURVES.iter().find(|(known, _)| *known == name)?;
            vec![object(EC), object(curve)]
        }
        _ => vec![object(ED25519)],
    };
    Some(sequence(&[sequence(&algorithm), bits(&bare(jwk)?)]))
}

/// PEM (RFC 7468), with the line end that most tools write.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn member(jwk: &Value, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok()
}
