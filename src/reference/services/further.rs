//! Issuers that one service takes tokens of beside the system's own: an administrator makes them known with their keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::reference::faults::{Fault, Faults};
use crate::reference::jose::{self, PublicKeys};

/// No more are known.
const MOST: usize = 1_000;

/// Keys by issuer, and there by their names.
#[derive(Default)]
pub struct FurtherIssuers(Mutex<BTreeMap<String, PublicKeys>>);

impl FurtherIssuers {
    /// Makes an issuer known.
    pub fn trust(&self, issuer: String, keys: PublicKeys) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            return false;
        }
        known.insert(issuer, keys);
        true
    }

    /// Knows an issuer no longer.
    pub fn distrust(&self, issuer: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(issuer).is_some()
    }

    /// The claims of an access token that the issuer which it names has signed.
    pub fn verify(&self, token: &str, faults: &Faults) -> Option<Map<String, Value>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let claims = jose::claims_of(token)?;
        let issuer = claims.get("iss")?.as_str()?;
        let keys = if faults.has(Fault::IssuersComparedByPrefix) {
            let begins = |(known, _): &(&String, _)| issuer.starts_with(known.as_str());
            known.iter().find(begins).map(|(_, keys)| keys)
        } else {
            known.get(issuer)
        };
        jose::verify(token, "at+jwt", keys?)
    }

    /// The claims of an access token that any of them has signed, whoever it names. Only for faults.
    pub fn verify_with_any(&self, token: &str) -> Option<Map<String, Value>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().find_map(|keys| jose::verify(token, "at+jwt", keys))
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
