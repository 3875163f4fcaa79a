//! Places in the token status list (draft-ietf-oauth-status-list): two bits each.

use super::{Entitlements, Look, Standing, Store};

/// The list grows by this many places at once, so that a fresh token's place is within a list read before.
const BLOCK: usize = 4096;
/// No more places than this.
const MOST: usize = 4 * 1024 * 1024;
/// A place is given again no earlier than this after its token's end, milliseconds: nobody keeps a list that long.
pub const REUSED_AFTER_MS: i64 = 600_000;

/// A token that expired longer ago than this is listed as valid again, milliseconds: its expiry is enough to refuse it, and
/// whoever gets its place later must not find it dead in a list that was read before.
const LISTED_AFTER_EXPIRY_MS: i64 = 60_000;

/// Valid.
pub const VALID: u8 = 0;
/// Dead for good.
pub const INVALID: u8 = 1;
/// Application specific: alive, but not all of what it carries is true any more. Who relies on it asks the issuer.
pub const NARROWED: u8 = 3;

/// The places of the list.
#[derive(Default)]
pub struct Statuses {
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

    /// Gives a place back.
    pub fn free(&mut self, place: u32) {
        let place = place as usize;
        if let Some(held) = self.places.get_mut(place)
            && held.take().is_some()
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
            if now_ms > token.exp.saturating_mul(1000).saturating_add(LISTED_AFTER_EXPIRY_MS) {
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
