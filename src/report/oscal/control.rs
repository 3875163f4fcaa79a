//! Controls in OSCAL: which were looked at, and what was found about each.

use std::collections::BTreeMap;

use super::model::{
    ControlSelection, Empty, FindingPart, FindingStatus, FindingTarget, RelatedObservation,
    RelatedRisk, ReviewedControls, SelectedControl,
};
use super::names::{prop, title, token, uuid};
use super::observed::{self, Known};
use crate::model::Verdict;
use crate::report::visible::{code, prose};
use crate::report::{ControlEvidence, Report, words};

/// The controls that something in this report is evidence for, a selection for each catalogue.
#[must_use]
pub fn reviewed(report: &Report) -> ReviewedControls {
    let mut by_catalogue: BTreeMap<&str, Vec<SelectedControl>> = BTreeMap::new();
    for control in &report.controls {
        let of = by_catalogue.entry(&control.catalogue).or_default();
        of.push(SelectedControl { control_id: token(&control.cited) });
    }
    let mut selections: Vec<_> = by_catalogue
        .into_iter()
        .map(|(catalogue, include_controls)| ControlSelection {
            description: Some(format!("Catalogue: {}", prose(catalogue))),
            include_all: None,
            include_controls,
        })
        .collect();
    if selections.is_empty() {
        // There must be one; without a cited control it selects nothing in particular.
        let description = Some("No control is cited by what was judged.".into());
        let include_all = Some(Empty {});
        selections.push(ControlSelection { description, include_all, include_controls: vec![] });
    }
    ReviewedControls {
        description: "Controls that the run is evidence for. Which of them apply to the system, and whether it complies, is for an assessor to say.",
        control_selections: selections,
    }
}

/// A finding for each control about which there is evidence.
#[must_use]
pub fn findings(report: &Report, known: &Known) -> Vec<FindingPart> {
    let told = report.controls.iter().filter(|c| c.verdict != Verdict::NotApplicable);
    told.map(|control| finding(report, control, known)).collect()
}

fn finding(report: &Report, control: &ControlEvidence, known: &Known) -> FindingPart {
    let of = report.findings.iter().enumerate();
    let related = of
        .filter(|(_, f)| control.requirements.contains(&f.requirement))
        .map(|(i, _)| RelatedObservation { observation_uuid: observed::name(report, i) });
    let failed = report.requirements.iter().filter(|r| r.findings.fail > 0);
    let risks = failed.filter(|r| control.requirements.contains(&r.id));
    let mut props = vec![
        prop("control-as-cited", &control.cited),
        prop("catalogue", &control.catalogue),
        prop("verdict", words::worst(control.verdict, &control.findings)),
    ];
    if !control.note.is_empty() {
        props.push(prop("citation-note", &control.note));
    }
    for p in &control.published {
        let label = format!("{} {} ({}): {}", p.id, p.title, p.catalogue, p.how);
        props.push(prop("control-as-published", &label));
    }
    let mut description = format!(
        "Evidence for {}, {}: {}. Evidence, not a statement that the control is met.",
        code(&control.label()),
        prose(&control.title),
        words::sum(&control.findings)
    );
    if !control.note.is_empty() {
        description += &format!("\n\n{}", prose(&control.note));
    }
    FindingPart {
        uuid: uuid(&["finding", &report.run.name, &report.history.head, &control.cited]),
        title: title(&format!("Evidence for {}", control.label())),
        description,
        props,
        origins: known.origins(),
        target: FindingTarget {
            kind: "statement-id",
            target_id: format!("{}_smt", token(&control.cited)),
            status: status(report, control),
        },
        related_observations: related.collect(),
        related_risks: risks
            .map(|r| RelatedRisk { risk_uuid: observed::risk_name(report, &r.id) })
            .collect(),
    }
}

// OSCAL has two states only. What was not seen to hold is not satisfied; the reason tells the words apart.
fn status(report: &Report, control: &ControlEvidence) -> FindingStatus {
    let word = words::worst(control.verdict, &control.findings);
    let (state, reason, remarks) = match word {
        "pass" | "bounded" if !report.is_whole() => (
            "not-satisfied",
            "other",
            "what was judged holds, but the run did not come to its end: not all that was selected was judged",
        ),
        "pass" => ("satisfied", "pass", "everything that was judged holds"),
        "bounded" => (
            "satisfied",
            "other",
            "what was taken away outlives the change, but not the bound that the owner declares",
        ),
        "fail" => ("not-satisfied", "fail", "something that must hold does not"),
        "warning" => ("not-satisfied", "other", "something that should hold does not"),
        _ => ("not-satisfied", "other", "the evidence does not suffice for a verdict"),
    };
    let waived = match control.findings.waived {
        0 => String::new(),
        n => format!("; {n} of its failures are waived, which changes no verdict"),
    };
    FindingStatus { state, reason, remarks: format!("{word}: {remarks}{waived}") }
}
