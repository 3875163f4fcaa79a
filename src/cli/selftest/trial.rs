//! One run of the shipped suite against one system, as `recant run` has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::compare::{Compared, classes, compare};
use crate::cli::agreed::Agreed;
use crate::cli::embedded::Embedded;
use crate::cli::flow::{self, Flow};
use crate::cli::intended::{Asked, intended, target};
use crate::cli::reports::Reports;
use crate::cli::run_folder;
use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::reference::{Fault, FaultEntry};
use crate::report::Report;
use crate::suite::Silent;

/// Requests that a run has under way at once: what `recant run` takes by itself.
const CONCURRENCY: u16 = 8;

/// A run to be made.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The faults, none for the healthy system.
    pub faults: Vec<Fault>,
    /// The round, from 1.
    pub round: usize,
    /// What orders and names follow from.
    pub seed: Option<u64>,
}

/// A run that was made.
#[derive(Debug, Clone)]
pub struct Done {
    /// Which.
    pub trial: Trial,
    /// How it came out.
    pub came: Came,
    /// When it began.
    pub began: Instant,
    /// How long it took.
    pub took: Duration,
    /// Its folder, which is kept where something was wrong.
    pub folder: Option<PathBuf>,
}

/// How a run came out.
#[derive(Debug, Clone)]
pub enum Came {
    /// It was judged.
    Judged(Compared),
    /// It could not be done.
    Broken(String),
    /// It was interrupted, or never begun because of that.
    Interrupted,
}

impl Trial {
    /// What `faults.toml` says of the faults.
    #[must_use]
    pub fn entries(&self) -> Vec<&'static FaultEntry> {
        self.faults.iter().filter_map(|fault| fault.entry()).collect()
    }

    /// `mu-01 refresh-copies-claims`, `healthy`, or two faults with a plus between them.
    #[must_use]
    pub fn name(&self) -> String {
        let entries = self.entries();
        let names: Vec<_> = entries.iter().map(|e| format!("{} {}", e.id, e.name)).collect();
        let name = if names.is_empty() { "healthy".to_owned() } else { names.join(" + ") };
        self.seed.map_or_else(|| name.clone(), |seed| format!("{name}, seed {seed}"))
    }

    /// Makes the run, in a folder of its own below `within`, which stays where something was wrong and `keeps` says so.
    pub async fn run(self, within: &Path, keeps: bool, stop: &CancellationToken) -> Done {
        let began = Instant::now();
        let ids: Vec<_> = self.entries().iter().map(|e| e.id.as_str()).collect();
        let system = if ids.is_empty() { "healthy".to_owned() } else { ids.join("-") };
        let folder = within.join(format!("{}-{system}", self.round));
        let came = match self.report(&folder, stop).await {
            _ if stop.is_cancelled() => Came::Interrupted,
            Ok(report) if report.result == Exit::Interrupted => Came::Interrupted,
            Ok(report) => Came::Judged(self.compared(&report)),
            Err(Error::Problems(problems)) => Came::Broken(render_problems(&problems, false)),
            Err(Error::Broken(why) | Error::Nothing(why)) => Came::Broken(why),
        };
        let keep = keeps
            && match &came {
                Came::Judged(seen) => !seen.wrong.is_empty(),
                Came::Broken(_) => true,
                Came::Interrupted => false,
            };
        if !keep {
            // What is left goes with the folder around it.
            let _ = std::fs::remove_dir_all(&folder);
        }
        Done { trial: self, came, began, took: began.elapsed(), folder: keep.then_some(folder) }
    }

    /// The healthy system must be clean in each class that it declares, not only where something happened to be judged.
    fn compared(&self, report: &Report) -> Compared {
        let mut seen = compare(report, &self.entries());
        if self.faults.is_empty() {
            seen.classes = classes(report, &declared_classes());
            let dirty = seen.classes.iter().filter(|(_, clean)| !**clean);
            seen.wrong
                .extend(dirty.map(|(class, _)| format!("not clean: services of class {class}")));
        }
        seen
    }

    async fn report(&self, folder: &Path, stop: &CancellationToken) -> Result<Report, Error> {
        let embedded = Embedded::new(self.faults.clone());
        let overlay = embedded.overlay();
        let agreed = Agreed::default();
        let asked = Asked { target: None, tags: None, paths: &[], agreed: &agreed, shard: None };
        let intended = intended(asked, &overlay)?;
        let folder = run_folder::make(Some(folder))?;
        let flow = Flow {
            intended,
            embedded: Some(embedded),
            overlay,
            folder: &folder,
            tags: None,
            concurrency: CONCURRENCY,
            seed: self.seed,
            by: None,
            signer: None,
        };
        let over = CancellationToken::new();
        let _over = over.clone().drop_guard();
        let drive = flow.drive(Box::new(Silent), |run| {
            let (run, stop) = (run.clone(), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => run.interrupt(),
                    () = over.cancelled() => {}
                }
            });
        });
        let tally = drive.await?;
        let (report, written) = flow::judged(&folder, &tally, &Reports::default())?;
        written.map(|()| report)
    }
}

/// Service classes of the reference system, by service.
fn declared_classes() -> BTreeMap<String, String> {
    let Ok(declared) = target(None, &Embedded::new(Vec::new()).overlay()) else {
        return BTreeMap::from([(String::new(), "that can't be read".to_owned())]);
    };
    let word = |class| serde_json::to_value(class).ok()?.as_str().map(str::to_owned);
    let services = declared.target.service.iter();
    services.map(|(name, s)| (name.clone(), word(s.class).unwrap_or_default())).collect()
}
