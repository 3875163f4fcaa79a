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

    /// The requirements that are red.
    #[must_use]
    pub fn red(&self) -> BTreeSet<String> {
        [&self.noticed, &self.also, &self.unlisted].into_iter().flatten().cloned().collect()
    }
}

/// Compares a report with what is said of the faults, or with health where there are none. A SHOULD that does not hold is
/// as red as a MUST: here recant is tested, not a target.
#[must_use]
pub fn compare(report: &Report, faults: &[&FaultEntry]) -> Compared {
    let with = |verdict| report.findings.iter().filter(move |f| f.verdict == verdict);
    let mut seen = Compared::default();
    for finding in with(Verdict::Fail) {
        let id = &finding.requirement;
        let must = faults.iter().any(|fault| fault.must.contains(id));
        let may = faults.iter().any(|fault| fault.may.iter().any(|m| m.id == *id));
        let set = match (must, may) {
            (true, _) => &mut seen.noticed,
            (false, true) => &mut seen.also,
            (false, false) => {
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
    if faults.is_empty() {
        seen.wrong.extend(seen.inconclusive.iter().map(|id| format!("inconclusive: {id}")));
    }
    let missed = faults.iter().filter(|f| !f.must.iter().any(|id| seen.noticed.contains(id)));
    seen.wrong.extend(missed.map(|f| format!("missed: nothing red in {}", f.must.join(", "))));
    seen.findings.extend(with(Verdict::Inconclusive).cloned());
    seen.wrong.extend(seen.unlisted.iter().map(|id| format!("red, but not listed: {id}")));
    seen.elsewise = ended(report, !faults.is_empty());
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
fn ended(report: &Report, faulty: bool) -> Vec<String> {
    let still = report.unrestored.iter().map(|what| format!("not undone: {what}"));
    let mut wrong: Vec<_> = still.collect();
    if !faulty {
        let halted = report.not_run.iter().filter(|n| !n.judged);
        wrong.extend(halted.map(|n| format!("not run: {}: {}", n.scenario, n.because)));
    }
    let expected = [Exit::Nonconformant, Exit::Conformant, Exit::Inconclusive];
    if wrong.is_empty() && !expected.contains(&report.result) {
        wrong.push(format!("the run came out as {}", report.result.word()));
    }
    wrong
}
