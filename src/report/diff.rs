//! Two reports beside each other: what got worse, what got better, what was judged before and is not now. Decides nothing
//! about either run; a difference is about findings of the same requirement, scenario and service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::judge::{Finding, Lag};
use crate::model::{Shard, Verdict};

/// Name of the format of `recant diff --format json`.
pub const FORMAT: &str = "recant-diff/v1";

/// What is different between two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// `recant-diff/v1`.
    pub format: String,
    /// The earlier run.
    pub old: Side,
    /// The later run.
    pub new: Side,
    /// Files of target and suite that are not the same in both runs: then the difference may be in what was asked.
    pub asked_differently: Vec<String>,
    /// Findings that are the same in both.
    pub same: u64,
    /// Findings that are not: the worst first.
    pub differences: Vec<Difference>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Name of the run.
    pub run: String,
    /// Name of the target.
    pub target: String,
    /// Its version, as its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// recant's version at the run.
    pub tool: String,
    /// The overall result, in a word.
    pub result: String,
    /// `2 of 4`, where it is one shard of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
}

/// How a finding differs. Ordered: what a reader must look at first comes first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A worse verdict than before, or a failure where nothing was judged before.
    Worse,
    /// It was judged before and is not now: evidence is missing, or the capability is declared absent by now.
    Lost,
    /// The same verdict, and the right is taken away later: the intervals do not overlap.
    Slower,
    /// It was not judged before.
    New,
    /// The same verdict, and the right is taken away sooner: the intervals do not overlap.
    Faster,
    /// A better verdict than before.
    Better,
}

/// A finding that is not the same in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// How.
    pub way: Way,
    /// The requirement.
    pub requirement: String,
    /// Its short id.
    pub alias: String,
    /// The scenario.
    pub scenario: String,
    /// The service, where it is about one.
    pub service: Option<String>,
    /// What must hold, as the feature says it.
    pub obligation: String,
    /// True where the requirement is a SHOULD: then it is no regression.
    pub advisory: bool,
    /// The verdict before; absent where there was none.
    pub was: Option<Verdict>,
    /// The verdict now; absent where there is none.
    pub is: Option<Verdict>,
    /// Lag before.
    pub lag_was: Option<Lag>,
    /// Lag now.
    pub lag_is: Option<Lag>,
    /// Why the later verdict is what it is; of the earlier one where there is no later one.
    pub because: String,
}

impl Difference {
    /// True for what stops a deployment: a MUST that holds less than before, or of which less is known.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        !self.advisory && matches!(self.way, Way::Worse | Way::Lost)
    }
}

impl Diff {
    /// Compares two reports.
    #[must_use]
    pub fn of(old: &Report, new: &Report) -> Self {
        let (before, now) = (by_name(&old.findings), by_name(&new.findings));
        let mut names: Vec<_> = before.keys().chain(now.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        let mut same = 0;
        let mut differences = Vec::new();
        for name in names {
            match difference(before.get(&name).copied(), now.get(&name).copied()) {
                Some(difference) => differences.push(difference),
                None => same += 1,
            }
        }
        differences.sort_by_key(|d| (d.way, d.advisory));
        let files = old.digests.keys().chain(new.digests.keys());
        let mut asked_differently: Vec<_> =
            files.filter(|f| old.digests.get(*f) != new.digests.get(*f)).cloned().collect();
        asked_differently.sort();
        asked_differently.dedup();
        let format = FORMAT.to_owned();
        Self { format, old: side(old), new: side(new), asked_differently, same, differences }
    }

    /// The differences that stop a deployment.
    pub fn regressions(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|d| d.is_regression())
    }
}

fn side(report: &Report) -> Side {
    Side {
        run: report.run.name.clone(),
        target: report.target.name.clone(),
        version: report.target.version.clone(),
        tool: report.run.tool.clone(),
        result: report.result.word().to_owned(),
        shard: report.selection.shard.as_ref().map(Shard::name),
    }
}

/// What makes findings of two runs the same question.
type Name<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

/// The worst finding to each question: one script may be asked about from several places.
fn by_name(findings: &[Finding]) -> BTreeMap<Name<'_>, &Finding> {
    let mut all: BTreeMap<Name, &Finding> = BTreeMap::new();
    for f in findings {
        let name = (&*f.requirement, &*f.scenario, f.service.as_deref(), &*f.obligation);
        let worst = all.entry(name).or_insert(f);
        if f.verdict > worst.verdict {
            *worst = f;
        }
    }
    all
}

fn difference(before: Option<&Finding>, now: Option<&Finding>) -> Option<Difference> {
    let (was, is) = (before.map(|f| f.verdict), now.map(|f| f.verdict));
    let judged = |v: Option<Verdict>| v.filter(|v| *v != Verdict::NotApplicable);
    let way = match (judged(was), judged(is)) {
        (Some(was), Some(is)) if is > was => Way::Worse,
        (Some(was), Some(is)) if is < was => Way::Better,
        (Some(_), Some(_)) => pace(before?.lag?, now?.lag?)?,
        (Some(_), None) => Way::Lost,
        (None, Some(Verdict::Fail)) => Way::Worse,
        (None, Some(_)) => Way::New,
        (None, None) => return None,
    };
    let shown = now.or(before)?;
    Some(Difference {
        way,
        requirement: shown.requirement.clone(),
        alias: shown.alias.clone(),
        scenario: shown.scenario.clone(),
        service: shown.service.clone(),
        obligation: shown.obligation.clone(),
        advisory: shown.advisory,
        was,
        is,
        lag_was: before.and_then(|f| f.lag),
        lag_is: now.and_then(|f| f.lag),
        because: shown.because.clone(),
    })
}

/// Intervals that overlap tell nothing: both runs may have met the same lag.
fn pace(was: Lag, is: Lag) -> Option<Way> {
    let most = |lag: Lag| lag.at_most_ms.unwrap_or(u64::MAX);
    if is.at_least_ms > most(was) {
        Some(Way::Slower)
    } else if most(is) < was.at_least_ms {
        Some(Way::Faster)
    } else {
        None
    }
}
