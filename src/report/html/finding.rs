//! Findings: those that need attention with all that explains them, the rest a row each.

use std::collections::BTreeMap;

use super::claims::{self, Difference};
use super::figure::Figure;
use super::index::{Index, Indices};
use super::said;
use super::shown::{Anchors, Link, Mark, digest, long, text};
use crate::judge::{Finding, MOST_EVIDENCE, pictures};
use crate::report::waiver_words::{shown, waiver_of};
use crate::report::{Report, words};
use crate::requirements::{Catalog, Level};

/// Findings that are shown whole; the others keep their row.
pub const DETAILS: usize = 200;
/// Findings that have a row.
pub const ROWS: usize = 3000;
/// Pictures on the page.
pub const FIGURES: usize = 300;
/// Findings whose details stand open from the beginning.
const OPEN: usize = 3;
/// Ops listed as evidence of one finding.
const OPS: usize = 24;

/// A finding in a row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Anchor.
    pub id: String,
    /// Verdict.
    pub mark: Mark,
    /// Requirement.
    pub requirement: Link,
    /// Scenario.
    pub scenario: Link,
    /// Service; empty where it is about none.
    pub service: String,
    /// What was seen.
    pub because: String,
    /// Lag and residual.
    pub measured: String,
}

/// A finding with all that explains it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Anchor.
    pub id: String,
    /// True where it stands open.
    pub open: bool,
    /// Verdict.
    pub mark: Mark,
    /// Requirement.
    pub requirement: Link,
    /// What must hold.
    pub title: String,
    /// Whose words these are.
    pub obliges: String,
    /// Scenario.
    pub scenario: Link,
    /// Service; empty where it is about none.
    pub service: String,
    /// What was seen.
    pub because: String,
    /// The feature's sentence.
    pub asked: String,
    /// Where it stands.
    pub place: String,
    /// Who answers for it, where a waiver covers it.
    pub waiver: String,
    /// Lag and residual.
    pub measured: String,
    /// What to do about it.
    pub help: String,
    /// Controls that the requirement is evidence for.
    pub controls: Vec<Link>,
    /// Pictures of the changes.
    pub figures: Vec<Figure>,
    /// Pictures that another finding shows already.
    pub elsewhere: Vec<Link>,
    /// What became of the token.
    pub difference: Option<Difference>,
    /// The file that the evidence stands in.
    pub record: String,
    /// Evidence.
    pub ops: Vec<OpRow>,
    /// True where the judge may have named some of it only.
    pub some: bool,
    /// Evidence that is not listed.
    pub ops_left: usize,
}

/// An op as evidence.
#[derive(Debug, Clone)]
pub struct OpRow {
    /// Index.
    pub index: u64,
    /// When it was sent.
    pub at: String,
    /// What was done.
    pub what: String,
    /// What it came to, with a sign.
    pub came: String,
    /// The sign.
    pub sign: &'static str,
    /// Class of the style sheet.
    pub class: &'static str,
}

/// Pictures that were drawn.
#[derive(Debug, Default)]
pub struct Drawn(BTreeMap<Pictured, String>);

/// What a picture shows: shard, scenario, service, change and bound.
type Pictured = (Option<u32>, String, String, u64, Option<u64>);

/// Anchors of the report's findings, in its order.
#[must_use]
pub fn anchors(report: &Report, given: &mut Anchors) -> Vec<String> {
    let each = report.findings.iter().map(|f| {
        let line = f.place.line.to_string();
        let service = f.service.as_deref().unwrap_or_default();
        let name = [&*f.requirement, &*f.scenario, service, &*f.place.file, &line, &*f.obligation];
        let alias: String = f.alias.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        given.give(format!("f-{}-{}", alias.to_ascii_lowercase(), digest(&name)))
    });
    each.collect()
}

/// Where the page tells of requirements, scenarios and controls.
#[derive(Debug, Default)]
pub struct Whereabouts {
    /// Anchors of requirements by id.
    pub requirements: BTreeMap<String, String>,
    /// Anchors of scenarios by shard and name.
    pub scenarios: BTreeMap<(Option<u32>, String), String>,
    /// Links to controls by requirement.
    pub controls: BTreeMap<String, Vec<Link>>,
}

impl Whereabouts {
    /// A link to a requirement, by its short id.
    #[must_use]
    pub fn requirement(&self, id: &str, alias: &str) -> Link {
        let to = self.requirements.get(id).cloned().unwrap_or_else(|| "requirements".into());
        Link { to, text: text(if alias.is_empty() { id } else { alias }), mark: None }
    }

    /// A link to the scenario of a finding.
    #[must_use]
    pub fn scenario(&self, finding: &Finding) -> Link {
        let to = self.scenarios.get(&(finding.shard, finding.scenario.clone()));
        let to = to.cloned().unwrap_or_else(|| "scenarios".into());
        Link { to, text: text(&finding.scenario), mark: None }
    }
}

/// A finding in a row.
#[must_use]
pub fn row(finding: &Finding, id: &str, at: &Whereabouts) -> Row {
    Row {
        id: id.to_owned(),
        mark: Mark::of(shown(finding)),
        requirement: at.requirement(&finding.requirement, &finding.alias),
        scenario: at.scenario(finding),
        service: finding.service.as_deref().map(text).unwrap_or_default(),
        because: text(&finding.because),
        measured: words::measured(finding).unwrap_or_default(),
    }
}

/// A finding with all that explains it. `nth` counts those before it.
#[must_use]
pub fn detail(
    (report, indices, at): (&Report, &Indices, &Whereabouts),
    finding: &Finding,
    id: &str,
    nth: usize,
    drawn: &mut Drawn,
) -> Detail {
    let judged = report.requirements.iter().find(|r| r.id == finding.requirement);
    let index = indices.behind(finding);
    let (figures, elsewhere) = index.map(|i| drawn.of(i, finding, id)).unwrap_or_default();
    let cited = finding.evidence.iter().take(OPS);
    Detail {
        id: id.to_owned(),
        open: nth < OPEN,
        mark: Mark::of(shown(finding)),
        requirement: at.requirement(&finding.requirement, &finding.alias),
        title: judged.map(|r| long(&r.title)).unwrap_or_default(),
        obliges: judged.map(obliges).unwrap_or_default(),
        scenario: at.scenario(finding),
        service: finding.service.as_deref().map(text).unwrap_or_default(),
        because: long(&finding.because),
        asked: long(&finding.obligation),
        place: text(&finding.place.to_string()),
        waiver: waiver_of(finding).map(|w| long(&w)).unwrap_or_default(),
        measured: words::measured(finding).unwrap_or_default(),
        help: judged.map(|r| long(&r.help.replace('\n', " "))).unwrap_or_default(),
        controls: at.controls.get(&finding.requirement).cloned().unwrap_or_default(),
        figures,
        elsewhere,
        difference: index.and_then(|index| claims::difference(index, finding)),
        record: words::history(finding),
        ops: cited.filter_map(|op| op_row(index?, *op)).collect(),
        some: finding.evidence.len() == MOST_EVIDENCE,
        ops_left: finding.evidence.len().saturating_sub(OPS),
    }
}

/// Whose words a requirement is. A profile's requirement is never called a violation of a standard.
#[must_use]
pub fn obliges(r: &crate::report::RequirementJudged) -> String {
    let level = match r.level {
        Some(Level::Must) => "MUST",
        Some(Level::Should) => "SHOULD",
        None => return "a requirement that this recant does not know".into(),
    };
    let mut all = Vec::new();
    if !r.standards.is_empty() {
        all.push(format!("{level} of {}", text(&r.standards.join("; "))));
    } else {
        all.push(format!("{level} of recant's profile, no violation of a standard"));
    }
    let after = words::inspired_by(r);
    if !after.is_empty() {
        all.push(format!("inspired by {}", text(&after.join("; "))));
    }
    all.join("; ")
}

fn op_row(index: &Index, op: u64) -> Option<OpRow> {
    let op = index.op(op)?;
    let (sign, class) = said::sign(op);
    Some(OpRow {
        index: op.index,
        at: index.clock(op.start),
        what: said::action(&op.action, index.run),
        came: said::outcome(op),
        sign,
        class,
    })
}

impl Drawn {
    /// True where no more are drawn.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= FIGURES
    }

    /// Pictures of a finding: those that are new, and links to those that stand elsewhere on the page.
    pub fn of(&mut self, index: &Index, finding: &Finding, id: &str) -> (Vec<Figure>, Vec<Link>) {
        let (mut figures, mut elsewhere) = (Vec::new(), Vec::new());
        let Some(obligation) = index.obligation(finding).filter(|_| finding.lag.is_some()) else {
            return (figures, elsewhere);
        };
        let part = index.part(obligation);
        for picture in pictures(Catalog::shipped(), &part, obligation, finding) {
            let (scenario, service) = (finding.scenario.clone(), picture.service.clone());
            let name = (finding.shard, scenario, service, picture.op, picture.bound_ms);
            let words = format!("\"{}\" after \"{}\"", text(&picture.service), text(&picture.name));
            if let Some(to) = self.0.get(&name) {
                elsewhere.push(Link { to: to.clone(), text: words, mark: None });
            } else if !self.is_full() {
                let anchor = format!("{id}-op-{}", picture.op);
                self.0.insert(name, anchor.clone());
                let clock = |at| index.clock(at);
                figures.push(Figure::of(&picture, anchor, clock, |s: &str| index.who(s)));
            }
        }
        (figures, elsewhere)
    }
}
