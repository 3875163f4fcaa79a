//! A file of waivers: who answers, until when, for a requirement that a target does not keep. Everything wrong with one is said at
//! its place. Has no clock and knows no requirement: both are given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::Problem;
use crate::model::{Waiver, date, is_placeholder, lasts};

use super::check::{Document, Node, shape};
use super::load::typed;
use super::source::Source;
use super::{Declared, schemas, suggestion};

/// A file of waivers. A waiver changes no verdict: what it covers is checked and reported as always, and does not fail the run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverFile {
    /// What is waived: `[[waiver]]`, once for each.
    #[serde(default)]
    pub waiver: Vec<DeclaredWaiver>,
}

/// Somebody answers for failures until a day. It covers one requirement, or all that are evidence for a control. What stays
/// inconclusive, was interrupted or could not be undone is never waived.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeclaredWaiver {
    /// The requirement, by id or short id: `"E-01"`. This or `control`.
    pub requirement: Option<String>,
    /// A control, as cited or as published: `"AC-2(3)"`. It covers every requirement that is evidence for it. This or `requirement`.
    pub control: Option<String>,
    /// The `name` of the target. A waiver for one target waives nothing of another.
    pub target: String,
    /// Narrowed to what was seen in this scenario: a script's name, or `file.feature:LINE`.
    pub scenario: Option<String>,
    /// Narrowed to this service of the target.
    pub service: Option<String>,
    /// Why it is waived, for the auditor.
    pub reason: String,
    /// Who answers for it: a person or a team.
    pub owner: String,
    /// The day on which it was made (UTC): `"2026-11-27"`.
    pub created: String,
    /// The last day that it holds on (UTC), at most 90 days after `created` where the target file sets nothing else.
    pub expires: String,
    /// Where the repair is tracked.
    pub ticket: String,
}

/// What waivers are checked against.
#[derive(Clone, Copy)]
pub struct WaiverTerms<'a> {
    /// Ids of requirements, by everything that each may be called.
    pub requirements: &'a BTreeMap<String, String>,
    /// Ids of the requirements that are evidence for a control, by every id of it.
    pub controls: &'a BTreeMap<String, BTreeSet<String>>,
    /// Scenarios that findings may be about.
    pub scenarios: &'a BTreeSet<String>,
    /// The target.
    pub declared: &'a Declared,
    /// Today, and the day before which a waiver's end deserves a word: `2026-11-27`, UTC.
    pub days: (&'a str, &'a str),
}

/// A file of waivers that nothing is wrong with.
#[derive(Debug, Clone)]
pub struct WaiversRead {
    /// Its waivers.
    pub waivers: Vec<Waiver>,
    /// The file, and its SHA-256 in hex.
    pub file: (String, String),
    /// What deserves attention but stops nothing.
    pub warnings: Vec<Problem>,
}

impl WaiverTerms<'_> {
    /// Reads a file of waivers.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn read(&self, path: &Path) -> Result<WaiversRead, Vec<Problem>> {
        let source = Source::read(path).map_err(|p| vec![p])?;
        let (document, mut problems) = Document::parse(source);
        let broken = !problems.is_empty();
        problems.extend(shape::check(&document, &schemas::waivers(), broken));
        if !problems.is_empty() {
            return Err(problems);
        }
        let all: WaiverFile = typed(&document).map_err(|p| vec![p])?;
        let nodes = document.root.get("waiver").map_or(&[] as &[_], Node::items);
        let mut reading = Reading { terms: *self, document: &document, problems: Vec::new() };
        let mut waivers: Vec<Waiver> = Vec::new();
        for (declared, node) in all.waiver.iter().zip(nodes) {
            let Some(waiver) = reading.waiver(declared, node) else { continue };
            if waivers.iter().any(|w| w.name() == waiver.name()) {
                let help = "keep one of them: the longer one would win unnoticed";
                reading.wrong(node, format!("{} is waived twice", waiver.name()), help);
            }
            waivers.push(waiver);
        }
        let (warnings, wrong): (Vec<_>, Vec<_>) =
            reading.problems.into_iter().partition(|p| p.warning);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let Source { file, digest, .. } = document.source;
        Ok(WaiversRead { waivers, file: (file, digest), warnings })
    }
}

struct Reading<'a> {
    terms: WaiverTerms<'a>,
    document: &'a Document,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn wrong(&mut self, node: &Node, what: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.document.problem(node.span.clone(), what).help(help));
    }

    fn unknown<'k>(&mut self, node: &Node, what: &str, known: impl IntoIterator<Item = &'k str>) {
        let name = node.text().unwrap_or_default();
        let help = suggestion(name, known, &format!("{what}s"));
        self.wrong(node, format!("there is no {what} `{name}`"), help);
    }

    fn waiver(&mut self, declared: &DeclaredWaiver, node: &Node) -> Option<Waiver> {
        let before = self.problems.len();
        let requirements = self.covers(declared, node);
        self.about(node);
        for key in ["reason", "owner", "ticket"] {
            if let Some(at) = node.get(key).filter(|n| n.text().is_some_and(is_placeholder)) {
                let help = "say it: a waiver is somebody's word, and auditors read it";
                self.wrong(at, format!("the {key} says nothing"), help);
            }
        }
        let waiver = Waiver {
            control: declared.control.clone(),
            requirements,
            target: declared.target.clone(),
            scenario: declared.scenario.clone(),
            service: declared.service.clone(),
            reason: declared.reason.clone(),
            owner: declared.owner.clone(),
            created: declared.created.clone(),
            expires: declared.expires.clone(),
            ticket: declared.ticket.clone(),
        };
        self.days(&waiver, node);
        self.problems[before..].iter().all(|p| p.warning).then_some(waiver)
    }

    /// The requirements that it covers.
    fn covers(&mut self, declared: &DeclaredWaiver, node: &Node) -> BTreeSet<String> {
        let (requirements, controls) = (self.terms.requirements, self.terms.controls);
        match (node.get("requirement"), node.get("control")) {
            (Some(at), None) => {
                let name = declared.requirement.as_deref().unwrap_or_default();
                match requirements.get(name) {
                    Some(id) => return BTreeSet::from([id.clone()]),
                    None => {
                        self.unknown(at, "requirement", requirements.keys().map(String::as_str))
                    }
                }
            }
            (None, Some(at)) => {
                let name = declared.control.as_deref().unwrap_or_default();
                let Some(ids) = controls.get(name) else {
                    self.unknown(at, "control", controls.keys().map(String::as_str));
                    return BTreeSet::new();
                };
                let all = requirements.values().collect::<BTreeSet<_>>().len();
                if 2 * ids.len() > all {
                    let of = format!("{} of {all} requirements are evidence for {name}", ids.len());
                    let what = format!("this waives nearly everything: {of}");
                    let help = "name the requirements that do not hold instead";
                    let problem = self.document.problem(at.span.clone(), what).help(help);
                    self.problems.push(problem.as_warning());
                }
                return ids.clone();
            }
            (Some(_), Some(at)) => {
                let help = "a waiver is about one or the other: make two of it";
                self.wrong(at, "this waiver names both a requirement and a control", help);
            }
            (None, None) => {
                let help = "add `requirement = \"E-01\"`, or `control = \"AC-2(3)\"`";
                self.wrong(node, "this waiver does not say what it waives", help);
            }
        }
        BTreeSet::new()
    }

    /// Target, service and scenario are there.
    fn about(&mut self, node: &Node) {
        let target = &self.terms.declared.target;
        let (name, services, scenarios) =
            (&target.target.name, &target.service, self.terms.scenarios);
        if let Some(at) = node.get("target").filter(|n| n.text() != Some(name)) {
            let help =
                format!("this target is called `{name}`: a waiver holds for one target only");
            let other = at.text().unwrap_or_default();
            self.wrong(at, format!("this is a waiver for another target, `{other}`"), help);
        }
        if let Some(at) = node.get("service")
            && !services.contains_key(at.text().unwrap_or_default())
        {
            self.unknown(at, "service", services.keys().map(String::as_str));
        }
        if let Some(at) = node.get("scenario")
            && !scenarios.contains(at.text().unwrap_or_default())
        {
            self.unknown(at, "scenario", scenarios.iter().map(String::as_str));
        }
    }

    /// It ends, not too late, and was made before.
    fn days(&mut self, waiver: &Waiver, node: &Node) {
        let (today, soon) = self.terms.days;
        let longest = self.terms.declared.target.waivers.longest_days;
        let mut day = |key: &str| {
            let at = node.get(key)?;
            let found = date(at.text().unwrap_or_default());
            if found.is_none() {
                let text = at.text().unwrap_or_default();
                self.wrong(at, format!("`{text}` is no day"), "such as \"2026-12-31\"");
            }
            found.map(|found| (found, at))
        };
        let (created, expires) = (day("created"), day("expires"));
        let (Some((created, at_created)), Some((expires, at))) = (created, expires) else { return };
        if *today < *waiver.created {
            let what = format!("{created} has not come yet: today is {today} (UTC)");
            self.wrong(at_created, what, "the day on which the waiver was made");
        }
        match lasts(created, expires) {
            None => self.wrong(at, "this waiver ends before it was made", "its last day"),
            Some(days) if days > longest => {
                let last = created.saturating_add(jiff::Span::new().days(i64::from(longest)));
                let what =
                    format!("{days} days are too long: a waiver holds for at most {longest}");
                let help = format!(
                    "the last day may be \"{last}\"; a new waiver takes a new decision (`[waivers] longest-days` of the target file)"
                );
                self.wrong(at, what, help);
            }
            Some(_) if *today > *waiver.expires => {
                let what = format!(
                    "the waiver of {} has expired on {expires}: what it covers fails the run",
                    waiver.name()
                );
                let help = "mend what it covers, or have its owner decide anew; then take it out";
                self.problems
                    .push(self.document.problem(at.span.clone(), what).help(help).as_warning());
            }
            Some(_) if *soon > *waiver.expires => {
                let what = format!("the waiver of {} ends with {expires}", waiver.name());
                let help = "mend what it covers until then, or have its owner decide anew";
                self.problems
                    .push(self.document.problem(at.span.clone(), what).help(help).as_warning());
            }
            Some(_) => {}
        }
    }
}

/// A problem with the control at an index of `controls` of a target file, at its place where the file can be read again.
#[must_use]
pub fn asked_control(declared: &Declared, index: usize, problem: Problem) -> Problem {
    let Ok(source) = Source::read(Path::new(&declared.file)) else { return problem };
    let (document, _) = Document::parse(source);
    let node = document.at(&["target", "controls"]).and_then(|n| n.items().get(index));
    let Some(node) = node else { return problem };
    let at = document.problem(node.span.clone(), problem.what);
    match problem.help {
        Some(help) => at.help(help),
        None => at,
    }
}
