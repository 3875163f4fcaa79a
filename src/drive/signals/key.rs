//! A signing key that lives as long as a scenario, under a name.

use serde_json::{Map, Value};

use crate::drive::forge::OwnKey;
use crate::plan::SignalAlgorithm;

/// A key. No `Debug`, on purpose.
pub struct Key {
    /// Its name.
    pub kid: String,
    own: OwnKey,
}

impl Key {
    /// A fresh key for an algorithm.
    ///
    /// # Errors
    /// Where none could be made.
    pub fn fresh(kid: String, algorithm: SignalAlgorithm) -> Result<Self, String> {
        Ok(Self { kid, own: OwnKey::like(algorithm.name())? })
    }

    /// Its public part (RFC 7517).
    pub fn public(&self) -> Value {
        self.own.published_as(&self.kid)
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
        self.own.sign(header, claims).ok_or_else(|| "a signal could not be signed".to_owned())
    }
}
