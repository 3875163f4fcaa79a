//! Ed25519 keys (RFC 8032), as PKCS#8 and SPKI (RFC 8410): what openssl, Python and trestle read.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::pem;
use crate::model::hex;

/// What precedes the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410 section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

/// A private key. No `Debug`, on purpose.
pub struct Signer {
    pair: Ed25519KeyPair,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl Signer {
    /// A fresh key.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn generate() -> Result<Self, String> {
        let pair = Ed25519KeyPair::generate().map_err(|_| "no key could be made".to_owned())?;
        Ok(Self { pair })
    }

    /// Reads PKCS#8 in PEM, as [`Self::to_pem`] and `openssl genpkey -algorithm ed25519` write it.
    ///
    /// # Errors
    /// Where it is anything else. What is said holds nothing of it.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let der = pem::decode(PRIVATE, text)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map_err(|_| "it is no Ed25519 key in PKCS#8".to_owned())?;
        Ok(Self { pair })
    }

    /// PKCS#8 in PEM. Whoever has it signs in its owner's name.
    ///
    /// # Errors
    /// Where it can't be encoded.
    pub fn to_pem(&self) -> Result<String, String> {
        let der: Pkcs8V1Der<'_> =
            self.pair.as_der().map_err(|_| "the key can't be encoded".to_owned())?;
        Ok(pem::encode(PRIVATE, der.as_ref()))
    }

    /// Its public part.
    ///
    /// # Errors
    /// Where it can't be encoded.
    pub fn public(&self) -> Result<PublicKey, String> {
        let wrong = || "the public key can't be encoded".to_owned();
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().map_err(|_| wrong())?;
        PublicKey::from_der(der.as_ref()).ok_or_else(wrong)
    }

    /// A signature: 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` in PEM.
    ///
    /// # Errors
    /// Where it is anything else, a private key for instance.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let der = pem::decode(PUBLIC, text)?;
        Self::from_der(&der).ok_or_else(|| "it is no Ed25519 public key".to_owned())
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        der.strip_prefix(&SPKI)?.try_into().ok().map(Self)
    }

    /// `SubjectPublicKeyInfo` in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(PUBLIC, &self.to_der())
    }

    /// Its name: SHA-256 (hex) of its `SubjectPublicKeyInfo`. Tells keys apart, proves nothing.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.to_der()))
    }

    /// True where the signature is one of this key over exactly these bytes.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }

    fn to_der(&self) -> Vec<u8> {
        [SPKI.as_slice(), &self.0].concat()
    }
}
