//! Slots: at most so many scenarios send requests at once. A scenario that waits holds none.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::clock::{Active, Clock};
use super::{Cancel, Halt};
use crate::model::Moment;

/// The slots of a run, with the clock that must not move under whoever holds one.
#[derive(Clone)]
pub struct Slots {
    clock: Arc<Clock>,
    free: Arc<Semaphore>,
    cancel: Cancel,
}

/// The right to send requests: a slot, and the clock's promise to stand still.
pub struct Turn {
    active: Active,
    slot: OwnedSemaphorePermit,
}

impl Slots {
    /// So many slots (at least one).
    #[must_use]
    pub fn new(clock: Arc<Clock>, most: usize, cancel: Cancel) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self { clock, free: Arc::new(Semaphore::new(most)), cancel }
    }

    /// Waits for a slot. Under way counts from before the wait: a scenario that holds a slot never waits for a lock,
    /// so this wait ends without the clock being moved.
    ///
    /// # Errors
    /// `Halt::Interrupted`.
    pub async fn take(&self) -> Result<Turn, Halt> {
        let active = self.cancel.race(self.clock.enter()).await?;
        self.slot(active).await
    }

    /// Gives the slot back until target time has come, then waits for one again.
    ///
    /// # Errors
    /// `Halt::Interrupted`, or what the target says where its clock can't be moved.
    pub async fn sleep_until(&self, turn: Turn, deadline: Moment) -> Result<Turn, Halt> {
        if deadline <= self.clock.now() {
            return Ok(turn);
        }
        let Turn { active, slot } = turn;
        drop(slot);
        let active = self.cancel.race(self.clock.sleep_until(active, deadline)).await??;
        self.slot(active).await
    }

    async fn slot(&self, active: Active) -> Result<Turn, Halt> {
        let slot = self.cancel.race(self.free.clone().acquire_owned()).await?;
        let slot = slot.map_err(|_| Halt::Interrupted)?;
        Ok(Turn { active, slot })
    }
}
