//! When to probe, and for how long: pure arithmetic over a bound and a token's lifetime.

use std::time::Duration;

use crate::model::Moment;

/// How long a service without a bound is looked at, milliseconds.
const GLANCE: u64 = 3_000;

/// How long a service is looked at whose bound can't be waited for, milliseconds.
const SHORT_LOOK: u64 = 10_000;

/// Milliseconds between probes after the bound, at most.
const LATE_SPACING: u64 = 600;

/// Scenarios that wait for much the same moment share one move of a movable clock, milliseconds.
const GRID: u64 = 100;

/// What a schedule depends on.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The service's bound, milliseconds; `None` where it has none.
    pub bound: Option<u64>,
    /// When the change was acknowledged.
    pub acknowledged: Moment,
    /// When probing starts.
    pub now: Moment,
    /// The token is not used from here on, because it expires.
    pub last: Option<Moment>,
    /// True where waiting costs no time.
    pub movable: bool,
    /// A real system is probed at least this long, milliseconds.
    pub settling: u64,
    /// No longer than this is waited for in real time.
    pub longest: Duration,
    /// Lost operations at the service.
    pub operations: u32,
    /// Replicas, probed in turn.
    pub replicas: u32,
    /// Clear answers that are needed after the bound, for each operation at each replica.
    pub probes: u32,
}

/// When to probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Milliseconds from one probe to the next.
    pub spacing: u64,
    /// Probes are sent at multiples of this, milliseconds; 0 for whenever they are due.
    pub grid: u64,
    /// What is sent after this counts.
    pub bound_at: Moment,
    /// Clear answers needed after it, for each operation at each replica.
    pub probes: u32,
    /// Ticks after the bound at most.
    pub most_late: u32,
    /// Not over before this.
    pub settled: Moment,
    /// Over from here on: the token expires.
    pub last: Option<Moment>,
    /// Over from here on: it would take too long.
    pub give_up: Moment,
}

impl Schedule {
    /// The schedule for a service.
    #[must_use]
    pub fn of(terms: &Terms) -> Self {
        let (replicas, probes) = (terms.replicas.max(1), terms.probes.max(1));
        let bound_at = terms.acknowledged.plus_ms(terms.bound.unwrap_or(0));
        let spacing = spacing(terms, probes);
        let needed = probes.saturating_mul(replicas);
        let settled = if terms.movable { terms.now } else { terms.now.plus_ms(terms.settling) };
        // Twice, because a tick may find the budget spent.
        let after = spacing.saturating_mul(u64::from(needed).saturating_add(1)).saturating_mul(2);
        let end = bound_at.max(settled).max(terms.now).plus_ms(after);
        let longest = u64::try_from(terms.longest.as_millis()).unwrap_or(u64::MAX);
        let patience = terms.now.plus_ms(longest);
        let give_up = if terms.movable {
            Moment(u64::MAX)
        } else if bound_at > patience.max(terms.now) {
            // What can be seen is recorded: until the token expires, if that can be waited for.
            terms.last.filter(|l| *l <= patience).unwrap_or(terms.now.plus_ms(SHORT_LOOK))
        } else {
            end.max(patience)
        };
        let most_late = needed.saturating_mul(3);
        let grid = if terms.movable { GRID } else { 0 };
        Self { spacing, grid, bound_at, probes, most_late, settled, last: terms.last, give_up }
    }

    /// When to begin where only what comes after the bound is of interest: at once where that will not be seen.
    #[must_use]
    pub fn first_late(&self, now: Moment) -> Moment {
        let first = self.on_grid(self.bound_at.plus_ms(1)).max(now);
        let seen = self.last.is_none_or(|last| first < last) && first < self.give_up;
        if seen { first } else { now }
    }

    /// When the next probe is due after one at `now`. One is sent right after the bound, whatever the spacing, and
    /// those that count follow quickly, because the token may be about to expire.
    #[must_use]
    pub fn after(&self, now: Moment) -> Moment {
        let next = if now > self.bound_at {
            now.plus_ms(self.spacing.min(LATE_SPACING))
        } else {
            now.plus_ms(self.spacing).min(self.bound_at.plus_ms(1))
        };
        self.on_grid(next)
    }

    fn on_grid(&self, at: Moment) -> Moment {
        let grid = self.grid.saturating_mul(1_000_000).max(1);
        Moment(at.0.div_ceil(grid).saturating_mul(grid))
    }
}

/// Where waiting costs nothing a bound takes about thirty probes. On a real clock a token is used about ten times a
/// second, and less often where the bound is long.
fn spacing(terms: &Terms, probes: u32) -> u64 {
    let per_probe = GLANCE / u64::from(probes);
    match (terms.bound, terms.movable) {
        (None, _) => per_probe.max(100),
        (Some(bound), true) => (bound / 30).max(500),
        (Some(bound), false) => {
            (bound / 300).clamp(100, 3_000).saturating_mul(u64::from(terms.operations.max(1)))
        }
    }
}
