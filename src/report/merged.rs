//! The record of a merged run: the records of its shards, each as it was written, judged each by itself and told together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{self, Record, ShardRecord};
use super::{
    Ending, HistoryNamed, MANIFEST, Observations, Operations, Report, ShardNamed, Undo, merkle,
};
use crate::history::View;
use crate::judge::{Finding, waived};
use crate::model::{MergedShard, hex};
use crate::plan::{Merge, PlanRecord};

/// The folder of a merged run that its shards lie in, each under its number.
pub const SHARDS: &str = "shards";

/// Where a shard lies in the folder of a merged run.
#[must_use]
pub fn folder_of(merged: &Path, number: u32) -> PathBuf {
    merged.join(SHARDS).join(number.to_string())
}

/// Opens the records of the shards that a plan names, and makes sure that they are those, each whole as it was merged, and all of one plan.
///
/// # Errors
/// One sentence that says what is missing, damaged or altered.
pub fn open(folder: &Path, plan: PlanRecord) -> Result<Record, String> {
    let mut shards = Vec::new();
    for named in &plan.shards {
        let record = open_shard(folder, named, &plan)
            .map_err(|why| format!("shard {}: {why}", named.number))?;
        shards.push(ShardRecord { number: named.number, record });
    }
    complete(&plan, &shards)?;
    let history = history(&shards);
    record::against_manifest(folder, &history)?;
    let cut_off = shards.iter().find_map(|s| Some((s.number, s.record.cut_off.as_ref()?)));
    let cut_off = cut_off.map(|(number, why)| format!("shard {number}: {why}"));
    let view = together(&plan, &shards);
    Ok(Record { plan, view, history, cut_off, shards })
}

fn open_shard(folder: &Path, named: &MergedShard, whole: &PlanRecord) -> Result<Record, String> {
    let folder = folder_of(folder, named.number);
    let manifest = folder.join(MANIFEST);
    let (_, sha256) =
        super::digest(&manifest).map_err(|e| format!("{}: {e}", manifest.display()))?;
    if sha256 != named.manifest {
        return Err("its manifest is not the one that was merged".into());
    }
    let record = Record::open_one(&folder)?;
    let Some(shard) = &record.plan.shard else { return Err("it is no shard of a run".into()) };
    if (shard.number, shard.of as usize) != (named.number, whole.shards.len()) {
        return Err(format!("it is shard {} by its own plan", shard.name()));
    }
    if record.view.begin.as_ref().is_none_or(|begin| begin.shard.as_ref() != Some(shard)) {
        return Err("its plan and its history do not agree on which shard it is".into());
    }
    if record.plan.run != named.run || record.history.head != named.history_head {
        return Err(format!("it is not the run {} that was merged", named.run));
    }
    Ok(record)
}

/// All shards are there, each once, of one plan, driven against what is declared alike; and the plan is that of them.
fn complete(plan: &PlanRecord, shards: &[ShardRecord]) -> Result<(), String> {
    let numbers: Vec<u32> = shards.iter().map(|s| s.number).collect();
    if !numbers.iter().copied().eq((1..).take(numbers.len())) {
        return Err("the plan does not name every shard once, in order".into());
    }
    let Some(first) = shards.first() else { return Err("it has no shards".into()) };
    for s in shards {
        if let Some(what) = disagreeing(&first.record, &s.record) {
            let number = s.number;
            return Err(format!("shard {number} is not of the plan of shard 1: other is {what}"));
        }
        if let Some(why) = s.record.plan.miscut() {
            return Err(format!("shard {}: {why}", s.number));
        }
    }
    let runs: BTreeSet<&str> = shards.iter().map(|s| s.record.plan.run.as_str()).collect();
    if runs.len() != shards.len() {
        return Err("two of its shards are the same run".into());
    }
    let plans: Vec<_> = shards.iter().map(|s| &s.record.plan).collect();
    let merge =
        Merge { command: &plan.command, by: plan.by.as_ref(), signer: plan.signer.as_deref() };
    match PlanRecord::joined(&plans, &plan.run, merge, &plan.shards) {
        Some(fresh) if fresh == *plan => Ok(()),
        _ => Err("plan.json is not the plan of its shards".into()),
    }
}

/// What keeps two records from being of one plan, in words.
#[must_use]
pub fn disagreeing(first: &Record, other: &Record) -> Option<String> {
    let facts = |r: &Record| r.view.begin.as_ref().map(|b| b.facts.clone());
    first.plan.differing(&other.plan).or_else(|| {
        // The same file may name another system by its environment variables.
        (facts(first) != facts(other)).then(|| "what the target declares of itself".to_owned())
    })
}

/// Lines and head of all shards.
fn history(shards: &[ShardRecord]) -> HistoryNamed {
    let leaf = |s: &ShardRecord| format!("{} {}", s.number, s.record.history.head).into_bytes();
    HistoryNamed {
        lines: shards.iter().map(|s| s.record.history.lines).sum(),
        head: hex(&merkle::root(&shards.iter().map(leaf).collect::<Vec<_>>())),
    }
}

/// What a report tells of all shards together. Without their ops: an index names one only within its shard. What was agreed on
/// is weighed on the day of the shard that began last: a waiver must hold for all of them.
fn together(plan: &PlanRecord, shards: &[ShardRecord]) -> View {
    let views = || shards.iter().map(|s| &s.record.view);
    let begin = views().filter_map(|v| v.begin.as_ref()).max_by_key(|b| moment(&b.started));
    let begin = begin.map(|begin| {
        let mut begin = (**begin).clone();
        (begin.run, begin.shard) = (plan.run.clone(), None);
        begin.by.clone_from(&plan.by);
        Arc::new(begin)
    });
    let ends: Option<Vec<(bool, u32)>> = views().map(|v| v.end).collect();
    let end = |ends: Vec<(bool, u32)>| {
        let unrestored = ends.iter().fold(0_u32, |sum, (_, n)| sum.saturating_add(*n));
        (ends.iter().any(|(interrupted, _)| *interrupted), unrestored)
    };
    View {
        begin,
        obligations: views().flat_map(|v| v.obligations.clone()).collect(),
        ran: views().flat_map(|v| v.ran.clone()).collect(),
        end: ends.map(end),
        ..View::default()
    }
}

/// The findings of each shard over its own record, in the order in which those of one run come.
pub fn judge(record: &Record) -> Vec<Finding> {
    let of = |s: &ShardRecord| {
        let number = s.number;
        let told = move |finding| Finding { shard: Some(number), ..finding };
        s.record.judge().into_iter().map(told)
    };
    let mut all: Vec<Finding> = record.shards.iter().flat_map(of).collect();
    // A waiver whose day passed between two shards is none of the whole.
    for finding in &mut all {
        finding.waiver = record.view.begin.as_ref().and_then(|begin| waived(begin, finding));
    }
    // Findings of one shard keep their order: sorting is stable.
    all.sort_by(|a, b| {
        (&a.place, &a.requirement, a.shard).cmp(&(&b.place, &b.requirement, b.shard))
    });
    all
}

/// Puts in place what only the shards by themselves can tell.
pub fn tell(report: &mut Report, record: &Record, findings: &[Finding], undo: &Undo) {
    let mut parts = Vec::new();
    for s in &record.shards {
        let of: Vec<Finding> =
            findings.iter().filter(|f| f.shard == Some(s.number)).cloned().collect();
        let undo = undo.shards.get(&s.number).cloned().unwrap_or_default();
        parts.push((s, s.record.report(&of, &undo)));
    }
    report.shards = parts.iter().map(|(s, part)| named(s, part)).collect();
    let by = |time: fn(&ShardNamed) -> &String| {
        move |a: &&ShardNamed, b: &&ShardNamed| moment(time(a)).cmp(&moment(time(b)))
    };
    let first = report.shards.iter().min_by(by(|s| &s.started));
    let last = report.shards.iter().max_by(by(|s| &s.ended));
    report.run.started = first.map(|s| s.started.clone()).unwrap_or_default();
    report.run.ended = last.map(|s| s.ended.clone()).unwrap_or_default();
    let endings = report.shards.iter().map(|s| s.ending);
    report.run.ending = endings.max_by_key(|e| weight(*e)).unwrap_or(Ending::CutOff);
    report.unrestored = parts
        .iter()
        .flat_map(|(s, part)| part.unrestored.iter().map(|u| format!("shard {}: {u}", s.number)))
        .collect();
    report.counts.operations = Operations::of(&record.views());
    report.counts.observations = Observations::of(&record.views(), findings);
    report.result = report.derive();
    report.exit_code = report.result.code();
}

fn named(shard: &ShardRecord, report: &Report) -> ShardNamed {
    ShardNamed {
        number: shard.number,
        run: report.run.name.clone(),
        by: report.run.by.clone(),
        history: report.history.clone(),
        started: report.run.started.clone(),
        ended: report.run.ended.clone(),
        ending: report.run.ending,
        result: report.result,
    }
}

/// The ending that says least of the target comes out on top.
fn weight(ending: Ending) -> u8 {
    match ending {
        Ending::ByItself => 0,
        Ending::CutOff => 1,
        Ending::CutOffRestored => 2,
        Ending::Interrupted => 3,
    }
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}
