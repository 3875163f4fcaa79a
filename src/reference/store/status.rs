//! Places in the token status list (draft-ietf-oauth-status-list): two bits each.

use super::{Entitlements, Look, Standing, Store};

/// The list grows by this many places at once, so that a fresh token's place is within a list read before.
const BLOCK: usize = 4096;
/// No more places than this.
const MOST: usize = 4 * 1024 * 1024;
/// A place is given again no earlier than this after its token's end, milliseconds: nobody keeps a list that long.
pub const REUSED_AFTER_MS: i64 = 600_000;

/// Valid.
pub const VALID: u8 = 0;
/// Dead for good.
pub const INVALID: u8 = 1;
/// Application specific: alive, but not all of what it carries is true any more. Who relies on it asks the issuer.
pub const NARROWED: u8 = 3;

/// What is wrong with the list that is served, where a test asked for one that nobody may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoilt {
    /// Signed by another key under the name of the right one.
    Signature,
    /// Another list's.
    Subject,
    /// Its `exp` is over.
    Expired,
    /// No places at all.
    TooShort,
    /// Not served.
    Unreachable,
}

impl Spoilt {
    /// As the admin interface names it.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("wrong-signature", Self::Signature),
        ("wrong-subject", Self::Subject),
        ("expired", Self::Expired),
        ("too-short", Self::TooShort),
        ("unreachable", Self::Unreachable),
    ];
}

/// The places of the list.
#[derive(Default)]
pub struct Statuses {
    /// What is wrong with the list that is served, if anything.
    pub spoilt: Option<Spoilt>,
    /// `jti` by place; empty where nobody has it.
    places: Vec<Option<String>>,
    next: usize,
    free: Vec<usize>,
}

impl Statuses {
    /// A place for this token; `None` where the list is full.
    pub fn take(&mut self, jti: &str) -> Option<u32> {
        let place = self.free.pop().unwrap_or(self.next);
        if place >= MOST {
            return None;
        }
        if place >= self.places.len() {
            self.places.resize(self.places.len() + BLOCK, None);
        }
        if place == self.next {
            self.next += 1;
        }
        *self.places.get_mut(place)? = Some(jti.to_owned());
        u32::try_from(place).ok()
    }

    /// Only for the fault: the place of another token is this one's now.
    pub fn hand_over(&mut self, place: u32, jti: &str) {
        if let Some(held) = self.places.get_mut(place as usize) {
            *held = Some(jti.to_owned());
        }
    }

    /// Gives the place of this token back, where it is the token's still.
    pub fn free(&mut self, place: u32, jti: &str) {
        let place = place as usize;
        if let Some(held) = self.places.get_mut(place)
            && held.take_if(|held| held == jti).is_some()
        {
            self.free.push(place);
        }
    }
}

impl Store {
    /// The list as bytes, two bits for each place, lowest bits first.
    pub fn status_bytes(&self, now_ms: i64) -> Vec<u8> {
        let mut known = Entitlements::default();
        let mut bytes = vec![0; self.statuses.places.len().max(BLOCK).div_ceil(4)];
        for (place, jti) in self.statuses.places.iter().enumerate() {
            let Some(token) = jti.as_ref().and_then(|jti| self.access.get(jti)) else { continue };
            // expiry is enough to refuse a token; the list says nothing about it, and whoever gets its place later must not
            // find it dead in a list that was read before
            if now_ms >= token.exp.saturating_mul(1000) {
                continue;
            }
            let status = match self.standing_with(token, now_ms, Look::Full, Some(&mut known)) {
                Standing::Dead(_) => INVALID,
                Standing::Live(scopes) if scopes == token.scopes => VALID,
                Standing::Live(_) => NARROWED,
            };
            if let Some(byte) = bytes.get_mut(place / 4) {
                *byte |= status << (2 * (place % 4));
            }
        }
        bytes
    }
}
