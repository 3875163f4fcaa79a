//! Locks between scenarios: who touches the issuer runs alone, and a subject of the pool has one user at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, Semaphore};
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError};

use super::{Cancel, Halt};
use crate::plan::Touches;

/// The locks of a run. Both queues are first come, first served, so that nobody starves.
#[derive(Clone)]
pub struct Locks {
    issuer: Arc<RwLock<()>>,
    pool: Pool,
}

/// What a scenario holds of the issuer.
#[derive(Debug)]
pub enum Hold {
    /// Others run beside it.
    Shared(OwnedRwLockReadGuard<()>),
    /// It runs alone.
    Alone(OwnedRwLockWriteGuard<()>),
}

/// Existing subjects that scenarios borrow.
#[derive(Clone)]
struct Pool {
    size: usize,
    free: Arc<Mutex<Vec<String>>>,
    count: Arc<Semaphore>,
}

/// A borrowed subject; it goes back when this is dropped.
pub struct Lease {
    /// Its name.
    pub subject: String,
    pool: Pool,
    _permit: OwnedSemaphorePermit,
}

impl Locks {
    /// Locks over a pool of existing subjects (which may be empty).
    #[must_use]
    pub fn new(pool: &[String]) -> Self {
        let free: Vec<_> = pool.iter().rev().cloned().collect();
        let count = Arc::new(Semaphore::new(free.len()));
        let pool = Pool { size: free.len(), free: Arc::new(Mutex::new(free)), count };
        Self { issuer: Arc::default(), pool }
    }

    /// Waits until the issuer is there for the scenario in the way it needs.
    ///
    /// # Errors
    /// `Halt::Interrupted`.
    pub async fn issuer(&self, touches: Touches, cancel: &Cancel) -> Result<Hold, Halt> {
        let lock = self.issuer.clone();
        match touches {
            Touches::Subjects => cancel.race(lock.read_owned()).await.map(Hold::Shared),
            Touches::Issuer => cancel.race(lock.write_owned()).await.map(Hold::Alone),
        }
    }

    /// Waits for so many subjects of the pool at once: taking them one by one, two scenarios would wait for each
    /// other for ever.
    ///
    /// # Errors
    /// `Halt::Unmet` where the pool never has so many, `Halt::Interrupted`.
    pub async fn lease(&self, many: usize, cancel: &Cancel) -> Result<Vec<Lease>, Halt> {
        if many > self.pool.size {
            return Err(Halt::Unmet(format!(
                "{many} subjects are needed at once; the recipe can't create any and the target's pool has {}",
                self.pool.size
            )));
        }
        let all = u32::try_from(many).unwrap_or(u32::MAX);
        let mut permit = match self.pool.count.clone().try_acquire_many_owned(all) {
            Err(TryAcquireError::NoPermits) => {
                let wait = self.pool.count.clone().acquire_many_owned(all);
                cancel.race(wait).await?.map_err(|_| Halt::Interrupted)?
            }
            other => other.map_err(|_| Halt::Interrupted)?,
        };
        Ok((0..many).filter_map(|_| self.pool.lend(permit.split(1)?)).collect())
    }

    /// One more subject, if there is one right now.
    ///
    /// # Errors
    /// `Halt::Unmet` where there is none.
    pub fn lease_now(&self) -> Result<Option<Lease>, Halt> {
        match self.pool.count.clone().try_acquire_owned() {
            Ok(permit) => Ok(self.pool.lend(permit)),
            Err(_) => Err(Halt::Unmet("the pool has no further subject now".to_owned())),
        }
    }
}

impl Pool {
    fn lend(&self, permit: OwnedSemaphorePermit) -> Option<Lease> {
        let subject = self.lock().pop()?;
        Some(Lease { subject, pool: self.clone(), _permit: permit })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let subject = std::mem::take(&mut self.subject);
        self.pool.lock().push(subject);
    }
}
