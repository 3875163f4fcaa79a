//! The transmitter that a scenario plays.

use serde_json::{Value, json};

use super::key::Key;
use crate::drive::Given;
use crate::plan::SignalAlgorithm;

/// The member of a subject that the transmitter calls critical, and that no receiver knows.
pub const CRITICAL: &str = "recant_unknown";

/// An issuer of security event tokens with a key of its own.
pub struct Transmitter {
    /// `iss` of its tokens.
    pub issuer: String,
    /// How it signs.
    pub algorithm: SignalAlgorithm,
    /// The key that it publishes.
    pub key: Key,
    /// Another one under the same name.
    pub namesake: Key,
    /// One that it never published.
    pub stranger: Key,
}

impl Transmitter {
    /// A transmitter that nobody knows yet, under a name that was never used before.
    ///
    /// # Errors
    /// Where no key could be made.
    pub fn fresh(name: &str, algorithm: SignalAlgorithm) -> Result<Self, String> {
        let kid = format!("{name}-key");
        Ok(Self {
            issuer: format!("https://recant.invalid/{name}"),
            algorithm,
            key: Key::fresh(kid.clone(), algorithm)?,
            namesake: Key::fresh(kid, algorithm)?,
            stranger: Key::fresh(format!("{name}-stranger"), algorithm)?,
        })
    }

    /// What a recipe is given to make it known.
    pub fn put_into(&self, given: &mut Given) {
        given.set("transmitter", self.issuer.as_str());
        given.set("transmitter.keys", json!({ "keys": [self.key.public()] }));
        given.set("transmitter.critical", Value::from(vec![CRITICAL]));
    }
}
