//! Scenarios: what was changed in each, what its findings come to, and pictures of changes that no finding above shows.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::Figure;
use super::finding::{Drawn, Whereabouts};
use super::index::Index;
use super::said;
use super::shown::{Anchors, Mark, anchor, text};
use crate::history::Action;
use crate::judge::Finding;
use crate::model::Verdict;
use crate::report::{FindingCounts, Report, words};

/// Scenarios that are listed.
const MOST: usize = 1000;
/// Changes that one names.
const CHANGES: usize = 12;

/// A scenario, as it was driven once and asked about perhaps from several features.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Anchor.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The worst of its findings.
    pub mark: Mark,
    /// What was changed.
    pub changes: Vec<String>,
    /// Number of ops.
    pub ops: usize,
    /// Its findings as a sum.
    pub sum: String,
    /// Pictures.
    pub figures: Vec<Figure>,
}

/// Names of the scenarios that findings are about, in the order in which the record has them, with their anchors.
pub fn place(
    report: &Report,
    index: &Index,
    anchors: &mut Anchors,
    at: &mut Whereabouts,
) -> (Vec<String>, usize) {
    let mut names: Vec<&str> = report.findings.iter().map(|f| f.scenario.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let begun = |name: &str| index.of_instance(name).first().map_or(u64::MAX, |op| op.index);
    names.sort_by_key(|name| begun(name));
    let left = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    for name in &names {
        at.scenarios.insert((*name).to_owned(), anchors.give(anchor("s", name)));
    }
    (names.into_iter().map(str::to_owned).collect(), left)
}

/// The scenarios. `anchors` are those of the report's findings.
pub fn list(
    report: &Report,
    index: &Index,
    names: &[String],
    at: &Whereabouts,
    drawn: &mut Drawn,
    anchors: &[String],
) -> Vec<Scenario> {
    let mut by_name: BTreeMap<&str, Vec<(&Finding, &String)>> = BTreeMap::new();
    for (finding, anchor) in report.findings.iter().zip(anchors) {
        by_name.entry(&finding.scenario).or_default().push((finding, anchor));
    }
    let each = names.iter().map(|name| {
        let findings = by_name.remove(name.as_str()).unwrap_or_default();
        let counts = FindingCounts::of(findings.iter().map(|(f, _)| *f));
        let worst = Verdict::worst(findings.iter().map(|(f, _)| f.verdict));
        let ops = index.of_instance(name);
        let changed = ops.iter().filter(|op| {
            matches!(
                op.action,
                Action::Change { .. } | Action::Revoke { .. } | Action::SendSignal { .. }
            )
        });
        let mut figures = Vec::new();
        let mut tried = BTreeSet::new();
        for (finding, anchor) in &findings {
            // Findings about the same calls show the same picture.
            let bound = finding.lag.map(|lag| lag.bound_ms);
            let calls = (&finding.service, bound, finding.evidence.first());
            if bound.is_none() || drawn.is_full() || !tried.insert(calls) {
                continue;
            }
            figures.extend(drawn.of(index, finding, &format!("{anchor}-picture")).0);
        }
        Scenario {
            id: at.scenarios.get(name).cloned().unwrap_or_default(),
            name: text(name),
            mark: Mark::of(words::worst(worst, &counts)),
            changes: changed.take(CHANGES).map(|op| said::action(&op.action, index.run)).collect(),
            ops: ops.len(),
            sum: words::sum(&counts),
            figures,
        }
    });
    each.collect()
}
