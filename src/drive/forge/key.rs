//! Keys of recant's own, made anew for each scenario that forges: nobody has a reason to trust them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Map, Value, json};

use super::der::{self, SET, TIME, UTC, UTF8};

/// ecdsa-with-SHA256 (RFC 5758 section 3.2).
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// sha256WithRSAEncryption (RFC 4055 section 5).
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// A key pair of recant's own. No `Debug`, on purpose.
pub struct OwnKey {
    algorithm: Algorithm,
    key: EncodingKey,
    /// PKCS #8.
    private: Vec<u8>,
    /// The public part, without a `kid`.
    pub jwk: Value,
}

impl OwnKey {
    /// A fresh key of the kind that signs with this algorithm, so that a service which only checks the algorithm is met
    /// too: RSA for `RS...` and `PS...`, else P-256. Takes a moment for RSA.
    pub fn like(algorithm: &str) -> Result<Self, String> {
        crate::drive::keys::choose_backend();
        let rsa = algorithm.starts_with("RS") || algorithm.starts_with("PS");
        let made = if rsa { Self::rsa(algorithm) } else { Self::curve() };
        made.ok_or_else(|| "no key could be made".to_owned())
    }

    fn curve() -> Option<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
        let point = pair.public_key().as_ref();
        let (x, y) = (point.get(1..33)?, point.get(33..65)?);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        let private = pair.to_pkcs8v1().ok()?.as_ref().to_vec();
        let key = EncodingKey::from_ec_der(&private);
        Some(Self { algorithm: Algorithm::ES256, key, private, jwk })
    }

    fn rsa(algorithm: &str) -> Option<Self> {
        let algorithm = algorithm.parse().unwrap_or(Algorithm::RS256);
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).ok()?;
        let public = pair.public_key();
        let digits = |n: &[u8]| URL_SAFE_NO_PAD.encode(n);
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
        let jwk = json!({
            "kty": "RSA", "use": "sig", "n": digits(&modulus), "e": digits(&exponent),
        });
        let private: Pkcs8V1Der = pair.as_der().ok()?;
        let pem = der::pem("PRIVATE KEY", private.as_ref());
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
        let private = private.as_ref().to_vec();
        Some(Self { algorithm, key, private, jwk })
    }

    /// The public part under a name, as it stands in a key set.
    pub fn published_as(&self, kid: &str) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = kid.into();
        jwk
    }

    /// A token with this header, in which `alg` is filled in, and these claims.
    pub fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Option<String> {
        let mut header = header.clone();
        header.insert("alg".into(), format!("{:?}", self.algorithm).into());
        signed(&header, claims, &self.key, self.algorithm)
    }

    /// A certificate of this key that it signed itself (RFC 5280), DER. Good for nothing but to be believed by mistake.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        let rsa = self.jwk.get("kty")? == "RSA";
        let (id, with) =
            if rsa { (RSA_SHA256, Algorithm::RS256) } else { (ECDSA_SHA256, Algorithm::ES256) };
        let algorithm =
            if rsa { vec![der::object(id), der::null()] } else { vec![der::object(id)] };
        let algorithm = der::sequence(&algorithm);
        let attribute = der::sequence(&[der::object(COMMON_NAME), der::value(UTF8, b"recant")]);
        let name = der::sequence(&[der::value(SET, &attribute)]);
        let times = [der::value(UTC, b"200101000000Z"), der::value(TIME, b"20991231235959Z")];
        let body = der::sequence(&[
            der::value(0xa0, &der::integer(&[2])),
            der::integer(&[1]),
            algorithm.clone(),
            name.clone(),
            der::sequence(&times),
            name,
            der::public_key(&self.jwk)?,
        ]);
        let signature = crypto::sign(&body, &self.key, with).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signature = match signature.split_at_checked(32) {
            Some((r, s)) if !rsa => der::sequence(&[der::integer(r), der::integer(s)]),
            _ => signature,
        };
        Some(der::sequence(&[body, algorithm, der::bits(&signature)]))
    }

    /// The certificate with its private key (PEM), for a connection. Goes no further than that.
    pub fn identity(&self) -> Option<String> {
        let certificate = der::pem("CERTIFICATE", &self.certificate()?);
        Some(certificate + &der::pem("PRIVATE KEY", &self.private))
    }

    /// The certificate as it stands in an `x5c` header parameter.
    pub fn chain(&self) -> Option<Value> {
        Some(json!([STANDARD.encode(self.certificate()?)]))
    }
}

/// A token whose header says nothing but what it is given.
pub fn signed(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    key: &EncodingKey,
    algorithm: Algorithm,
) -> Option<String> {
    let body = super::craft::unsigned(header, claims)?;
    let signature = crypto::sign(body.as_bytes(), key, algorithm).ok()?;
    Some(format!("{body}.{signature}"))
}
