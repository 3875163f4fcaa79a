//! From plan, history and findings to the report. A pure function: the same record gives the same report, anywhere and
//! at any later time. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::agreed;
use super::counts::{FindingCounts, Observations, Operations, ScenarioCounts};
use super::model::{
    ControlEvidence, ControlPublished, Counts, Ending, ExceptionListed, FORMAT, HistoryNamed,
    NotRun, Report, RequirementJudged, RunNamed, Selection, TargetNamed,
};
use crate::calibration::Calibration;
use crate::controls::Frameworks;
use crate::exit::Exit;
use crate::history::{Action, Recorded, View};
use crate::judge::Finding;
use crate::model::{Exception, Place, Shard, Verdict};
use crate::plan::{PlanRecord, Planned};
use crate::requirements::{Catalog, Requirement, SourceKind};

/// Everything that a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was intended.
    pub plan: &'a PlanRecord,
    /// What happened, joined.
    pub view: &'a View,
    /// What happened, as it stands on disk: number of lines and head of the chain.
    pub history: &'a HistoryNamed,
    /// What the judge says of it.
    pub findings: &'a [Finding],
    /// What the undo journal says.
    pub undo: &'a Undo,
    /// What the selftest of this build said.
    pub calibration: &'a Calibration,
    /// The requirements that findings name.
    pub catalog: &'a Catalog,
    /// The controls that requirements cite.
    pub frameworks: &'a Frameworks,
}

/// What the undo journal says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// Changes that are still in force.
    pub unrestored: Vec<String>,
    /// True where the run changed anything at all.
    pub changed: bool,
    /// Of a merged run: what the journal of each shard says, by its number.
    pub shards: BTreeMap<u32, Undo>,
}

impl From<&Recorded> for HistoryNamed {
    fn from(recorded: &Recorded) -> Self {
        Self { lines: recorded.lines.len() as u64, head: recorded.head.clone() }
    }
}

/// Makes the report.
#[must_use]
pub fn build(evidence: Evidence<'_>) -> Report {
    let Evidence { plan, view, findings, .. } = evidence;
    let (waivers, controls_asked) = agreed::listed(plan, view, findings);
    let (scenarios, not_run) = scenarios(plan, view);
    let requirements = requirements(findings, evidence.catalog);
    let mut report = Report {
        format: FORMAT.into(),
        result: Exit::NothingTested,
        exit_code: Exit::NothingTested.code(),
        run: run(evidence),
        target: target(plan, view),
        selection: Selection {
            tags: plan.tags.clone(),
            paths: plan.paths.clone(),
            controls: controls_asked,
            shard: shard(plan, view),
        },
        digests: plan.digests.clone(),
        history: evidence.history.clone(),
        shards: Vec::new(),
        calibration: evidence.calibration.clone(),
        counts: Counts {
            scenarios,
            findings: FindingCounts::of(findings),
            operations: Operations::of(&view.into()),
            observations: Observations::of(&view.into(), findings),
        },
        not_run,
        unrestored: unrestored(view, evidence.undo),
        controls: controls(&requirements, findings, evidence.frameworks),
        requirements,
        waivers,
        findings: findings.to_vec(),
    };
    report.result = report.derive();
    report.exit_code = report.result.code();
    report
}

fn run(evidence: Evidence<'_>) -> RunNamed {
    let Evidence { plan, view, undo, .. } = evidence;
    let started = view.begin.as_ref().map_or(plan.planned.clone(), |b| b.started.clone());
    RunNamed {
        name: plan.run.clone(),
        tool: plan.tool.clone(),
        command: plan.command.clone(),
        by: plan.by.clone(),
        signer: plan.signer.clone(),
        seed: plan.seed,
        planned: plan.planned.clone(),
        ended: ended(&started, view),
        started,
        ending: match view.end {
            Some((false, _)) => Ending::ByItself,
            Some((true, _)) => Ending::Interrupted,
            None if undo.changed && undo.unrestored.is_empty() => Ending::CutOffRestored,
            None => Ending::CutOff,
        },
    }
}

/// The history's first line counts; a record without it has the plan only.
fn shard(plan: &PlanRecord, view: &View) -> Option<Shard> {
    view.begin.as_ref().map_or_else(|| plan.shard.clone(), |begin| begin.shard.clone())
}

/// The wall time of the last moment on record: target time less every jump of the target's clock.
fn ended(started: &str, view: &View) -> String {
    let last = view.ops.iter().map(|o| o.end.unwrap_or(o.start).0).max().unwrap_or(0);
    let jumps = view.ops.iter().filter(|o| o.outcome.is_allow()).filter_map(|o| match o.action {
        Action::AdvanceClock { ms } => Some(ms.saturating_mul(1_000_000)),
        _ => None,
    });
    let real = last.saturating_sub(jumps.fold(0, u64::saturating_add));
    let Ok(start) = started.parse::<jiff::Timestamp>() else { return started.to_owned() };
    let span = std::time::Duration::from_millis(real / 1_000_000);
    start.checked_add(span).map_or_else(|_| started.to_owned(), |t| t.to_string())
}

fn target(plan: &PlanRecord, view: &View) -> TargetNamed {
    // Without its first line the record tells no day, and nothing is in force on an unknown day.
    let day = view.begin.as_ref().and_then(|begin| begin.day());
    let day = day.unwrap_or_else(|| "9999-99-99".to_owned());
    let listed = |exception: &Exception| ExceptionListed {
        exception: exception.clone(),
        standing: exception.standing(&plan.owners, &day),
    };
    TargetNamed {
        name: plan.target.clone(),
        version: plan.target_version.clone(),
        environment: plan.environment.clone(),
        profile: plan.profile,
        bounds: plan.bounds.clone(),
        owners: plan.owners.clone(),
        absent: plan.absent.clone(),
        exceptions: plan.exceptions.iter().map(listed).collect(),
        faults: plan.faults.clone(),
        tls_verified: plan.tls_verified,
    }
}

// The journal names changes that are in force; where it is lost, the history still knows how many there were.
fn unrestored(view: &View, undo: &Undo) -> Vec<String> {
    match view.end {
        Some((_, n)) if n > 0 && undo.unrestored.is_empty() && !undo.changed => {
            vec![format!("{n} changes, of which the undo journal is lost")]
        }
        _ => undo.unrestored.clone(),
    }
}

fn scenarios(plan: &PlanRecord, view: &View) -> (ScenarioCounts, Vec<NotRun>) {
    let ran: BTreeMap<_, _> =
        view.ran.iter().map(|(name, place, halted)| ((name, place), halted.as_ref())).collect();
    let mut obliged: BTreeMap<&str, BTreeSet<&Place>> = BTreeMap::new();
    for o in &view.obligations {
        obliged.entry(&o.scenario).or_default().insert(&o.place);
    }
    let shard = shard(plan, view);
    let mut counts = ScenarioCounts::default();
    let mut not_run = Vec::new();
    for planned in &plan.scenarios {
        counts.discovered += 1;
        match ran.get(&(&planned.scenario, &planned.place)) {
            Some(None) => {
                // What was asked for and is not in the record may have failed.
                let asked = obliged.get(planned.scenario.as_str()).map_or(0, BTreeSet::len) as u64;
                if asked < planned.obligations {
                    let of = planned.obligations;
                    let why = format!("{asked} of its {of} obligations are in the record");
                    not_run.push(left_out(planned, &why, false));
                } else {
                    counts.run += 1;
                }
            }
            Some(Some(why)) => {
                let judged = obliged.contains_key(planned.scenario.as_str());
                not_run.push(left_out(planned, why, judged));
            }
            None if !planned.selected => counts.filtered += 1,
            None if !planned.is_of(shard.as_ref()) => counts.other_shards += 1,
            None => not_run.push(left_out(planned, "the run ended before it did", false)),
        }
    }
    counts.not_run = not_run.len() as u64;
    (counts, not_run)
}

fn left_out(planned: &Planned, because: &str, judged: bool) -> NotRun {
    NotRun {
        scenario: planned.scenario.clone(),
        place: planned.place.clone(),
        because: because.to_owned(),
        judged,
    }
}

fn requirements(findings: &[Finding], catalog: &Catalog) -> Vec<RequirementJudged> {
    let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_id.entry(&finding.requirement).or_default().push(finding);
    }
    let mut all: Vec<_> =
        by_id.into_iter().map(|(id, findings)| judged(id, &findings, catalog.find(id))).collect();
    all.sort_by(|a, b| (a.point, &a.alias, &a.id).cmp(&(b.point, &b.alias, &b.id)));
    all
}

fn judged(id: &str, findings: &[&Finding], known: Option<&Requirement>) -> RequirementJudged {
    let sources = |kind| {
        let all = known.into_iter().flat_map(|r| &r.source);
        all.filter(|s| s.kind == kind).map(|s| s.name.clone()).collect()
    };
    RequirementJudged {
        id: id.to_owned(),
        alias: findings.first().map(|f| f.alias.clone()).unwrap_or_default(),
        title: known.map(|r| r.title.clone()).unwrap_or_default(),
        level: known.map(|r| r.level),
        point: known.map(|r| r.point),
        verdict: Verdict::worst(findings.iter().map(|f| f.verdict)),
        findings: FindingCounts::of(findings.iter().copied()),
        standards: sources(SourceKind::Standard),
        inspired_by: sources(SourceKind::Profile),
        controls: known.map(|r| r.controls.clone()).unwrap_or_default(),
        help: known.map(|r| r.help.clone()).unwrap_or_default(),
    }
}

fn controls(
    requirements: &[RequirementJudged],
    findings: &[Finding],
    frameworks: &Frameworks,
) -> Vec<ControlEvidence> {
    let mut by_control: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for requirement in requirements {
        for control in &requirement.controls {
            by_control.entry(control).or_default().push(&requirement.id);
        }
    }
    let evidence = by_control.into_iter().map(|(cited, requirements)| {
        let of: Vec<_> =
            findings.iter().filter(|f| requirements.contains(&f.requirement.as_str())).collect();
        let citation = frameworks.citation(cited);
        let published = citation.iter().flat_map(|c| &c.published).map(|p| ControlPublished {
            id: p.id.clone(),
            title: p.title.clone(),
            catalogue: p.catalogue.clone(),
            how: p.how.clone(),
        });
        ControlEvidence {
            cited: cited.to_owned(),
            published: published.collect(),
            title: citation.as_ref().map(|c| c.title.clone()).unwrap_or_default(),
            catalogue: citation.as_ref().map(|c| c.catalogue.clone()).unwrap_or_default(),
            note: citation
                .map_or_else(|| "in none of the catalogues that recant knows".into(), |c| c.note),
            requirements: requirements.into_iter().map(str::to_owned).collect(),
            verdict: Verdict::worst(of.iter().map(|f| f.verdict)),
            findings: FindingCounts::of(of),
        }
    });
    evidence.collect()
}

impl ControlEvidence {
    /// One short label: `PR.AC-4 / PR.AA-05`, `NHI-03 (as cited) / NHI7:2025`.
    #[must_use]
    pub fn label(&self) -> String {
        let odd = if self.note.is_empty() { "" } else { " (as cited)" };
        let others = self.published.iter().map(|p| format!(" / {}", p.id));
        format!("{}{odd}{}", self.cited, others.collect::<String>())
    }
}
