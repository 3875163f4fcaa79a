//! DSSE v1 envelopes (secure-systems-lab): what is signed is the type and the bytes, never a re-encoding of them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::{PublicKey, Signer};

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The bytes that are signed, base64.
    pub payload: String,
    /// What they are; signed with them.
    pub payload_type: String,
    /// Signatures of one or more keys.
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// A hint at the key. Nobody signs it, so that nothing follows from it.
    #[serde(default)]
    pub keyid: String,
    /// The signature, base64.
    pub sig: String,
}

/// Pre-authentication encoding: `DSSEv1 <bytes of type> <type> <bytes of payload> <payload>`. Lengths are in bytes.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let (a, b) = (payload_type.len(), payload.len());
    let mut out = format!("DSSEv1 {a} {payload_type} {b} ").into_bytes();
    out.extend_from_slice(payload);
    out
}

impl Envelope {
    /// An envelope with one signature.
    ///
    /// # Errors
    /// Where the key's public part can't be encoded.
    pub fn sign(payload_type: &str, payload: &[u8], signer: &Signer) -> Result<Self, String> {
        let mut envelope = Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: Vec::new(),
        };
        envelope.add(signer)?;
        Ok(envelope)
    }

    /// Adds the signature of one more key, once.
    ///
    /// # Errors
    /// Where the payload is no base64, or the key's public part can't be encoded.
    pub fn add(&mut self, signer: &Signer) -> Result<(), String> {
        let payload = decode(&self.payload).ok_or("the payload is no base64")?;
        let keyid = signer.public()?.id();
        self.signatures.retain(|s| s.keyid != keyid);
        let sig = STANDARD.encode(signer.sign(&pae(&self.payload_type, &payload)));
        self.signatures.push(Signature { keyid, sig });
        Ok(())
    }

    /// The payload, where the type is the wanted one and each of the keys signed it. The only bytes to be used afterwards.
    /// Every signature is tried with every key: a `keyid` neither admits nor excludes one, and copies count once.
    ///
    /// # Errors
    /// One sentence that says what is missing. Without a key nothing is verified.
    pub fn verified(&self, payload_type: &str, keys: &[PublicKey]) -> Result<Vec<u8>, String> {
        if keys.is_empty() {
            return Err("there is no key to verify it with".into());
        }
        if self.payload_type != payload_type {
            return Err(format!("it is of the type {:?}, not {payload_type}", self.payload_type));
        }
        if self.signatures.is_empty() {
            return Err("it has no signature".into());
        }
        let payload = decode(&self.payload).ok_or("its payload is not canonical base64")?;
        let signed: Option<Vec<_>> = self.signatures.iter().map(|s| decode(&s.sig)).collect();
        let signed = signed.ok_or("a signature is not canonical base64")?;
        let message = pae(&self.payload_type, &payload);
        for key in keys {
            if !signed.iter().any(|signature| key.verifies(&message, signature)) {
                return Err(format!("no signature in it is one of the key {}", key.id()));
            }
        }
        Ok(payload)
    }

    /// The payload, of which nobody has proven anything.
    #[must_use]
    pub fn unverified(&self) -> Option<Vec<u8>> {
        decode(&self.payload)
    }
}

/// Both alphabets are allowed, anything that is not canonical in either is not.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}
