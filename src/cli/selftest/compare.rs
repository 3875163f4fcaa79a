//! What a run showed against what `faults.toml` says. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::exit::Exit;
use crate::judge::Finding;
use crate::model::Verdict;
use crate::reference::FaultEntry;
use crate::report::Report;

/// What a run came to, by requirement id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// Red, and the fault must be noticed by it.
    pub noticed: BTreeSet<String>,
    /// Red, and listed as what may turn red too.
    pub also: BTreeSet<String>,
    /// Red, and nobody said that it may.
    pub unlisted: BTreeSet<String>,
    /// Not red, but open.
    pub inconclusive: BTreeSet<String>,
    /// What is not as it should be, a sentence each. Empty where all is.
    pub wrong: Vec<String>,
    /// Those of them that no requirement is named by: it did not end by itself, or did not undo its changes.
    pub elsewise: Vec<String>,
    /// Declared service classes of the healthy system: true where something was judged of a service of it, and nothing of
    /// it was red or open.
    pub classes: BTreeMap<String, bool>,
    /// Findings to look at: unlisted reds, and what is open.
    pub findings: Vec<Finding>,
}

impl Compared {
    /// How many requirements are red.
    #[must_use]
    pub fn reds(&self) -> usize {
        self.noticed.len() + self.also.len() + self.unlisted.len()
    }
}

/// Compares a report with what is said of the fault, or with health where there is none. A SHOULD that does not hold is
/// as red as a MUST: here recant is tested, not a target.
#[must_use]
pub fn compare(report: &Report, fault: Option<&FaultEntry>) -> Compared {
    let with = |verdict| report.findings.iter().filter(move |f| f.verdict == verdict);
    let mut seen = Compared::default();
    for finding in with(Verdict::Fail) {
        let id = &finding.requirement;
        let set = match fault {
            Some(fault) if fault.must.contains(id) => &mut seen.noticed,
            Some(fault) if fault.may.iter().any(|m| m.id == *id) => &mut seen.also,
            _ => {
                seen.findings.push(finding.clone());
                &mut seen.unlisted
            }
        };
        set.insert(id.clone());
    }
    let red =
        |id: &String| [&seen.noticed, &seen.also, &seen.unlisted].iter().any(|s| s.contains(id));
    let open = with(Verdict::Inconclusive).map(|f| f.requirement.clone());
    seen.inconclusive = open.filter(|id| !red(id)).collect();
    match fault {
        Some(fault) if seen.noticed.is_empty() => {
            seen.wrong.push(format!("missed: nothing red in {}", fault.must.join(", ")));
        }
        Some(_) => {}
        None => seen.wrong.extend(seen.inconclusive.iter().map(|id| format!("inconclusive: {id}"))),
    }
    seen.findings.extend(with(Verdict::Inconclusive).cloned());
    seen.wrong.extend(seen.unlisted.iter().map(|id| format!("red, but not listed: {id}")));
    seen.elsewise = ended(report, fault);
    seen.wrong.extend(seen.elsewise.iter().cloned());
    seen
}

/// The service classes of a healthy system (class by service), each with whether it is clean. Nothing judged is not clean.
#[must_use]
pub fn classes(report: &Report, services: &BTreeMap<String, String>) -> BTreeMap<String, bool> {
    let judged = |service: &String, of: &[Verdict]| {
        let mut findings = report.findings.iter().filter(|f| f.service.as_ref() == Some(service));
        findings.any(|f| of.contains(&f.verdict))
    };
    let mut all = BTreeMap::new();
    for (service, class) in services {
        let clean = judged(service, &[Verdict::Pass, Verdict::Bounded])
            && !judged(service, &[Verdict::Fail, Verdict::Inconclusive]);
        *all.entry(class.clone()).or_insert(true) &= clean;
    }
    all
}

/// What else keeps a run from counting: it did not end by itself, undo its changes, or test anything.
fn ended(report: &Report, fault: Option<&FaultEntry>) -> Vec<String> {
    let still = report.unrestored.iter().map(|what| format!("not undone: {what}"));
    let mut wrong: Vec<_> = still.collect();
    if fault.is_none() {
        let halted = report.not_run.iter().filter(|n| !n.judged);
        wrong.extend(halted.map(|n| format!("not run: {}: {}", n.scenario, n.because)));
    }
    let expected = match fault {
        Some(_) => [Exit::Nonconformant, Exit::Conformant, Exit::Inconclusive].as_slice(),
        None => [Exit::Conformant, Exit::Nonconformant, Exit::Inconclusive].as_slice(),
    };
    if wrong.is_empty() && !expected.contains(&report.result) {
        wrong.push(format!("the run came out as {}", report.result.word()));
    }
    wrong
}
