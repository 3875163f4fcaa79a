//! A point in time as the target lives it.

use serde::{Deserialize, Serialize};

/// Nanoseconds of target time since the run began: the harness's monotonic clock plus every acknowledged
/// advance of a movable target clock. The target's wall time is `begin.started` of the history plus `begin.ahead` plus this.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// Seconds since the run began, for people.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// This moment plus a number of milliseconds, saturating.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000_000)))
    }

    /// Milliseconds from an earlier moment to this one; zero if it is not later.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0) / 1_000_000
    }
}
