//! Where tokens were seen: one that is at two places within a short time is told of.

use super::{Digest, Store};
use crate::reference::faults::Fault;
use crate::reference::ssf::News;

/// Nobody gets from one place to another within this, milliseconds.
const SOON_MS: i64 = 10_000;

impl Store {
    /// Notes that a service let a token in that came from this place.
    pub fn sighted(&mut self, jti: &str, place: Digest, now_ms: i64) {
        let Some(token) = self.access.get_mut(jti) else { return };
        let before = token.sighted.replace((place, now_ms));
        let moved = |(other, at): (Digest, i64)| other != place && now_ms - at <= SOON_MS;
        // the fault: nobody compares
        let unnoticed = self.faults.has(Fault::SecondPlaceUnnoticed);
        if before.is_some_and(moved) && token.holder.is_none() && !unnoticed {
            let (sub, jti) = (token.sub.clone(), jti.to_owned());
            self.news.push(News::TwoPlaces { sub, jti });
        }
    }
}
