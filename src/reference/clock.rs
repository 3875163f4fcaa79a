//! The system's own clock: real time plus an offset that only ever grows. Everything here that asks for the time asks
//! this clock, so that a test can let an hour pass at once.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// No clock is advanced by more than this in all: a hundred years.
const FURTHEST_MS: i64 = 100 * 366 * 24 * 3600 * 1000;

/// A clock that can be moved forwards.
#[derive(Debug, Default)]
pub struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(real.as_millis()).unwrap_or(0) + self.offset_ms.load(Ordering::SeqCst)
    }

    /// Whole seconds since 1970-01-01 UTC, as JWTs count (RFC 7519: NumericDate).
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Lets this many milliseconds pass. False, and nothing happens, where that is beyond what the clock can do.
    pub fn advance(&self, ms: u64) -> bool {
        let Ok(ms) = i64::try_from(ms) else { return false };
        self.offset_ms
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |offset| {
                offset.checked_add(ms).filter(|sum| *sum <= FURTHEST_MS)
            })
            .is_ok()
    }

    /// The time as RFC 3339 UTC with milliseconds.
    pub fn rfc3339(&self) -> String {
        jiff::Timestamp::from_millisecond(self.now_ms())
            .map(|t| format!("{t:.3}"))
            .unwrap_or_default()
    }
}
