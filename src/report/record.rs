//! The record of a run as it lies in its folder: plan and history, whole or cut off, never altered. From it the report is
//! made again, without the target.

use std::path::Path;

use super::{Evidence, HistoryNamed, Report, Undo, build, manifest_of, read_json};
use crate::calibration::{self, Calibration};
use crate::controls::Frameworks;
use crate::history::{self, Integrity, View};
use crate::judge::{self, Finding};
use crate::model::Verdict;
use crate::plan::PlanRecord;
use crate::requirements::Catalog;

/// Plan and history of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// What was intended.
    pub plan: PlanRecord,
    /// What happened, joined.
    pub view: View,
    /// Lines and head of the chain.
    pub history: HistoryNamed,
    /// Where the history stops, if it stops too early.
    pub cut_off: Option<String>,
}

impl Record {
    /// Reads `plan.json` and `history.jsonl` and makes sure that they are what was written: every link of the chain, and
    /// head and digests where there is a manifest.
    ///
    /// # Errors
    /// One sentence that says what is missing, damaged or altered. There is no verdict on such a record.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let plan: PlanRecord = read_json(&folder.join("plan.json"))?;
        if plan.version != 1 {
            return Err(format!("plan.json is of version {}, this recant reads 1", plan.version));
        }
        let path = folder.join("history.jsonl");
        let recorded =
            history::read(&path).map_err(|e| format!("{} can't be read: {e}", path.display()))?;
        let history = HistoryNamed::from(&recorded);
        let cut_off = match recorded.state {
            Integrity::Whole => None,
            Integrity::CutOff(why) => Some(why),
            Integrity::Broken { line, why } => {
                return Err(format!(
                    "{}: the chain is broken at line {line}: {why}",
                    path.display()
                ));
            }
        };
        let view = View::of(recorded.lines);
        let Some(begin) = &view.begin else {
            return Err(format!("{} has no first line: nothing was recorded", path.display()));
        };
        if begin.run != plan.run {
            return Err(format!(
                "plan.json is of the run {}, the history of {}",
                plan.run, begin.run
            ));
        }
        against_manifest(folder, &history)?;
        Ok(Self { plan, view, history, cut_off })
    }

    /// Judges the history.
    #[must_use]
    pub fn judge(&self) -> Vec<Finding> {
        judge::judge(Catalog::shipped(), &self.view)
    }

    /// The report of these findings.
    #[must_use]
    pub fn report(&self, findings: &[Finding], undo: &Undo) -> Report {
        let calibration = self.calibration(findings);
        build(Evidence {
            plan: &self.plan,
            view: &self.view,
            history: &self.history,
            findings,
            undo,
            calibration: &calibration,
            catalog: Catalog::shipped(),
            frameworks: Frameworks::shipped(),
        })
    }
}

impl Record {
    /// What the selftest said of the build that drove and judges this.
    fn calibration(&self, findings: &[Finding]) -> Calibration {
        let weighed = |f: &&Finding| match f.verdict {
            Verdict::Pass | Verdict::Bounded | Verdict::Fail => true,
            Verdict::Inconclusive | Verdict::NotApplicable => false,
        };
        let judged = findings.iter().filter(weighed).map(|f| f.requirement.as_str()).collect();
        let mut calibration = calibration::of_this_build(&judged).driven_by(&self.plan.sources);
        calibration.own_suite = !self.plan.paths.is_empty();
        calibration
    }
}

// The chain alone can't show that its tail was cut or its last line altered. A run that was killed has no manifest.
fn against_manifest(folder: &Path, history: &HistoryNamed) -> Result<(), String> {
    let Some(manifest) = manifest_of(folder)? else { return Ok(()) };
    if manifest.history_head != history.head {
        return Err("history.jsonl does not end as the manifest says: it was altered or cut".into());
    }
    let plan = folder.join("plan.json");
    let (size, sha256) =
        super::manifest::digest(&plan).map_err(|e| format!("{}: {e}", plan.display()))?;
    match manifest.files.iter().find(|e| e.path == "plan.json") {
        Some(listed) if (listed.size, &listed.sha256) != (size, &sha256) => {
            Err("plan.json is not the file that the manifest names: it was altered".into())
        }
        _ => Ok(()),
    }
}
