//! Target time. Where a target's clock can be moved, a run waits without waiting: when every scenario that is under way
//! waits, the clock is advanced to the earliest deadline. Time then only moves while nothing is in flight, so that
//! no request straddles a jump.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Halt;
use crate::model::Moment;

/// Advances the target's clock by milliseconds.
pub type Advance =
    Box<dyn Fn(u64) -> futures::future::BoxFuture<'static, Result<(), Halt>> + Send + Sync>;

/// Target time of a run.
pub struct Clock {
    origin: Instant,
    state: Mutex<State>,
    moving: tokio::sync::Mutex<()>,
    advance: Option<Advance>,
}

#[derive(Default)]
struct State {
    advanced: Duration,
    active: usize,
    next: u64,
    waiting: BTreeMap<(Moment, u64), oneshot::Sender<()>>,
}

impl Clock {
    /// A clock that starts now. `advance` is given where the target's clock can be moved.
    #[must_use]
    pub fn new(advance: Option<Advance>) -> Self {
        Self {
            origin: Instant::now(),
            state: Mutex::default(),
            moving: tokio::sync::Mutex::new(()),
            advance,
        }
    }

    /// True where waiting costs no time.
    #[must_use]
    pub fn movable(&self) -> bool {
        self.advance.is_some()
    }

    /// Now, in target time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.at(Instant::now())
    }

    fn at(&self, instant: Instant) -> Moment {
        let real = instant.saturating_duration_since(self.origin);
        Moment(u64::try_from((real + self.lock().advanced).as_nanos()).unwrap_or(u64::MAX))
    }

    /// A scenario is under way from here until `Active` is dropped: the clock is not moved while it does not wait.
    pub async fn enter(self: &Arc<Self>) -> Active {
        let _still = self.moving.lock().await;
        self.lock().active += 1;
        Active { clock: Some(self.clone()) }
    }

    /// Waits until target time has come. Call only between `enter` and the drop of its result.
    ///
    /// # Errors
    /// What the target says where its clock can't be moved.
    pub async fn sleep_until(&self, deadline: Moment) -> Result<(), Halt> {
        let now = self.now();
        if deadline <= now {
            return Ok(());
        }
        if self.advance.is_none() {
            tokio::time::sleep(Duration::from_nanos(deadline.0 - now.0)).await;
            return Ok(());
        }
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.lock();
            state.next += 1;
            let key = (deadline, state.next);
            state.waiting.insert(key, tell);
            state.active = state.active.saturating_sub(1);
        }
        self.move_on().await?;
        let _ = told.await;
        Ok(())
    }

    /// Moves the clock to the earliest deadline if nobody is active.
    async fn move_on(&self) -> Result<(), Halt> {
        let _moving = self.moving.lock().await;
        let now = self.now();
        let due = {
            let state = self.lock();
            match state.waiting.first_key_value() {
                Some((&(deadline, _), _)) if state.active == 0 => deadline,
                _ => return Ok(()),
            }
        };
        // Rounded up to whole milliseconds, plus one: a deadline is never missed by a rounding.
        let ms = due.0.saturating_sub(now.0).div_ceil(1_000_000) + 1;
        let moved = match &self.advance {
            Some(advance) => advance(ms).await,
            None => Ok(()),
        };
        let mut state = self.lock();
        if moved.is_ok() {
            state.advanced += Duration::from_millis(ms);
        }
        let now = Moment(now.0.saturating_add(ms.saturating_mul(1_000_000)));
        // Where moving failed everybody is woken all the same: a run must not hang on a broken clock.
        while let Some(entry) = state.waiting.first_entry() {
            if moved.is_ok() && entry.key().0 > now {
                break;
            }
            let _ = entry.remove().send(());
            state.active += 1;
        }
        moved
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A scenario under way.
pub struct Active {
    clock: Option<Arc<Clock>>,
}

impl Active {
    /// The scenario is over; others that wait may go on.
    ///
    /// # Errors
    /// What the target says where its clock can't be moved.
    pub async fn leave(mut self) -> Result<(), Halt> {
        let Some(clock) = self.clock.take() else { return Ok(()) };
        {
            let mut state = clock.lock();
            state.active = state.active.saturating_sub(1);
        }
        if clock.movable() { clock.move_on().await } else { Ok(()) }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if let Some(clock) = self.clock.take() {
            let mut state = clock.lock();
            state.active = state.active.saturating_sub(1);
        }
    }
}
