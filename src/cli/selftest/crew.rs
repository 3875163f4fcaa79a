//! Many runs side by side: rounds overlap, so that the last run of one does not keep the next one waiting.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::trial::{Came, Done, Trial};
use crate::reference::Fault;

/// One time through all systems.
#[derive(Debug, Default)]
pub struct Round {
    /// Its number, from 1.
    pub number: usize,
    /// The runs, the healthy system's first.
    pub runs: Vec<Done>,
    /// From the begin of the first run to the end of the last. Rounds overlap.
    pub took: Duration,
}

/// What all runs share.
pub struct Crew<'a> {
    /// Runs at once.
    pub jobs: usize,
    /// The seed of the first round, where each is to have its own; that of the next one is one more.
    pub seed: Option<u64>,
    /// Where their tasks run.
    pub runtime: &'a Handle,
    /// Where their folders are made.
    pub within: &'a Path,
    /// The folder of a run that was not as it should be stays.
    pub keeps: bool,
    /// Cancelled where they are to end.
    pub stop: &'a CancellationToken,
}

impl Crew<'_> {
    /// Makes all runs of all rounds; `told` hears of each run as it is done, and of each round when it and all before
    /// it are.
    ///
    /// # Errors
    /// The first that `told` has; then no more runs are begun.
    pub fn rounds<E>(
        &self,
        systems: &[Vec<Fault>],
        rounds: usize,
        mut told: impl FnMut(Told<'_>) -> Result<(), E>,
    ) -> Result<Vec<Round>, E> {
        let (next, last) = (AtomicUsize::new(0), systems.len() * rounds);
        let (send, done) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(last) {
                let (send, next) = (send.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= last {
                            break;
                        }
                        let (round, system) = (index / systems.len(), index % systems.len());
                        let seed = self.seed.map(|first| first.wrapping_add(round as u64));
                        let faults = systems[system].clone();
                        let trial = Trial { faults, round: round + 1, seed };
                        if send.send((index, self.one(trial))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            // Dropped on the way out, so that nobody begins another run for nothing.
            let done = done;
            let mut all: Vec<Option<Done>> = vec![None; last];
            let mut whole: Vec<Round> = Vec::new();
            for (count, (index, one)) in done.iter().enumerate() {
                told(Told::Run { done: &one, count: count + 1, of: last })?;
                all[index] = Some(one);
                while let Some(round) = taken(&mut all, whole.len(), systems.len()) {
                    told(Told::Round { round: &round, first: whole.first() })?;
                    whole.push(round);
                }
            }
            Ok(whole)
        })
    }

    /// A panic ends one run, not all.
    fn one(&self, trial: Trial) -> Done {
        let (began, of) = (Instant::now(), trial.clone());
        let none = |came| Done { trial: of, came, began, took: Duration::ZERO, folder: None };
        if self.stop.is_cancelled() {
            return none(Came::Interrupted);
        }
        let run = || self.runtime.block_on(trial.run(self.within, self.keeps, self.stop));
        catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_| none(Came::Broken("recant made a mistake".to_owned())))
    }
}

/// What is told while runs are made.
pub enum Told<'a> {
    /// A run is done, as so many of so many.
    Run {
        /// The run.
        done: &'a Done,
        /// How many are done.
        count: usize,
        /// How many there are.
        of: usize,
    },
    /// A round is done.
    Round {
        /// The round.
        round: &'a Round,
        /// The first of all, where this is another one.
        first: Option<&'a Round>,
    },
}

/// The round after so many, where all its runs are done.
fn taken(all: &mut [Option<Done>], before: usize, size: usize) -> Option<Round> {
    let runs = all.chunks_mut(size).nth(before)?;
    if runs.iter().any(Option::is_none) {
        return None;
    }
    let runs: Vec<Done> = runs.iter_mut().filter_map(Option::take).collect();
    let began = runs.iter().map(|d| d.began).min()?;
    let ended = runs.iter().map(|d| d.began + d.took).max()?;
    Some(Round { number: before + 1, runs, took: ended - began })
}
