//! Controls with the requirements that are evidence for them, and requirements with the controls that they are evidence for.

use std::collections::BTreeMap;

use super::finding::{Whereabouts, obliges};
use super::shown::{Anchors, Link, Mark, anchor, long, text};
use crate::report::{ControlEvidence, Report, RequirementJudged, words};

/// Controls that have a row.
const CONTROLS: usize = 500;
/// Requirements that have a row.
const REQUIREMENTS: usize = 1000;
/// Requirements that a control names.
const CHIPS: usize = 120;

/// A control framework.
#[derive(Debug, Clone)]
pub struct Framework {
    /// Its name and version.
    pub name: String,
    /// Its controls.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Debug, Clone)]
pub struct Control {
    /// Anchor.
    pub id: String,
    /// The worst verdict among its evidence.
    pub mark: Mark,
    /// As cited.
    pub cited: String,
    /// Its title.
    pub title: String,
    /// What a reader must know about the citation.
    pub note: String,
    /// As published.
    pub published: Vec<String>,
    /// What the evidence comes to, in a sentence.
    pub comes_to: String,
    /// Requirements that are evidence for it.
    pub requirements: Vec<Link>,
    /// Requirements that are not named here.
    pub left: usize,
}

/// Requirements of one evidence point.
#[derive(Debug, Clone)]
pub struct Group {
    /// The point's name.
    pub name: &'static str,
    /// Its requirements.
    pub requirements: Vec<Requirement>,
}

/// A requirement.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// Anchor.
    pub id: String,
    /// Worst verdict.
    pub mark: Mark,
    /// Short id.
    pub alias: String,
    /// Its id.
    pub name: String,
    /// What must hold.
    pub title: String,
    /// Whose words.
    pub obliges: String,
    /// Its findings as a sum.
    pub sum: String,
    /// The first finding that needs attention.
    pub first: Option<Link>,
    /// What to do about a failure, where there is one.
    pub help: String,
    /// Controls.
    pub controls: Vec<Link>,
}

/// The verdict's word of a requirement.
#[must_use]
pub fn word(r: &RequirementJudged) -> &'static str {
    words::worst(r.verdict, &r.findings)
}

/// Gives anchors to requirements, and lists for each the controls that it is evidence for.
pub fn place(report: &Report, anchors: &mut Anchors, at: &mut Whereabouts) -> Vec<String> {
    for r in report.requirements.iter().take(REQUIREMENTS) {
        at.requirements.insert(r.id.clone(), anchors.give(anchor("r", &r.id)));
    }
    let mut ids = Vec::new();
    for c in report.controls.iter().take(CONTROLS) {
        let id = anchors.give(anchor("c", &c.cited));
        for requirement in &c.requirements {
            let link = Link { to: id.clone(), text: text(&c.label()), mark: None };
            at.controls.entry(requirement.clone()).or_default().push(link);
        }
        ids.push(id);
    }
    ids
}

/// The frameworks, each with its controls.
#[must_use]
pub fn frameworks(report: &Report, ids: &[String], at: &Whereabouts) -> Vec<Framework> {
    let by_id: BTreeMap<&str, &RequirementJudged> =
        report.requirements.iter().map(|r| (r.id.as_str(), r)).collect();
    let mut all: BTreeMap<&str, Vec<Control>> = BTreeMap::new();
    for (control, id) in report.controls.iter().zip(ids) {
        let row = one(control, id, &by_id, at);
        all.entry(&control.catalogue).or_default().push(row);
    }
    all.into_iter()
        .map(|(name, controls)| {
            let name = if name.is_empty() { "in no catalogue that recant knows" } else { name };
            Framework { name: text(name), controls }
        })
        .collect()
}

fn one(
    control: &ControlEvidence,
    id: &str,
    by_id: &BTreeMap<&str, &RequirementJudged>,
    at: &Whereabouts,
) -> Control {
    let known: Vec<&&RequirementJudged> =
        control.requirements.iter().filter_map(|r| by_id.get(r.as_str())).collect();
    let links = known.iter().take(CHIPS).map(|r| {
        let mark = Some(Mark::of(word(r)));
        Link { mark, ..at.requirement(&r.id, &r.alias) }
    });
    let published = control.published.iter();
    Control {
        id: id.to_owned(),
        mark: Mark::of(words::worst(control.verdict, &control.findings)),
        cited: text(&control.cited),
        title: long(&control.title),
        note: long(&control.note),
        published: published
            .map(|p| {
                let (id, title, catalogue) = (&p.id, &p.title, &p.catalogue);
                long(&format!("{id} {title} ({catalogue}): {}", p.how))
            })
            .collect(),
        comes_to: comes_to(&known),
        requirements: links.collect(),
        left: known.len().saturating_sub(CHIPS),
    }
}

/// `6 of the 50 requirements that are evidence for it do not hold; 2 stay open`.
fn comes_to(of: &[&&RequirementJudged]) -> String {
    let count = |wanted: &str| of.iter().filter(|r| word(r) == wanted).count();
    let total = words::count(of.len() as u64, "requirement");
    let holds = count("pass");
    let mut parts = Vec::new();
    for (word, said) in [
        ("fail", "fail"),
        ("inconclusive", "open"),
        ("warning", "warning"),
        ("bounded", "within a declared bound only"),
        ("not applicable", "not applicable"),
    ] {
        match count(word) {
            0 => {}
            n => parts.push(format!("{n} {said}")),
        }
    }
    if holds > 0 || parts.is_empty() {
        parts.push(format!("{holds} hold"));
    }
    format!("{total}: {}", parts.join(", "))
}

/// The requirements, by evidence point. `firsts` are the first findings of each that need attention.
#[must_use]
pub fn requirements(
    report: &Report,
    at: &Whereabouts,
    firsts: &BTreeMap<&str, Link>,
) -> (Vec<Group>, usize) {
    let mut groups: Vec<Group> = Vec::new();
    for r in report.requirements.iter().take(REQUIREMENTS) {
        let name = words::point(r.point);
        let mark = Mark::of(word(r));
        let told = ["fail", "warning", "open"].contains(&mark.class);
        let row = Requirement {
            id: at.requirements.get(&r.id).cloned().unwrap_or_default(),
            mark,
            alias: text(&r.alias),
            name: text(&r.id),
            title: long(&r.title),
            obliges: obliges(r),
            sum: words::sum(&r.findings),
            first: firsts.get(r.id.as_str()).cloned(),
            help: if told { long(&r.help.replace('\n', " ")) } else { String::new() },
            controls: at.controls.get(&r.id).cloned().unwrap_or_default(),
        };
        match groups.last_mut().filter(|g| g.name == name) {
            Some(group) => group.requirements.push(row),
            None => groups.push(Group { name, requirements: vec![row] }),
        }
    }
    (groups, report.requirements.len().saturating_sub(REQUIREMENTS))
}
