//! Our findings as OSCAL observations, and requirements that do not hold as risks.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::model::{
    Actor, Observation, Origin, RelatedObservation, RelevantEvidence, Risk, Subject,
};
use super::names::{plain, prop, title, uuid};
use crate::judge::Finding;
use crate::model::Verdict;
use crate::report::visible::{code, prose};
use crate::report::waiver_words::{shown, waiver_of};
use crate::report::{Report, words};

/// Names of what observations point to.
#[derive(Debug, Clone)]
pub struct Known {
    /// recant itself.
    pub tool: Uuid,
    /// The system under test.
    pub system: Uuid,
    /// Its services.
    pub services: BTreeMap<String, Uuid>,
    /// The histories that are at hand, by their path in the run folder.
    pub histories: BTreeMap<String, Uuid>,
}

impl Known {
    /// Who observed it.
    #[must_use]
    pub fn origins(&self) -> Vec<Origin> {
        vec![Origin { actors: vec![Actor { kind: "tool", actor_uuid: self.tool }] }]
    }
}

/// The name of the observation of a finding, by its place in the report.
#[must_use]
pub fn name(report: &Report, index: usize) -> Uuid {
    uuid(&["observation", &report.run.name, &report.history.head, &index.to_string()])
}

/// All findings as observations.
#[must_use]
pub fn observations(report: &Report, known: &Known) -> Vec<Observation> {
    report.findings.iter().enumerate().map(|(i, f)| observation(report, i, f, known)).collect()
}

fn observation(report: &Report, index: usize, finding: &Finding, known: &Known) -> Observation {
    let mut description = format!("{}: {}", shown(finding), code(&finding.because));
    description.extend(waiver_of(finding).map(|w| format!("\n\nwaiver: {}", code(&w))));
    description += &format!("\n\nasked: {}", code(&finding.obligation));
    description.extend(words::measured(finding).map(|m| format!("\n\nmeasured: {m}")));
    let mut props = vec![
        prop("verdict", words::word(finding)),
        prop("requirement", &finding.requirement),
        prop("requirement-alias", &finding.alias),
        prop("scenario", &finding.scenario),
        prop("asked-at", &finding.place.to_string()),
    ];
    props.extend(finding.is_waived().then(|| prop("waived", "yes")));
    props.extend(finding.service.as_deref().map(|s| prop("service", s)));
    if let Some(lag) = &finding.lag {
        props.push(prop("enforcement-lag-at-least-ms", &lag.at_least_ms.to_string()));
        let most = lag.at_most_ms.map(|ms| ms.to_string());
        props.extend(most.map(|ms| prop("enforcement-lag-at-most-ms", &ms)));
    }
    let service = finding.service.as_ref().and_then(|s| known.services.get(s));
    let history = known.histories.get(&words::history(finding));
    let evidence = words::cited(finding).zip(history).map(|(ops, history)| RelevantEvidence {
        href: format!("#{history}"),
        description: format!("{ops} of the record, by their indices"),
    });
    Observation {
        uuid: name(report, index),
        title: title(&format!("{} {}", finding.alias, words::whereabouts(finding))),
        description,
        props,
        methods: ["TEST"],
        types: ["control-objective"],
        origins: known.origins(),
        subjects: vec![Subject {
            subject_uuid: *service.unwrap_or(&known.system),
            kind: "component",
        }],
        relevant_evidence: evidence.into_iter().collect(),
        collected: report.run.ended.clone(),
    }
}

/// A risk for each requirement that must hold and does not. Where every failure of it is waived its deviation is approved, until
/// the first of the waivers ends.
#[must_use]
pub fn risks(report: &Report, known: &Known) -> Vec<Risk> {
    let failed = |f: &Finding| f.verdict == Verdict::Fail && !f.advisory;
    let mut risks = Vec::new();
    for r in report.requirements.iter().filter(|r| r.findings.fail > 0) {
        let mine = || report.findings.iter().filter(|f| f.requirement == r.id && failed(f));
        let approved = mine().all(Finding::is_waived);
        let waivers = || mine().filter(|f| f.is_waived()).filter_map(|f| f.waiver.as_ref());
        let mut props = vec![prop("requirement", &r.id)];
        let mut said: Vec<_> = mine().filter_map(waiver_of).collect();
        said.dedup();
        props.extend(said.iter().map(|w| prop("waiver", w)));
        let of = report.findings.iter().enumerate();
        let related = of
            .filter(|(_, f)| f.requirement == r.id && failed(f))
            .map(|(i, _)| RelatedObservation { observation_uuid: name(report, i) })
            .collect();
        let help = if r.help.is_empty() { &r.title } else { &r.help };
        risks.push(Risk {
            uuid: risk_name(report, &r.id),
            title: title(&format!("{} does not hold: {}", r.alias, plain(&r.title))),
            description: format!(
                "{} {} was seen not to hold: {}.",
                prose(&r.alias),
                code(&r.id),
                words::sum(&r.findings)
            ),
            statement: prose(help),
            props,
            status: if approved { "deviation-approved" } else { "open" },
            origins: known.origins(),
            deadline: waivers()
                .map(|w| &w.expires)
                .min()
                .filter(|_| approved)
                .map(|day| format!("{day}T23:59:59Z")),
            related_observations: related,
        });
    }
    risks
}

/// The name of the risk of a requirement that does not hold.
#[must_use]
pub fn risk_name(report: &Report, requirement: &str) -> Uuid {
    uuid(&["risk", &report.run.name, &report.history.head, requirement])
}
