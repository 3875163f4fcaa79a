//! An issuer that the self-contained service takes tokens of, with a key that is called like the system's own.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::hands::reads;
use super::lab::Lab;

const NAME: &str = "second";

/// The issuer.
pub struct Second {
    key: EcdsaKeyPair,
    /// A token of the system's own issuer.
    token: String,
}

impl Second {
    /// Makes itself known, once somebody has a token.
    pub async fn known_to(lab: &Lab, token: String) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let point = key.public_key().as_ref().to_vec();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "kid": part(&token, 0)["kid"],
            "x": text(&point[1..33]), "y": text(&point[33..]),
        });
        lab.change(Method::PUT, &format!("/issuers/{NAME}"), json!({ "jwks": { "keys": [jwk] } }))
            .await;
        Self { key, token }
    }

    /// True where the service takes a token of this key that names this issuer.
    pub async fn is_taken_for(&self, lab: &Lab, issuer: &str) -> bool {
        let mut claims = part(&self.token, 1);
        claims["iss"] = issuer.into();
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", text(&part(&self.token, 0)), text(&claims));
        let signed = self.key.sign(&SystemRandom::new(), message.as_bytes()).expect("it signs");
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signed.as_ref()));
        reads(lab, "catalog", &token).await
    }

    /// True where its own tokens are taken, and those of the system's own issuer too.
    pub async fn is_trusted(&self, lab: &Lab) -> bool {
        self.is_taken_for(lab, NAME).await && reads(lab, "catalog", &self.token).await
    }
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}
