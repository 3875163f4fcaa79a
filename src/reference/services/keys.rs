//! The issuer's keys as a service keeps them: read again when older than five seconds, or when a token names another.

use std::sync::{Mutex, PoisonError};

use crate::reference::faults::Fault;
use crate::reference::jose::{self, PublicKeys};
use crate::reference::world::World;

/// Keys are kept this long, milliseconds.
const KEPT_MS: i64 = 5_000;

/// Keys with when they were read.
#[derive(Default)]
pub struct KeyCache(Mutex<Option<(i64, PublicKeys)>>);

impl KeyCache {
    /// The claims of an access token that one of the issuer's keys signed (RFC 9068: type `at+jwt`).
    pub fn verify(
        &self,
        world: &World,
        token: &str,
    ) -> Option<serde_json::Map<String, serde_json::Value>> {
        let kid = jose::kid_of(token)?;
        let now = world.clock.now_ms();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forever = world.faults.has(Fault::RetiredKeyAccepted);
        let fresh = kept.as_ref().is_some_and(|(read, keys)| {
            keys.contains_key(&kid) && (now - read < KEPT_MS || forever)
        });
        if !fresh {
            let mut keys = world.published_keys();
            if forever && let Some((_, old)) = kept.take() {
                keys.extend(old);
            }
            *kept = Some((now, keys));
        }
        let (_, keys) = kept.as_ref()?;
        if world.faults.has(Fault::TokenKindsConfused) {
            return jose::verify_confused(token, keys);
        }
        jose::verify(token, "at+jwt", keys)
    }
}
