//! A run from what is intended to its judged record on disk, as `recant run` and `recant selftest` both have it. Prints nothing.

use std::sync::Arc;

use super::embedded::Embedded;
use super::intended::{Intended, target};
use super::reports::Reports;
use super::run_folder::RunFolder;
use super::undo;
use crate::calibration;
use crate::drive::{Halt, LONGEST_WAIT, Run, RunInputs};
use crate::error::Error;
use crate::model::RanBy;
use crate::plan::{DeclaredException, Overlay, PlanRecord};
use crate::report::{self, Record, Report, atomic};
use crate::suite::{self, Limits, Live, Progress, Tally};

/// A run that is about to begin.
pub struct Flow<'a> {
    /// Target, scripts and suite, checked.
    pub intended: Intended,
    /// The built-in reference system, where it is the target.
    pub embedded: Option<Embedded>,
    /// What the target file needs besides itself.
    pub overlay: Overlay,
    /// Where it is recorded.
    pub folder: &'a RunFolder,
    /// The tag expression that selected scenarios.
    pub tags: Option<String>,
    /// Scenarios that send requests at once.
    pub concurrency: u16,
    /// What orders and names follow from.
    pub seed: Option<u64>,
    /// Who ran recant.
    pub by: Option<RanBy>,
    /// The id of the key that signs the record afterwards.
    pub signer: Option<String>,
}

impl Flow<'_> {
    /// Everything that happens on sockets, from the first request to the last line of the record. `begun` is handed
    /// the run before anything is changed, so that it can be interrupted. The future does not leave its thread.
    ///
    /// # Errors
    /// What kept recant from doing its job.
    pub async fn drive(
        mut self,
        progress: Box<dyn Progress>,
        begun: impl FnOnce(&Arc<Run>),
    ) -> Result<Tally, Error> {
        let reference = match &self.embedded {
            Some(embedded) => Some(embedded.start(&mut self.overlay).await?),
            None => None,
        };
        if reference.is_some() {
            // Its address is only known now.
            self.intended.declared = target(None, &self.overlay).map_err(Error::Problems)?;
        }
        if let Some(seed) = self.seed {
            self.intended.suite = self.intended.suite.shuffled(seed);
        }
        write_plan(&self)?;
        let Intended { declared, scripts, suite, waivers, controls, shard, .. } = self.intended;
        let (declared, scripts) = (Arc::new(declared), Arc::new(scripts));
        let run = Run::start(RunInputs {
            declared: declared.clone(),
            overlay: self.overlay,
            scripts: scripts.clone(),
            folder: self.folder.path.clone(),
            run: self.folder.run.clone(),
            concurrency: usize::from(self.concurrency),
            seed: self.seed,
            longest_wait: LONGEST_WAIT,
            by: self.by,
            waivers,
            controls,
            shard,
        })
        .await
        .map_err(broken)?;
        begun(&run);
        let live = Arc::new(Live::new(run.clone(), declared, scripts));
        let tally = suite::run(live, Arc::new(suite), Limits::default(), progress).await;
        // Undoing comes before anything else that may go wrong.
        let finish = run.finish(run.is_interrupted() && tally.broken.is_none()).await;
        if let Some(reference) = reference {
            reference.stop().await;
        }
        finish.map_err(broken)?;
        match &tally.broken {
            Some(why) => Err(Error::Broken(why.clone())),
            None => Ok(tally),
        }
    }
}

/// Judges the record from disk, exactly as `recant judge` does later, and writes the reports: those that were asked for, then
/// those of the folder, whose manifest names all files. The second result says whether all that were asked for are written.
///
/// # Errors
/// Where the record can't be read or is not what was watched, and where the folder's reports can't be written.
pub fn judged(
    folder: &RunFolder,
    tally: &Tally,
    reports: &Reports,
) -> Result<(Report, Result<(), Error>), Error> {
    let record = Record::open(&folder.path).map_err(Error::Broken)?;
    if record.view.ran.len() as u64 != tally.ended {
        return Err(Error::Broken(format!(
            "{} scenarios came to an end, but the record has {}: please report this",
            tally.ended,
            record.view.ran.len()
        )));
    }
    let findings = record.judge();
    let report = record.report(&findings, &undo(&folder.path, &record)?);
    let written = reports.write(&folder.path, &report, &record.views());
    let shown = folder.path.display();
    report::write(&folder.path, &report, record.views())
        .map_err(|e| Error::Broken(format!("{shown}: the reports can't be written: {e}")))?;
    Ok((report, written))
}

fn write_plan(flow: &Flow<'_>) -> Result<(), Error> {
    let Flow { intended, folder, .. } = flow;
    let declared = &intended.declared;
    let target = &declared.target;
    let plan = PlanRecord {
        version: 1,
        run: folder.run.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        planned: jiff::Timestamp::now().to_string(),
        command: std::env::args().collect(),
        by: flow.by.clone(),
        signer: flow.signer.clone(),
        target: target.target.name.clone(),
        target_version: target.target.version.clone(),
        target_file: declared.file.clone(),
        environment: target.target.environment.clone(),
        profile: target.target.profile,
        bounds: declared.bounds(),
        owners: target.owner.clone(),
        absent: target.absent.clone(),
        exceptions: target.exception.iter().map(DeclaredException::fact).collect(),
        waivers: intended.waivers.clone(),
        controls: intended.controls.clone(),
        shard: intended.shard.clone(),
        shards: Vec::new(),
        faults: flow.embedded.as_ref().map(Embedded::names).unwrap_or_default(),
        tls_verified: target.http.verify_tls,
        seed: flow.seed,
        sources: calibration::sources().to_owned(),
        digests: intended.digests(),
        tags: flow.tags.clone(),
        paths: intended.suite.paths.clone(),
        scenarios: intended.planned.clone(),
    };
    let path = folder.path.join("plan.json");
    let broken = |e: std::io::Error| Error::Broken(format!("{}: {e}", path.display()));
    let text = serde_json::to_vec_pretty(&plan).map_err(|e| broken(e.into()))?;
    atomic::write(&path, &text).map_err(broken)
}

fn broken(halt: Halt) -> Error {
    Error::Broken(match halt {
        Halt::Broken(why) | Halt::Unmet(why) | Halt::Absent(why) => why,
        Halt::Interrupted => "interrupted before it began".to_owned(),
    })
}
