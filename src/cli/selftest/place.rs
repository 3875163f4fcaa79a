//! What all runs of a selftest share: a folder that goes away, threads, and an ear for interruptions.

use std::num::NonZero;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use super::{stop, sweep};
use crate::cli::run_lock::{self, RunLock};
use crate::error::Error;

/// Runs side by side for each core: a run waits now and then.
const PER_CORE: usize = 2;

/// Where runs are made.
pub struct Place {
    /// Goes away with this, unless it is kept.
    pub folder: TempDir,
    /// Held as long as runs are made in it.
    _lock: RunLock,
    /// Where the tasks of all runs run.
    pub runtime: Runtime,
    /// Cancelled where the runs are to end.
    pub stop: CancellationToken,
}

impl Place {
    /// Makes the folder, starts the threads, and listens for signals.
    ///
    /// # Errors
    /// Where one of these can't be had.
    pub fn make() -> Result<Self, Error> {
        let broken = |what: &str, e: std::io::Error| Error::Broken(format!("{what}: {e}"));
        let folder = tempfile::Builder::new().prefix(sweep::PREFIX).tempdir();
        let folder = folder.map_err(|e| broken("no temporary folder can be made", e))?;
        let lock = RunLock::take(folder.path())?;
        sweep::clear_beside(folder.path());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|e| broken("no threads can be started", e))?;
        let stop = runtime.block_on(async { stop::listen(folder.path().to_owned()) })?;
        Ok(Self { folder, _lock: lock, runtime, stop })
    }

    /// Who makes the runs: so many at once. `keeps` says whether the folder of a run stays that was not as it should be.
    #[must_use]
    pub fn crew(&self, jobs: Option<u16>, seed: Option<u64>, keeps: bool) -> Crew<'_> {
        Crew {
            jobs: jobs.map_or_else(at_once, usize::from),
            seed,
            runtime: self.runtime.handle(),
            within: self.folder.path(),
            keeps,
            stop: &self.stop,
        }
    }
}

/// Lets a folder stay for people to look into: no later selftest clears it away.
#[must_use]
pub fn keep(folder: TempDir) -> PathBuf {
    let folder = folder.keep();
    // without the lock's file it is nobody's but theirs
    let _ = std::fs::remove_file(folder.join(run_lock::FILE));
    folder
}

/// Runs side by side where nobody says how many.
#[must_use]
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).saturating_mul(PER_CORE)
}
