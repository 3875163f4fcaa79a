//! What follows from the record, reached anew and compared with what is stored: the strongest of the checks, because it
//! believes nothing that is written beside the record.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::outcome::{Check, Name, Word};
use super::tree::Tree;
use crate::calibration;
use crate::judge::Finding;
use crate::model::{Place, Verdict, hex};
use crate::plan::PlanRecord;
use crate::report::kinds::{self, Kind, Source};
use crate::report::merged::SHARDS;
use crate::report::{
    self, ATTESTATION, MANIFEST, Operations, Record, Report, TIMESTAMP, Views, words,
};

/// Files of a run folder that no report is.
const OF_THE_RECORD: [&str; 7] = [
    "plan.json",
    "history.jsonl",
    "undo.jsonl",
    MANIFEST,
    ATTESTATION,
    TIMESTAMP,
    super::files::LOCK,
];

/// Everything that is compared.
pub struct Derived<'a> {
    /// The run folder.
    pub folder: &'a Path,
    /// The record.
    pub record: &'a Record,
    /// The report that the record gives now.
    pub fresh: &'a Report,
    /// The report as stored, where it can be read.
    pub stored: Result<&'a Report, &'a str>,
}

/// True where this very build drove the run: then nothing may differ.
fn same_build(plan: &PlanRecord) -> bool {
    plan.tool == env!("CARGO_PKG_VERSION") && plan.sources == calibration::sources()
}

impl Derived<'_> {
    /// The stored report is what the record gives.
    pub fn report(&self) -> Check {
        let stored = match self.stored {
            Ok(stored) => stored,
            Err(why) => return Name::Report.is(Word::Failed, why),
        };
        let result = stored.result.word();
        if stored == self.fresh {
            let says = format!("judged again from history.jsonl, it is the same: {result}");
            return Name::Report.is(Word::Ok, says);
        }
        let differ = differing(&stored.findings, &self.fresh.findings);
        if same_build(&self.record.plan) {
            let what = differ.unwrap_or_else(|| "what it says besides the verdicts".into());
            let says = format!("report.json is not what the record gives: {what}");
            return Name::Report.is(Word::Failed, says);
        }
        let but_for = Report { calibration: self.fresh.calibration.clone(), ..stored.clone() };
        if &but_for == self.fresh {
            let says = format!(
                "judged again by another build, it is the same but for the calibration: {result}"
            );
            return Name::Report.is(Word::Ok, says);
        }
        let says = match differ {
            Some(what) => {
                format!("another build than the one that drove it judges otherwise: {what}")
            }
            None => {
                "verdicts are the same; other members differ, the run was driven by another build"
                    .into()
            }
        };
        Name::Report.is(Word::Open, says)
    }

    /// The stored findings are those of the stored report, and what the record gives.
    pub fn findings(&self) -> Check {
        let stored: Vec<Finding> = match report::read_json(&self.folder.join("findings.json")) {
            Ok(stored) => stored,
            Err(why) => return Name::Findings.is(Word::Failed, why),
        };
        if let Ok(report) = self.stored
            && report.findings != stored
        {
            let what = differing(&stored, &report.findings);
            let what = what.unwrap_or_else(|| "what they say besides the verdicts".into());
            let says = format!("findings.json and report.json disagree: {what}");
            return Name::Findings.is(Word::Failed, says);
        }
        if stored == self.fresh.findings {
            let says = format!("{} verdicts, each reached again from the record", stored.len());
            return Name::Findings.is(Word::Ok, says);
        }
        let word = if same_build(&self.record.plan) { Word::Failed } else { Word::Open };
        let what = differing(&stored, &self.fresh.findings);
        let what = what.unwrap_or_else(|| "what they say besides the verdicts".into());
        Name::Findings.is(word, format!("findings.json is not what the record gives: {what}"))
    }

    /// Every other report is what the stored one gives when it is written again, and there is no file that recant does not
    /// write.
    pub fn renders(&self, tree: &Tree) -> Check {
        let Ok(stored) = self.stored else {
            return Name::Renders.is(Word::Open, "there is no report.json to write them from");
        };
        let again = match again(stored, &self.record.views()) {
            Ok(again) => again,
            Err(why) => return Name::Renders.is(Word::Open, why),
        };
        let mut wrong = Vec::new();
        for (path, sha256) in &again {
            match tree.files.get(path) {
                None => wrong.push(format!("{path} is not there")),
                Some(is) if is.sha256 != *sha256 => {
                    wrong.push(format!("{path} is not what report.json gives"));
                }
                Some(_) => {}
            }
        }
        let known = |path: &str| self.is_record(path) || again.contains_key(path);
        let unknown: Vec<_> = tree.files.iter().filter(|(path, _)| !known(path)).collect();
        if !unknown.is_empty() {
            let asked = self.in_every_kind(stored);
            let strange = unknown.into_iter().filter(|(_, is)| !asked.contains(&is.sha256));
            wrong.extend(strange.map(|(path, _)| format!("{path} is no file that recant writes")));
        }
        if !wrong.is_empty() && self.record.plan.tool != env!("CARGO_PKG_VERSION") {
            let says = format!(
                "written by recant {}, this is another: {}",
                self.record.plan.tool, wrong[0]
            );
            return Name::Renders.is(Word::Open, says);
        }
        let says = format!("{} files, written again byte for byte", again.len());
        Name::Renders.holds_unless(&wrong, says)
    }

    /// True for a file of the record. What lies in the folder of a shard is looked at there.
    fn is_record(&self, path: &str) -> bool {
        let shards = &self.record.shards;
        let of = |number: u32| path.starts_with(&format!("{SHARDS}/{number}/"));
        match OF_THE_RECORD.contains(&path) {
            // A merged run has no history and no journal of its own.
            true => shards.is_empty() || !["history.jsonl", "undo.jsonl"].contains(&path),
            false => shards.iter().any(|s| of(s.number)),
        }
    }

    /// SHA-256 of the report in every kind that it can be asked for in (`--report KIND=PATH`).
    fn in_every_kind(&self, report: &Report) -> Vec<String> {
        let Ok(evidence) = report::evidence(self.folder) else { return Vec::new() };
        let source = Source { report, views: &self.record.views(), evidence: &evidence };
        let kinds = Kind::ALL.iter().filter_map(|(kind, _, _)| kinds::render(*kind, source).ok());
        kinds.map(|bytes| hex(&Sha256::digest(bytes))).collect()
    }

    /// Numbers reconcile, with one another and with plan and history.
    pub fn counts(&self) -> Check {
        let Ok(stored) = self.stored else {
            return Name::Counts.is(Word::Open, "there is no report.json to count in");
        };
        let mut wrong = stored.contradictions();
        let scenarios = &stored.counts.scenarios;
        if scenarios.discovered != self.record.plan.scenarios.len() as u64 {
            wrong.push("it counts other scenarios than the plan has".into());
        }
        if stored.counts.operations != Operations::of(&self.record.views()) {
            wrong.push("it counts other operations than the history has".into());
        }
        if stored.history != self.record.history {
            wrong.push("it names another history".into());
        }
        let says = format!(
            "scenarios: {}; {} findings; {} operations",
            words::scenarios(scenarios),
            stored.counts.findings.total,
            stored.counts.operations.total
        );
        Name::Counts.holds_unless(&wrong, says)
    }

    /// The report says what the selftest said of recant.
    pub fn calibration(&self) -> Check {
        let Ok(stored) = self.stored else {
            return Name::Calibration.is(Word::Open, "there is no report.json that says it");
        };
        let calibration = &stored.calibration;
        let word = if calibration.sound() { Word::Ok } else { Word::Beware };
        Name::Calibration.is(word, calibration.line())
    }
}

/// SHA-256 of every file that a report is written to, by path.
fn again(report: &Report, views: &Views<'_>) -> Result<BTreeMap<String, String>, String> {
    let broken = |e: std::io::Error| format!("they can't be written again: {e}");
    let folder = tempfile::Builder::new().prefix("recant-verify-").tempdir().map_err(broken)?;
    report::write(folder.path(), report, views.clone()).map_err(broken)?;
    let written = Tree::read(folder.path())?;
    let files = written.files.into_iter().filter(|(path, _)| path != MANIFEST);
    Ok(files.map(|(path, seen)| (path, seen.sha256)).collect())
}

type Key<'a> = (&'a str, &'a str, Option<&'a str>, &'a Place);

/// The first verdict that differs, and how many do.
fn differing(stored: &[Finding], fresh: &[Finding]) -> Option<String> {
    let by = |all: &'_ [Finding]| -> Vec<(String, Verdict)> {
        let name = |f: &Finding| -> String {
            let key: Key<'_> = (&f.requirement, &f.scenario, f.service.as_deref(), &f.place);
            let at = key.2.map(|s| format!(" at {s}")).unwrap_or_default();
            format!("{} in {}{at}, line {}", key.0, key.1, key.3.line)
        };
        all.iter().map(|f| (name(f), f.verdict)).collect()
    };
    let (stored, fresh) = (by(stored), by(fresh));
    let mut differ = stored.iter().zip(&fresh).filter(|(a, b)| a != b);
    let first = differ.next();
    let more = differ.count() + stored.len().abs_diff(fresh.len());
    match first {
        Some(((name, was), (other, is))) if name == other => Some(format!(
            "{name} is stored as {}, the record gives {} ({more} more differ)",
            was.word(),
            is.word()
        )),
        Some(((name, _), _)) => Some(format!("the first that differs is {name} ({more} more)")),
        None if more > 0 => Some(format!("{} are stored, {} follow", stored.len(), fresh.len())),
        None => None,
    }
}
