//! A signing key that lives as long as a scenario.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value};

use crate::drive::keys::choose_backend;

/// How often a number is drawn that may be no key. Of 2^32 numbers one is none.
const MOST_DRAWS: u32 = 8;

/// What stands before the private number in a P-256 key without its public part (RFC 5208, RFC 5915).
const BEFORE: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// A key for ES256. No `Debug`, on purpose.
pub struct Key {
    /// Its name.
    pub kid: String,
    private: EncodingKey,
    public: Jwk,
}

impl Key {
    /// A fresh key.
    ///
    /// # Errors
    /// Where none could be made.
    pub fn fresh(kid: String) -> Result<Self, String> {
        choose_backend();
        for _ in 0..MOST_DRAWS {
            let mut der = BEFORE.to_vec();
            der.extend_from_slice(&rand::random::<[u8; 32]>());
            let private = EncodingKey::from_ec_der(&der);
            if let Ok(mut public) = Jwk::from_encoding_key(&private, Algorithm::ES256) {
                public.common.key_id = Some(kid.clone());
                public.common.public_key_use = Some(PublicKeyUse::Signature);
                return Ok(Self { kid, private, public });
            }
        }
        Err("no key could be made to sign signals with".to_owned())
    }

    /// Its public part (RFC 7517).
    pub fn public(&self) -> Value {
        serde_json::to_value(&self.public).unwrap_or_default()
    }

    /// A signed token (RFC 7515).
    ///
    /// # Errors
    /// Where signing failed.
    pub fn sign(
        &self,
        header: &Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Result<String, String> {
        let message = unsigned(header, claims);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.private, Algorithm::ES256);
        Ok(format!("{message}.{}", signature.map_err(|e| e.to_string())?))
    }
}

/// Header and claims as they are signed.
pub fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let part = |object: &Map<String, Value>| {
        URL_SAFE_NO_PAD.encode(serde_json::to_string(object).unwrap_or_default())
    };
    format!("{}.{}", part(header), part(claims))
}
