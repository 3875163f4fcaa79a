//! One run against one target: what all its scenarios share, from the first request to the last line of the record.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::logs::Logs;
use super::signals::Endpoint;
use super::{
    Admin, Budget, Cancel, Clock, Halt, Issuers, Journal, Locks, Recorder, Slots, Stage, Values,
    Vault, Wallet, start,
};
use crate::history::{Begin, Line, Obligation};
use crate::model::{AskedControl, Facts, Moment, Place, RanBy, Seeded, Shard, Waivers};
use crate::plan::{Declared, Overlay, Scripts, Touches};

/// What a run needs to start.
#[derive(Clone)]
pub struct RunInputs {
    /// Target and recipe.
    pub declared: Arc<Declared>,
    /// What the command adds for the embedded reference system.
    pub overlay: Overlay,
    /// Scripts by name.
    pub scripts: Arc<Scripts>,
    /// The run folder. It exists; `history.jsonl` and `undo.jsonl` do not.
    pub folder: PathBuf,
    /// Name of the run.
    pub run: String,
    /// Scenarios that send requests at once. One that waits does not count.
    pub concurrency: usize,
    /// What names of subjects and roles follow from, where that was asked for.
    pub seed: Option<u64>,
    /// No scenario waits longer than this for one bound or expiry, in real time.
    pub longest_wait: Duration,
    /// Who ran recant; only for the record.
    pub by: Option<RanBy>,
    /// What is waived; only for the record.
    pub waivers: Waivers,
    /// Controls that the run is to give evidence for; only for the record.
    pub controls: Vec<AskedControl>,
    /// The part that this is of the run of its plan; only for the record.
    pub shard: Option<Shard>,
}

/// A script under way or driven.
pub(super) type Driven = Shared<BoxFuture<'static, Result<(), Halt>>>;

/// A run under way.
pub struct Run {
    pub(super) name: String,
    pub(super) declared: Arc<Declared>,
    pub(super) begin: Arc<Begin>,
    /// The target's wall time of moment zero, nanoseconds since 1970.
    pub(super) zero: i128,
    pub(super) longest_wait: Duration,
    pub(super) recorder: Arc<Recorder>,
    pub(super) journal: Journal,
    pub(super) vault: Arc<Vault>,
    pub(super) base: Values,
    pub(super) http: super::HttpClient,
    pub(super) issuers: Issuers,
    pub(super) wallet: Wallet,
    pub(super) logs: Logs,
    pub(super) admin: Arc<Admin>,
    pub(super) clock: Arc<Clock>,
    pub(super) pages: super::Pages,
    /// Where recant is pushed to, where the target file says so.
    pub(super) endpoint: Option<Endpoint>,
    /// Where recant is told of logouts, where the target file says so.
    pub(super) logouts: Option<Endpoint>,
    pub(super) slots: Slots,
    pub(super) locks: Locks,
    pub(super) budget: Budget,
    pub(super) cancel: Cancel,
    /// Undoing has slots of its own: it must not wait for scenarios.
    pub(super) undoing: Arc<Semaphore>,
    pub(super) scripts: Arc<Scripts>,
    pub(super) driven: Mutex<HashMap<String, Driven>>,
    pub(super) cleanups: Mutex<Vec<JoinHandle<()>>>,
    pub(super) unrestored: Mutex<Vec<String>>,
    pub(super) names: AtomicU64,
    pub(super) seed: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finish {
    /// Changes that could not be undone, for people. `recant restore` can try again.
    pub unrestored: Vec<String>,
}

impl Run {
    /// Resolves secrets, finds the issuers' endpoints and writes the first line of the record.
    ///
    /// # Errors
    /// `Halt::Broken` where a secret can't be resolved, the target can't be reached or the run folder can't be written.
    pub async fn start(inputs: RunInputs) -> Result<Arc<Self>, Halt> {
        start::start(inputs).await
    }

    /// What the target declares, as the judge sees it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.begin.facts
    }

    /// The first line of the record: what every obligation is judged against.
    #[must_use]
    pub fn begin(&self) -> &Arc<Begin> {
        &self.begin
    }

    /// The record.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Now, in target time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// A scenario instance that alters its own subjects only.
    pub fn stage(self: &Arc<Self>, instance: &str) -> Stage {
        Stage::new(self.clone(), instance, Touches::Subjects)
    }

    /// A scenario instance that runs alone, because it alters what others use too.
    pub fn stage_alone(self: &Arc<Self>, instance: &str) -> Stage {
        Stage::new(self.clone(), instance, Touches::Issuer)
    }

    /// Drives a script, once per run: who comes later waits for it and gets the same answer. The caller must not
    /// hold a slot (see `Stage::rest`). An unmet script is in the record as such.
    ///
    /// # Errors
    /// Why the script could not be driven to its end.
    pub async fn script(self: &Arc<Self>, name: &str) -> Result<(), Halt> {
        let driven = lock(&self.driven)
            .entry(name.to_owned())
            .or_insert_with(|| {
                // A task of its own: a caller that goes away must not leave others with half a script.
                let (run, script) = (self.clone(), name.to_owned());
                let task = tokio::spawn(async move { run.drive(&script).await });
                let (run, script) = (Arc::downgrade(self), name.to_owned());
                let driven = async move {
                    task.await.unwrap_or_else(|e| {
                        let why = format!("it ended early: {e}");
                        run.upgrade().map_or(Ok(()), |run| run.unmet(&script, &why))?;
                        Err(Halt::Broken(why))
                    })
                };
                driven.boxed().shared()
            })
            .clone();
        driven.await
    }

    async fn drive(self: &Arc<Self>, name: &str) -> Result<(), Halt> {
        let script = self.scripts.script(name);
        let scenario = script.map(|s| s.scenario.clone());
        let mut stage = match &scenario {
            Some(s) if s.touches == Touches::Issuer => self.stage_alone(name),
            _ => self.stage(name),
        };
        let driven = match scenario {
            None => Err(Halt::Unmet(format!("there is no scenario `{name}`"))),
            Some(scenario) => stage.script_steps(&scenario).await,
        };
        if let Err(halt) = &driven {
            self.recorder.unmet(name, &halt.to_string())?;
        }
        let finished = stage.finish().await;
        driven.and(finished)
    }

    /// The lines of a scenario instance so far.
    #[must_use]
    pub fn lines_of(&self, instance: &str) -> Vec<Line> {
        self.recorder.lines_of(instance)
    }

    /// Records an obligation; `upto` is filled in.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn obligation(&self, obligation: Obligation) -> Result<Obligation, Halt> {
        self.recorder.obligation(obligation)
    }

    /// Records that a scenario instance could not be carried out.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt> {
        self.recorder.unmet(instance, because)
    }

    /// Records that a scenario of a feature came to its end.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt> {
        self.recorder.ran(scenario, place, halted)
    }

    /// Stops all scenarios as soon as they can. Undoing goes on.
    pub fn interrupt(&self) {
        self.cancel.interrupt();
    }

    /// True after `interrupt`.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.cancel.is_interrupted()
    }

    /// Waits for `interrupt`.
    pub async fn interrupted(&self) {
        self.cancel.interrupted().await;
    }

    /// Waits until everything that stages left behind is undone, and writes the last line. Call it when no stage is
    /// used any more.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub async fn finish(&self, interrupted: bool) -> Result<Finish, Halt> {
        // A script may still be on its way to its end after an interrupt.
        let driven: Vec<_> = lock(&self.driven).values().cloned().collect();
        for script in driven {
            // How it ended is in the record.
            let _ = script.await;
        }
        loop {
            let Some(cleanup) = lock(&self.cleanups).pop() else { break };
            if let Err(e) = cleanup.await {
                lock(&self.unrestored).push(format!("undoing ended early: {e}"));
            }
        }
        let unrestored = lock(&self.unrestored).clone();
        let count = u32::try_from(unrestored.len()).unwrap_or(u32::MAX);
        self.recorder.end(interrupted, count)?;
        Ok(Finish { unrestored })
    }

    /// Where transmitters push to.
    pub(super) fn endpoint(&self) -> Result<&Endpoint, Halt> {
        let unmet = || Halt::Unmet("the target does not provide `signal-push`".to_owned());
        self.endpoint.as_ref().ok_or_else(unmet)
    }

    /// Where the issuer tells a client of logouts.
    pub(super) fn logout_endpoint(&self) -> Result<&Endpoint, Halt> {
        let unmet = || Halt::Unmet("the target does not provide `signal-logout`".to_owned());
        self.logouts.as_ref().ok_or_else(unmet)
    }

    /// A name that was never used before.
    pub(super) fn fresh(&self, what: &str) -> String {
        let n = self.names.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(seed) = self.seed else { return format!("recant-{}-{what}{n}", self.name) };
        // Names that sort, begin and end in other ways: none of them may matter.
        let mut seeded = Seeded::new(seed, &format!("{what}{n}"));
        format!("recant-{}-{}-{what}{n}{}", seeded.word(), self.name, seeded.word())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
