//! The in-toto statement (v1) of a run: which files it vouches for, and what they come to, as a `test-result` (v0.1). What is
//! signed is this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Manifest, Report, waiver_words};
use crate::exit::Exit;
use crate::model::Verdict;

/// What a DSSE envelope calls a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The type of every statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of the predicate.
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// [`STATEMENT`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The files.
    pub subject: Vec<Resource>,
    /// [`TEST_RESULT`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What they come to.
    pub predicate: TestResult,
}

/// A file, with its digests by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Resource {
    /// Its name, within the run folder or as the plan names it.
    pub name: String,
    /// `sha256` in hex.
    pub digest: BTreeMap<String, String>,
}

/// The predicate. Tests are requirements, by the worst of their findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// `PASSED`, `WARNED` (something is waived, a SHOULD does not hold, or it is one shard of a run) or `FAILED`; whatever is not conformant has failed, inconclusive runs too.
    pub result: String,
    /// The plan, and what it was made of.
    pub configuration: Vec<Resource>,
    /// Requirements that hold, some of them within a declared bound.
    pub passed_tests: Vec<String>,
    /// SHOULDs that do not hold, and MUSTs of which every failure is waived.
    pub warned_tests: Vec<String>,
    /// MUSTs that do not hold, and of which not every failure is waived.
    pub failed_tests: Vec<String>,
    /// What the format has no word for.
    pub recant: Own,
}

/// What the format has no word for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Own {
    /// Name of the run.
    pub run: String,
    /// Name of the target.
    pub target: String,
    /// The result, as the report has it.
    pub result: Exit,
    /// Requirements of which the evidence does not suffice.
    pub inconclusive_tests: Vec<String>,
    /// Waivers, in a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<String>,
    /// Controls that evidence was asked for, in a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// Root of the manifest's tree.
    pub root: String,
}

impl Statement {
    /// What is to be signed of a run. `manifest` is the SHA-256 of `manifest.json`, which fixes every other file.
    #[must_use]
    pub fn of(report: &Report, manifest: &Manifest, manifest_sha256: &str) -> Self {
        let named = |name: &str, sha256: &str| Resource {
            name: name.to_owned(),
            digest: BTreeMap::from([("sha256".to_owned(), sha256.to_owned())]),
        };
        let reports = manifest.files.iter().map(|e| named(&e.path, &e.sha256));
        let subject = std::iter::once(named(super::MANIFEST, manifest_sha256)).chain(reports);
        let plan = manifest.files.iter().filter(|e| e.path == "plan.json");
        let plan = plan.map(|e| named(&e.path, &e.sha256));
        let inputs = report.digests.iter().map(|(name, sha256)| named(name, sha256));
        Self {
            kind: STATEMENT.into(),
            subject: subject.collect(),
            predicate_type: TEST_RESULT.into(),
            predicate: TestResult {
                result: result(report).into(),
                configuration: plan.chain(inputs).collect(),
                passed_tests: tests(report, |v, _| matches!(v, Verdict::Pass | Verdict::Bounded)),
                warned_tests: tests(report, |v, advisory| v == Verdict::Fail && advisory),
                failed_tests: tests(report, |v, advisory| v == Verdict::Fail && !advisory),
                recant: Own {
                    run: report.run.name.clone(),
                    target: report.target.name.clone(),
                    result: report.result,
                    inconclusive_tests: tests(report, |v, _| v == Verdict::Inconclusive),
                    waivers: report.waivers.iter().map(waiver_words::waiver).collect(),
                    controls: controls(report),
                    root: manifest.root.clone(),
                },
            },
        }
    }
}

fn controls(report: &Report) -> Vec<String> {
    let controls = report.selection.controls.iter();
    controls.map(|c| waiver_words::asked(report, c)).collect()
}

fn result(report: &Report) -> &'static str {
    match report.result {
        // A gate that asks for PASSED must not open for a part of the run.
        Exit::CleanShard => "WARNED",
        Exit::Conformant if report.counts.findings.warning > 0 => "WARNED",
        Exit::ConformantButWaived => "WARNED",
        Exit::Conformant => "PASSED",
        _ => "FAILED",
    }
}

/// Requirements whose verdict is wanted. Where one has failed, it tells whether only as a SHOULD or where it is waived.
fn tests(report: &Report, wanted: impl Fn(Verdict, bool) -> bool) -> Vec<String> {
    let advisory = |r: &super::RequirementJudged| {
        report.findings.iter().all(|f| f.requirement != r.id || !f.fails_the_run())
    };
    let all = report.requirements.iter().filter(|r| wanted(r.verdict, advisory(r)));
    all.map(|r| r.id.clone()).collect()
}
