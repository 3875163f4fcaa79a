//! Target time. Where a target's clock can be moved, a run waits without waiting: when every scenario that is under way
//! waits, the clock is advanced to the earliest deadline. Time then only jumps while nothing is in flight, so that
//! no request straddles a jump. Whoever waits for a lock or for another scenario is not under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::Halt;
use crate::model::Moment;

/// Advances the target's clock by milliseconds, at a moment.
pub type Advance = Box<dyn Fn(u64, Moment) -> BoxFuture<'static, Result<(), Halt>> + Send + Sync>;

/// Target time of a run.
pub struct Clock {
    origin: Instant,
    state: Mutex<State>,
    still: Notify,
    advance: Option<Advance>,
    /// Real time that passes between something that was done to the target and the next move of its clock.
    settles: Duration,
}

#[derive(Default)]
struct State {
    advanced: Duration,
    /// When something was done to the target last.
    stirred: Option<Instant>,
    /// Scenarios under way that do not wait.
    active: usize,
    moving: bool,
    /// Why the clock can't be moved (any more).
    broken: Option<Halt>,
    next: u64,
    waiting: BTreeMap<(Moment, u64), oneshot::Sender<Result<Active, Halt>>>,
}

impl Clock {
    /// A clock that starts now. `advance` is given where the target's clock can be moved.
    #[must_use]
    pub fn new(advance: Option<Advance>) -> Self {
        Self::starting(Instant::now(), advance)
    }

    /// The same, with the instant of moment zero.
    #[must_use]
    pub fn starting(origin: Instant, advance: Option<Advance>) -> Self {
        let (state, still, settles) = (Mutex::default(), Notify::new(), Duration::ZERO);
        Self { origin, state, still, advance, settles }
    }

    /// The same for a target that needs so much real time to bring to its parts what was done, however far its clock is moved.
    #[must_use]
    pub fn settling(self, settles: Duration) -> Self {
        Self { settles, ..self }
    }

    /// Something was done to the target just now.
    pub fn stirred(&self) {
        self.lock().stirred = Some(Instant::now());
    }

    /// True where waiting costs no time.
    #[must_use]
    pub fn movable(&self) -> bool {
        self.advance.is_some()
    }

    /// Now, in target time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.moment(Instant::now())
    }

    /// The target time of an instant since the clock was last moved.
    #[must_use]
    pub fn at(&self, instant: std::time::Instant) -> Moment {
        self.moment(Instant::from_std(instant))
    }

    fn moment(&self, instant: Instant) -> Moment {
        let real = instant.saturating_duration_since(self.origin);
        Moment(u64::try_from((real + self.lock().advanced).as_nanos()).unwrap_or(u64::MAX))
    }

    /// A scenario is under way from here until `Active` is dropped: the clock is not moved meanwhile.
    pub async fn enter(self: &Arc<Self>) -> Active {
        loop {
            let mut still = std::pin::pin!(self.still.notified());
            still.as_mut().enable();
            {
                let mut state = self.lock();
                if !state.moving {
                    state.active += 1;
                    return Active { clock: Some(self.clone()) };
                }
            }
            still.await;
        }
    }

    /// Waits until target time has come. The scenario is not under way while it waits, and is again afterwards.
    /// Dropping the future before its end leaves the scenario not under way.
    ///
    /// # Errors
    /// What the target says where its clock can't be moved.
    pub async fn sleep_until(
        self: &Arc<Self>,
        active: Active,
        deadline: Moment,
    ) -> Result<Active, Halt> {
        let now = self.now();
        if deadline <= now {
            return Ok(active);
        }
        if !self.movable() {
            tokio::time::sleep(Duration::from_nanos(deadline.0 - now.0)).await;
            return Ok(active);
        }
        let (tell, mut told) = oneshot::channel();
        let key = {
            let mut state = self.lock();
            if let Some(why) = &state.broken {
                return Err(why.clone());
            }
            state.next += 1;
            let key = (deadline, state.next);
            state.waiting.insert(key, tell);
            key
        };
        drop(active);
        // While others are busy the clock is not moved, and real time may get there first.
        tokio::select! {
            biased;
            woken = &mut told => return woken.unwrap_or(Err(Halt::Interrupted)),
            () = tokio::time::sleep(Duration::from_nanos(deadline.0 - now.0)) => {}
        }
        let still_waiting = self.lock().waiting.remove(&key).is_some();
        if still_waiting {
            Ok(self.enter().await)
        } else {
            told.await.unwrap_or(Err(Halt::Interrupted))
        }
    }

    /// Starts to move the clock to the earliest deadline if nobody is under way and somebody waits.
    fn nudge(self: &Arc<Self>) {
        // A task of its own: moving must come to its end even where the scenario that caused it is dropped.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let clock = self.clone();
        let mut state = self.lock();
        state.waiting.retain(|_, tell| !tell.is_closed());
        if state.active > 0 || state.moving {
            return;
        }
        let Some((due, _)) = state.waiting.keys().next().copied() else { return };
        let settled = state.stirred.map(|at| at + self.settles);
        if let Some(settled) = settled.filter(|at| *at > Instant::now()) {
            // Meanwhile real time may bring somebody's deadline, so that nothing is decided yet.
            drop(runtime.spawn(async move {
                tokio::time::sleep_until(settled).await;
                clock.nudge();
            }));
            return;
        }
        state.stirred = None;
        // With the deadline: whoever's real time comes before it was moved is in front of it, and not passed over.
        state.moving = true;
        drop(runtime.spawn(async move { clock.move_on(due).await }));
    }

    /// Moves the clock and wakes whoever's time has come.
    async fn move_on(self: Arc<Self>, due: Moment) {
        // Rounded up to whole milliseconds, plus one: a deadline is never missed by a rounding.
        let ms = match due.0.saturating_sub(self.now().0) {
            0 => 0,
            ns => ns.div_ceil(1_000_000) + 1,
        };
        let moved = match &self.advance {
            Some(advance) if ms > 0 => advance(ms, self.now()).await,
            _ => Ok(()),
        };
        let mut woken = Vec::new();
        {
            let mut state = self.lock();
            state.moving = false;
            match &moved {
                Ok(()) => state.advanced += Duration::from_millis(ms),
                Err(why) => state.broken = Some(why.clone()),
            }
            // Where moving failed everybody is woken all the same: a run must not hang on a broken clock.
            while let Some(entry) = state.waiting.first_entry() {
                if moved.is_ok() && entry.key().0 > due {
                    break;
                }
                woken.push(entry.remove());
                state.active += 1;
            }
        }
        self.still.notify_waiters();
        for tell in woken {
            let active = Active { clock: Some(self.clone()) };
            // A waiter that is gone gives its `Active` back here, by dropping it.
            drop(tell.send(moved.clone().map(|()| active)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A scenario under way.
pub struct Active {
    clock: Option<Arc<Clock>>,
}

impl Drop for Active {
    fn drop(&mut self) {
        if let Some(clock) = self.clock.take() {
            {
                let mut state = clock.lock();
                state.active = state.active.saturating_sub(1);
            }
            if clock.movable() {
                clock.nudge();
            }
        }
    }
}
