//! What was agreed on before the run, and what came of it: waivers, and the controls that evidence was asked for.

use super::counts::FindingCounts;
use super::model::{ControlAsked, Report, WaiverListed};
use crate::history::View;
use crate::judge::Finding;
use crate::model::{About, AskedControl, Waiver, WaiverStanding};
use crate::plan::PlanRecord;

/// Waivers and controls of the record. The history's first line counts; a record without it has the plan only.
#[must_use]
pub fn listed(
    plan: &PlanRecord,
    view: &View,
    findings: &[Finding],
) -> (Vec<WaiverListed>, Vec<ControlAsked>) {
    let begin = view.begin.as_ref();
    let waivers = begin.map_or(&plan.waivers, |b| &b.waivers);
    let controls = begin.map_or(&plan.controls, |b| &b.controls);
    let day = begin.and_then(|b| b.day()).unwrap_or_default();
    let target = begin.map_or(&plan.target, |b| &b.facts.target);
    let waiver = |w: &Waiver| WaiverListed {
        waiver: w.clone(),
        standing: w.standing(waivers.longest_days, target, &day),
        covers: FindingCounts::of(findings.iter().filter(|f| w.covers(about(f)))),
    };
    let control = |asked: &AskedControl| {
        let of = findings.iter().filter(|f| asked.requirements.contains(&f.requirement));
        let findings = FindingCounts::of(of);
        ControlAsked { asked: asked.clone(), findings, evidence: findings.evidence() }
    };
    (waivers.all.iter().map(waiver).collect(), controls.iter().map(control).collect())
}

fn about(finding: &Finding) -> About<'_> {
    About {
        requirement: &finding.requirement,
        scenario: &finding.scenario,
        service: finding.service.as_deref(),
    }
}

impl WaiverListed {
    /// True where it keeps something from failing the run, or would if its day had not passed.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.covers.fail + self.covers.warning > 0
    }

    /// True where it is in force.
    #[must_use]
    pub fn in_force(&self) -> bool {
        self.standing == WaiverStanding::InForce
    }
}

impl Report {
    /// Waivers that nobody may overlook: not in force, or not used.
    pub fn loud_waivers(&self) -> impl Iterator<Item = &WaiverListed> {
        self.waivers.iter().filter(|w| !w.in_force() || !w.is_used())
    }
}
