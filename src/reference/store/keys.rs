//! Signing keys: one signs, some are published, a retired one is gone from the published set at once.

use crate::reference::jose::{Key, PublicKeys};

/// No more keys than this are remembered.
const MOST_KEYS: usize = 32;

/// The keys of the issuer.
pub struct Keys {
    /// Oldest first. One of them signs.
    keys: Vec<(Key, Standing)>,
    made: u32,
}

#[derive(PartialEq, Eq)]
enum Standing {
    Signs,
    Published,
    Retired,
}

impl Keys {
    /// One key.
    pub fn new() -> Result<Self, String> {
        let mut keys = Self { keys: Vec::new(), made: 0 };
        keys.make()?;
        Ok(keys)
    }

    fn make(&mut self) -> Result<(), String> {
        self.made += 1;
        // the start of the name tells two runs apart: a kid must not come back with another key behind it
        let key = Key::generate(crate::reference::world::random_name(&format!("k{}-", self.made)))?;
        self.keys.push((key, Standing::Signs));
        if self.keys.len() > MOST_KEYS {
            self.keys.remove(0);
        }
        Ok(())
    }

    /// The key that signs now.
    pub fn signing(&self) -> Option<&Key> {
        self.keys.iter().rev().find(|(_, s)| *s == Standing::Signs).map(|(key, _)| key)
    }

    /// Keys that tokens may be signed with.
    pub fn published(&self) -> PublicKeys {
        let current = self.keys.iter().filter(|(_, s)| *s != Standing::Retired);
        current.map(|(key, _)| (key.kid.clone(), key.public())).collect()
    }

    /// True where tokens signed with this key are good.
    pub fn is_published(&self, kid: &str) -> bool {
        self.keys.iter().any(|(key, s)| key.kid == kid && *s != Standing::Retired)
    }

    /// Takes a key out of the published set. Where it was the one that signs, a new one is made.
    pub fn retire(&mut self, kid: &str) -> Result<bool, String> {
        let Some(found) = self.keys.iter_mut().find(|(key, _)| key.kid == kid) else {
            return Ok(false);
        };
        found.1 = Standing::Retired;
        if self.signing().is_none() {
            self.make()?;
        }
        Ok(true)
    }

    /// Publishes a retired key again, and it signs again; the one that signed meanwhile stays published.
    /// With `alone` it is taken out, too.
    pub fn reinstate(&mut self, kid: &str, alone: bool) -> bool {
        if !self.keys.iter().any(|(key, _)| key.kid == kid) {
            return false;
        }
        for (key, standing) in &mut self.keys {
            if key.kid == kid {
                *standing = Standing::Signs;
            } else if *standing == Standing::Signs {
                *standing = if alone { Standing::Retired } else { Standing::Published };
            }
        }
        true
    }

    /// Publishes every key that was retired.
    pub fn publish_all(&mut self) {
        for (_, standing) in &mut self.keys {
            if *standing == Standing::Retired {
                *standing = Standing::Published;
            }
        }
    }
}
