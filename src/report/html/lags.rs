//! How long services go on accepting what was taken away: each service's worst measurement against its bound.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::figure::class;
use super::index::Indices;
use super::shown::{Link, Mark, text};
use crate::judge::{Finding, Lag};
use crate::model::Verdict;
use crate::report::{Report, words};

/// Services that are listed.
const MOST: usize = 24;

/// A service with the worst that was measured.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How it learns of changes.
    pub learns: String,
    /// Its bound.
    pub bound: String,
    /// The worst lag, or what is left of a token that nobody can take back.
    pub worst: String,
    /// The verdict of that very finding, and where it is told.
    pub link: Link,
}

/// The services of the report, those that are over their bound first. `anchors` are those of the findings.
#[must_use]
pub fn services(report: &Report, index: &Indices, anchors: &[String]) -> (Vec<Service>, usize) {
    let mut worst: BTreeMap<&str, (&Finding, &String)> = BTreeMap::new();
    for (finding, anchor) in report.findings.iter().zip(anchors) {
        let Some(service) = finding.service.as_deref().filter(|_| finding.lag.is_some()) else {
            continue;
        };
        let kept = worst.entry(service).or_insert((finding, anchor));
        if weight(finding) > weight(kept.0) {
            *kept = (finding, anchor);
        }
    }
    let mut all: Vec<_> = worst.into_iter().collect();
    all.sort_by_key(|(name, (finding, _))| (Reverse(weight(finding)), *name));
    let left = all.len().saturating_sub(MOST);
    let rows = all.into_iter().take(MOST).map(|(name, (finding, anchor))| {
        let declared = index.facts().and_then(|facts| facts.services.get(name));
        Service {
            name: text(name),
            learns: declared.map(|d| class(d.class).to_owned()).unwrap_or_default(),
            bound: bound(finding),
            worst: measured(finding),
            link: Link {
                to: anchor.clone(),
                text: format!("{} in {}", text(&finding.alias), text(&finding.scenario)),
                mark: Some(Mark::of(words::word(finding))),
            },
        }
    });
    (rows.collect(), left)
}

/// What is over its bound weighs more than anything else; then a failure; then the longest time that was certainly seen, by the sharpest
/// of the measurements that saw it: one that only began after the bound says little of when a service stopped.
pub(super) fn weight(finding: &Finding) -> (u64, bool, u64, Reverse<u64>) {
    let over = |lag: Lag| lag.bound_ms.map_or(0, |bound| lag.at_least_ms.saturating_sub(bound));
    let failed = finding.verdict == Verdict::Fail;
    let residual = finding.residual_seconds.unwrap_or_default().saturating_mul(1000);
    let least = finding.lag.map_or(0, |lag| lag.at_least_ms);
    let most = finding.lag.and_then(|lag| lag.at_most_ms).unwrap_or_default();
    (finding.lag.map_or(0, over), failed, residual.max(least), Reverse(most))
}

fn bound(finding: &Finding) -> String {
    match finding.lag {
        Some(Lag { bound_ms: Some(ms), .. }) => words::exact(ms),
        _ => "until tokens expire".into(),
    }
}

fn measured(finding: &Finding) -> String {
    words::residual(finding).or_else(|| finding.lag.as_ref().map(interval)).unwrap_or_default()
}

/// `10.2 s to 10.4 s`, `at least 63.7 s`, `at most 120 ms`.
fn interval(lag: &Lag) -> String {
    let low = words::seconds(lag.at_least_ms, false);
    match lag.at_most_ms.map(|ms| words::seconds(ms.max(lag.at_least_ms), true)) {
        None => format!("at least {low}, never refused"),
        Some(high) if lag.at_least_ms == 0 => format!("at most {high}"),
        Some(high) => format!("{low} to {high}"),
    }
}
