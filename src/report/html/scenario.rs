//! Scenarios: what was changed in each, what its findings come to, and pictures of changes that no finding above shows.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::Figure;
use super::finding::{Drawn, Whereabouts};
use super::index::Indices;
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

/// A scenario by its name, and the shard that drove it: the same script may have been driven in several.
pub type Driven = (Option<u32>, String);

/// The scenarios that findings are about, in the order in which the record has them, with their anchors.
pub fn place(
    report: &Report,
    index: &Indices,
    anchors: &mut Anchors,
    at: &mut Whereabouts,
) -> (Vec<Driven>, usize) {
    let mut names: Vec<_> =
        report.findings.iter().map(|f| (f.shard, f.scenario.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let ops = |(shard, name): (Option<u32>, &str)| index.at(shard)?.of_instance(name).first();
    names.sort_by_key(|driven| (driven.0, ops(*driven).map_or(u64::MAX, |op| op.index)));
    let left = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let names = names.into_iter().map(|(shard, name)| (shard, name.to_owned()));
    let names: Vec<Driven> = names.collect();
    for driven in &names {
        at.scenarios.insert(driven.clone(), anchors.give(anchor("s", &driven.1)));
    }
    (names, left)
}

/// The scenarios. `anchors` are those of the report's findings.
pub fn list(
    report: &Report,
    index: &Indices,
    names: &[Driven],
    at: &Whereabouts,
    drawn: &mut Drawn,
    anchors: &[String],
) -> Vec<Scenario> {
    let mut by_name: BTreeMap<_, Vec<(&Finding, &String)>> = BTreeMap::new();
    for (finding, anchor) in report.findings.iter().zip(anchors) {
        let driven = (finding.shard, finding.scenario.as_str());
        by_name.entry(driven).or_default().push((finding, anchor));
    }
    let each = names.iter().filter_map(|driven| {
        let (shard, name) = driven;
        let index = index.at(*shard)?;
        let findings = by_name.remove(&(*shard, name.as_str())).unwrap_or_default();
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
        let of = shard.map(|shard| format!(" (shard {shard})")).unwrap_or_default();
        Some(Scenario {
            id: at.scenarios.get(driven).cloned().unwrap_or_default(),
            name: format!("{}{of}", text(name)),
            mark: Mark::of(words::worst(worst, &counts)),
            changes: changed.take(CHANGES).map(|op| said::action(&op.action, index.run)).collect(),
            ops: ops.len(),
            sum: words::sum(&counts),
            figures,
        })
    });
    each.collect()
}
