//! The record of a run as it lies in its folder: plan and history, whole or cut off, never altered. From it the report is
//! made again, without the target.

use std::path::Path;

use super::{Evidence, HistoryNamed, Report, Undo, Views, build, manifest_of, merged, read_json};
use crate::calibration::{self, Calibration};
use crate::controls::Frameworks;
use crate::history::{self, Integrity, View};
use crate::judge::{self, Finding};
use crate::model::Verdict;
use crate::plan::PlanRecord;
use crate::requirements::Catalog;

/// Plan and history of a run; of a merged run the records of its shards.
#[derive(Debug, Clone)]
pub struct Record {
    /// What was intended.
    pub plan: PlanRecord,
    /// What happened, joined. Of a merged run: without ops, which are those of its shards.
    pub view: View,
    /// Lines and head of the chain.
    pub history: HistoryNamed,
    /// Where the history stops, if it stops too early.
    pub cut_off: Option<String>,
    /// The shards of a merged run, in order.
    pub shards: Vec<ShardRecord>,
}

/// The record of one shard of a merged run.
#[derive(Debug, Clone)]
pub struct ShardRecord {
    /// Its number.
    pub number: u32,
    /// As it was written.
    pub record: Record,
}

impl Record {
    /// Reads `plan.json` and `history.jsonl` and makes sure that they are what was written: every link of the chain, and
    /// head and digests where there is a manifest.
    ///
    /// # Errors
    /// One sentence that says what is missing, damaged or altered. There is no verdict on such a record.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let plan = plan(folder)?;
        if plan.shards.is_empty() { Self::of(folder, plan) } else { merged::open(folder, plan) }
    }

    /// Opens the record of a run that is not merged.
    ///
    /// # Errors
    /// As those of [`Record::open`], and where the run is merged.
    pub fn open_one(folder: &Path) -> Result<Self, String> {
        let plan = plan(folder)?;
        if !plan.shards.is_empty() {
            return Err("it is a merged run, not one by itself".into());
        }
        Self::of(folder, plan)
    }

    fn of(folder: &Path, plan: PlanRecord) -> Result<Self, String> {
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
        Ok(Self { plan, view, history, cut_off, shards: Vec::new() })
    }

    /// The histories, for looking up.
    #[must_use]
    pub fn views(&self) -> Views<'_> {
        if self.shards.is_empty() {
            return Views::from(&self.view);
        }
        Views::of_shards(self.shards.iter().map(|s| (s.number, &s.record.view)))
    }

    /// Judges the history; those of shards each by itself.
    #[must_use]
    pub fn judge(&self) -> Vec<Finding> {
        if !self.shards.is_empty() {
            return merged::judge(self);
        }
        judge::judge(Catalog::shipped(), &self.view)
    }

    /// The report of these findings.
    #[must_use]
    pub fn report(&self, findings: &[Finding], undo: &Undo) -> Report {
        let calibration = self.calibration(findings);
        let mut report = build(Evidence {
            plan: &self.plan,
            view: &self.view,
            history: &self.history,
            findings,
            undo,
            calibration: &calibration,
            catalog: Catalog::shipped(),
            frameworks: Frameworks::shipped(),
        });
        if !self.shards.is_empty() {
            merged::tell(&mut report, self, findings, undo);
        }
        report
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

fn plan(folder: &Path) -> Result<PlanRecord, String> {
    let plan: PlanRecord = read_json(&folder.join("plan.json"))?;
    if plan.version != 1 {
        return Err(format!("plan.json is of version {}, this recant reads 1", plan.version));
    }
    Ok(plan)
}

// The chain alone can't show that its tail was cut or its last line altered. A run that was killed has no manifest.
pub(super) fn against_manifest(folder: &Path, history: &HistoryNamed) -> Result<(), String> {
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
