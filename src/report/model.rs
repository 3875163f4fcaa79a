//! The report as data, format `recant-report/v1`. Everything that people and programs read is made from this; it is
//! public and versioned: members are added, never renamed. Decides nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{FindingCounts, Observations, Operations, ScenarioCounts};
use crate::calibration::Calibration;
use crate::exit::Exit;
use crate::judge::Finding;
use crate::model::{
    Absent, AskedControl, Bounds, Exception, Owner, Place, Profile, RanBy, Shard, Standing,
    Verdict, Waiver, WaiverStanding,
};
use crate::requirements::{Level, Point};

/// Name of the format, in every report.
pub const FORMAT: &str = "recant-report/v1";

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `recant-report/v1`.
    pub format: String,
    /// The overall result.
    pub result: Exit,
    /// The process exit code of that result.
    pub exit_code: u8,
    /// The run.
    pub run: RunNamed,
    /// The system under test, as its owner declares it.
    pub target: TargetNamed,
    /// What was chosen to be run.
    pub selection: Selection,
    /// SHA-256 (hex) by file: target file, recipe, features, scenario scripts.
    pub digests: BTreeMap<String, String>,
    /// The record that everything here is derived from.
    pub history: HistoryNamed,
    /// The shards that a merged run is joined from, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardNamed>,
    /// What the selftest of this very build said: whether it notices what it must.
    #[serde(default)]
    pub calibration: Calibration,
    /// Numbers that reconcile.
    pub counts: Counts,
    /// Selected scenarios that did not come to their end.
    pub not_run: Vec<NotRun>,
    /// Changes that are still in force on the target.
    pub unrestored: Vec<String>,
    /// Requirements that were judged, each with the worst of its verdicts.
    pub requirements: Vec<RequirementJudged>,
    /// Controls that the judged requirements are evidence for.
    pub controls: Vec<ControlEvidence>,
    /// Waivers, each with what it covers. A waiver changes no verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverListed>,
    /// All findings.
    pub findings: Vec<Finding>,
}

/// The run and the tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunNamed {
    /// Name of the run, and of its folder.
    pub name: String,
    /// recant's version at the run.
    pub tool: String,
    /// The command line, with nothing secret in it.
    pub command: Vec<String>,
    /// Who ran recant, as far as it was told; of a merged run: who merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RanBy>,
    /// The key that the record was to be signed with, where it was to be: SHA-256 (hex) of its `SubjectPublicKeyInfo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What orders and names followed from, where that was asked for (`--seed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// When planning was done, RFC 3339 UTC.
    pub planned: String,
    /// When the first line of the history was written, RFC 3339 UTC.
    pub started: String,
    /// When the last recorded answer was read, RFC 3339 UTC; jumps of a movable target clock do not count.
    pub ended: String,
    /// How it ended.
    pub ending: Ending,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// By itself.
    ByItself,
    /// It was interrupted and cleaned up after itself.
    Interrupted,
    /// Its record stops in the middle: a crash or a kill.
    CutOff,
    /// Its record stops in the middle, and the undo journal says that its changes were undone.
    CutOffRestored,
}

/// The system under test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetNamed {
    /// Its name.
    pub name: String,
    /// Its version, as its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `lab`, `staging`, `production`, ... as its owner calls it.
    pub environment: String,
    /// Column of the bounds table.
    pub profile: Profile,
    /// Bounds after overrides, milliseconds.
    pub bounds: Bounds,
    /// Who answers for which policy.
    pub owners: Vec<Owner>,
    /// Capabilities that the owner declares absent.
    pub absent: Vec<Absent>,
    /// What is declared to be otherwise than asked, each with whether it was in force when the run began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionListed>,
    /// Faults of the reference system that were switched on.
    pub faults: Vec<String>,
    /// False where TLS verification was switched off.
    pub tls_verified: bool,
}

/// An exception as declared, and whether it may be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionListed {
    /// As declared.
    #[serde(flatten)]
    pub exception: Exception,
    /// Whether it may be relied on.
    pub standing: Standing,
}

/// What was chosen to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// Tag expression, if any.
    pub tags: Option<String>,
    /// Files and folders that were named; empty for the shipped suite.
    pub paths: Vec<String>,
    /// Controls that evidence was asked for, and what there is of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlAsked>,
    /// The part that the run is of the run of its plan, where it is not all of it: then the report says nothing of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// A control that evidence was asked for: by `--controls`, or else by the target file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlAsked {
    /// As it was asked for, and the requirements that were evidence for it.
    #[serde(flatten)]
    pub asked: AskedControl,
    /// Their findings.
    pub findings: FindingCounts,
    /// False where none of them holds or fails: nothing is known of the control, and the run is not conformant.
    pub evidence: bool,
}

/// A waiver as declared, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverListed {
    /// As declared.
    #[serde(flatten)]
    pub waiver: Waiver,
    /// Whether it could be relied on when the run began.
    pub standing: WaiverStanding,
    /// The findings that it covers, whatever their verdicts.
    pub covers: FindingCounts,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryNamed {
    /// Number of whole lines, of all shards of a merged run.
    pub lines: u64,
    /// SHA-256 (hex) of the last whole line: with the chain it fixes all lines. Of a merged run: Merkle tree hash (RFC 6962) over
    /// its shards in order; a leaf is `<number> <head>`.
    pub head: String,
}

/// A shard of a merged run: its record lies in `shards/<number>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShardNamed {
    /// Which, from 1.
    pub number: u32,
    /// Name of its run.
    pub run: String,
    /// Who ran it, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RanBy>,
    /// Its record.
    pub history: HistoryNamed,
    /// When the first line of its history was written, RFC 3339 UTC.
    pub started: String,
    /// When its last recorded answer was read, RFC 3339 UTC.
    pub ended: String,
    /// How it ended.
    pub ending: Ending,
    /// What its findings come to.
    pub result: Exit,
}

/// Numbers that reconcile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Scenarios: discovered = run + filtered + other shards + not run.
    pub scenarios: ScenarioCounts,
    /// Findings: total = pass + bounded + fail + warning + inconclusive + not applicable.
    pub findings: FindingCounts,
    /// What was sent: total = the sum of its kinds = the sum of its outcomes.
    pub operations: Operations,
    /// What was seen, by evidence point.
    pub observations: Observations,
}

/// A selected scenario that did not come to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotRun {
    /// `Feature / scenario`.
    pub scenario: String,
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub because: String,
    /// True where its obligations were judged nevertheless: then its findings speak for it.
    pub judged: bool,
}

/// A requirement with what its findings come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementJudged {
    /// `enforcement/old-token-refused`.
    pub id: String,
    /// `E-01`.
    pub alias: String,
    /// What must hold.
    pub title: String,
    /// MUST or SHOULD; absent where this recant does not know the requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Evidence point; absent where this recant does not know the requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// The worst verdict of its findings.
    pub verdict: Verdict,
    /// Its findings.
    pub findings: FindingCounts,
    /// Standards whose words oblige.
    pub standards: Vec<String>,
    /// Where the words are this profile's: what they are inspired by. A failure is no violation of these.
    pub inspired_by: Vec<String>,
    /// Ids of the controls that it is evidence for: `cited` of `controls`.
    pub controls: Vec<String>,
    /// What to do about a failure.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

/// A control, as it is cited and as its publisher has it, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlEvidence {
    /// The id that requirements cite.
    pub cited: String,
    /// The title that goes with the cited id.
    pub title: String,
    /// Catalogue and version of the cited id.
    pub catalogue: String,
    /// What a reader must know about the citation; empty mostly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Published controls that the cited one stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<ControlPublished>,
    /// Ids of the judged requirements that are evidence for it.
    pub requirements: Vec<String>,
    /// The worst verdict of their findings. Evidence, never compliance.
    pub verdict: Verdict,
    /// Their findings.
    pub findings: FindingCounts,
}

/// A control as its publisher has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlPublished {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Catalogue and version.
    pub catalogue: String,
    /// How it relates to the cited one, and who says so.
    pub how: String,
}

impl Report {
    /// True where the run came to its end, and so did every scenario that was selected.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.run.ending == Ending::ByItself && self.not_run.iter().all(|n| n.judged)
    }

    /// The overall result as it follows from the facts of the report. `result` and `exit_code` repeat it.
    #[must_use]
    pub fn derive(&self) -> Exit {
        if !self.unrestored.is_empty() {
            return Exit::NotRestored;
        }
        if matches!(self.run.ending, Ending::Interrupted | Ending::CutOffRestored) {
            return Exit::Interrupted;
        }
        if self.findings.iter().any(Finding::fails_the_run) {
            return Exit::Nonconformant;
        }
        if self.run.ending == Ending::CutOff {
            return Exit::Inconclusive;
        }
        // What of a run only the whole of it can show is missing from a shard for a reason.
        let part = self.selection.shard.is_some();
        if self.findings.is_empty() && !part {
            return Exit::NothingTested;
        }
        let open = self.findings.iter().any(|f| f.verdict == Verdict::Inconclusive);
        if open || self.not_run.iter().any(|n| !n.judged) {
            return Exit::Inconclusive;
        }
        if part {
            return Exit::CleanShard;
        }
        if self.findings.iter().all(|f| f.verdict == Verdict::NotApplicable) {
            return Exit::NothingTested;
        }
        if self.uncovered().next().is_some() {
            return Exit::Inconclusive;
        }
        if self.findings.iter().any(|f| f.is_waived() && !f.advisory) {
            return Exit::ConformantButWaived;
        }
        Exit::Conformant
    }

    /// Controls that evidence was asked for and that there is none for. The evidence that one shard lacks may be in another: that
    /// is judged when they are merged.
    pub fn uncovered(&self) -> impl Iterator<Item = &ControlAsked> {
        let part = self.selection.shard.is_some();
        self.selection.controls.iter().filter(move |c| !c.evidence && !part)
    }

    /// What in the report contradicts itself: a sign that it was altered or damaged.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.format != FORMAT {
            wrong.push(format!("its format is {:?}, this recant reads {FORMAT}", self.format));
        }
        let derived = self.derive();
        if (self.result, self.exit_code) != (derived, derived.code()) {
            wrong.push(format!(
                "it says {} ({}), its facts say {} ({})",
                self.result.word(),
                self.exit_code,
                derived.word(),
                derived.code()
            ));
        }
        if self.counts.findings != FindingCounts::of(&self.findings) {
            wrong.push("its counts of findings are not those of its findings".into());
        }
        if self.selection.controls.iter().any(|c| c.evidence != c.findings.evidence()) {
            wrong
                .push("what it says of the controls that were asked for does not reconcile".into());
        }
        let scenarios = &self.counts.scenarios;
        if !scenarios.reconcile() || scenarios.not_run != self.not_run.len() as u64 {
            wrong.push("its counts of scenarios do not reconcile".into());
        }
        if !self.counts.operations.reconcile() {
            wrong.push("its counts of operations do not reconcile".into());
        }
        wrong
    }
}
