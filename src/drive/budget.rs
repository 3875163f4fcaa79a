//! The probe budget of a run: requests a second and requests in flight, over all lag measurements together. Who finds
//! it spent waits for its turn with one probe in hand: spacing widens, nothing piles up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How far probes may come closer together after a wait that was too long.
const SLACK: Duration = Duration::from_millis(5);

/// The budget. Clones share it.
#[derive(Clone)]
pub struct Budget {
    /// Least time between two probes; `None` where only the number in flight counts.
    gap: Option<Duration>,
    next: Arc<Mutex<Instant>>,
    flying: Arc<Semaphore>,
}

impl Budget {
    /// So many probes a second (no limit where `None`), and so many in flight.
    #[must_use]
    pub fn new(per_second: Option<u32>, in_flight: usize) -> Self {
        Self {
            gap: per_second.map(|n| Duration::from_secs(1) / n.max(1)),
            next: Arc::new(Mutex::new(Instant::now())),
            flying: Arc::new(Semaphore::new(in_flight.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Waits for the right to send one probe now; the permit is kept until its answer is read. Both queues are first
    /// come, first served.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let permit = self.flying.clone().acquire_owned().await.ok();
        if let Some(gap) = self.gap {
            let mut next = self.next.lock().await;
            tokio::time::sleep_until(*next).await;
            // A sleep is a millisecond too long, more or less: what it lost is caught up with.
            let earliest = Instant::now().checked_sub(SLACK).unwrap_or(*next);
            *next = earliest.max(*next) + gap;
        }
        permit
    }
}
