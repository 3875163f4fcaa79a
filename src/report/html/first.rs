//! The first screen: the verdict, what it stands on, what does not hold, what that means for which control, and how to
//! check all of it.

use std::collections::BTreeMap;

use super::agreed::{self, WaiverShown};
use super::finding::Whereabouts;
use super::index::Indices;
use super::lags;
use super::matrix::word;
use super::shown::{Link, Mark, first_of, long, text, time};
use crate::exit::Exit;
use crate::judge::Finding;
use crate::model::Standing;
use crate::report::{Ending, Report, RequirementJudged, waiver_words, words};

/// Requirements, controls, owners and exceptions that the first screen names.
const MOST: usize = 6;
/// Services and scenarios that a sentence names.
const NAMES: usize = 4;

/// The first screen.
#[derive(Debug, Clone)]
pub struct First {
    /// The verdict.
    pub mark: Mark,
    /// Its words.
    pub result: String,
    /// The exit code.
    pub code: u8,
    /// What it means.
    pub means: &'static str,
    /// What must be said beside it.
    pub beside: Vec<String>,
    /// Rows about target and run: name and value.
    pub about: Vec<(&'static str, String)>,
    /// What does not hold, or stays open: heading and items.
    pub lead: String,
    /// The items.
    pub items: Vec<Item>,
    /// Items that are not shown.
    pub items_left: usize,
    /// Controls with the evidence that matters most: label, title, and what the evidence comes to.
    pub controls: Vec<(Link, String, String)>,
    /// For each of them what its evidence comes to.
    pub counts: Vec<(&'static str, String)>,
    /// Who answers for which policy.
    pub owners: Vec<(String, String)>,
    /// Exceptions that the target declares, each with its standing.
    pub exceptions: Vec<Excepted>,
    /// Exceptions that are not shown.
    pub exceptions_left: usize,
    /// Waivers, each with what came of it.
    pub waivers: Vec<WaiverShown>,
    /// Waivers that are not shown.
    pub waivers_left: usize,
    /// Controls that evidence was asked for: true where there is some, and in words.
    pub asked: Vec<(bool, String)>,
    /// The calibration line.
    pub calibration: String,
    /// True where a green report means something.
    pub sound: bool,
    /// The key that the record was to be signed with.
    pub signer: Option<String>,
    /// Lines of the record.
    pub lines: String,
    /// Digest of its last line.
    pub head: String,
}

/// A requirement that needs attention.
#[derive(Debug, Clone)]
pub struct Item {
    /// Verdict.
    pub mark: Mark,
    /// Its row.
    pub requirement: Link,
    /// What must hold.
    pub title: String,
    /// What was seen instead, where.
    pub seen: String,
    /// Where, and how often.
    pub places: String,
    /// Its first finding.
    pub finding: Option<Link>,
}

/// An exception.
#[derive(Debug, Clone)]
pub struct Excepted {
    /// True where it may be relied on.
    pub good: bool,
    /// In words.
    pub text: String,
}

impl First {
    /// The first screen of a report. `firsts` are the worst findings of requirements that need attention.
    #[must_use]
    pub fn of(
        (report, index, at): (&Report, &Indices, &Whereabouts),
        firsts: &BTreeMap<&str, Link>,
    ) -> Self {
        let mark = Mark::of(report.result.word());
        let (waivers, waivers_left) = first_of(agreed::waivers(report), MOST);
        let (lead, items, items_left) = lead(report, at, firsts);
        let (exceptions, exceptions_left) = first_of(exceptions(report), MOST);
        let (owners, _) = first_of(report.target.owners.clone(), 2 * MOST);
        Self {
            mark,
            result: waiver_words::result(report),
            code: report.exit_code,
            means: report.result.means(),
            beside: beside(report),
            about: about(report, index.moved_ms()),
            lead,
            items,
            items_left,
            controls: controls(report, at),
            counts: words::summary(report).into_iter().map(|(n, v)| (n, text(&v))).collect(),
            owners: owners
                .iter()
                .map(|o| (text(&o.area), text(&format!("{} ({})", o.name, o.contact))))
                .collect(),
            exceptions,
            exceptions_left,
            waivers,
            waivers_left,
            asked: agreed::asked(report),
            calibration: long(&report.calibration.line()),
            sound: report.calibration.sound(),
            signer: report.run.signer.as_deref().map(text),
            lines: words::count(report.history.lines, "line"),
            head: text(&report.history.head),
        }
    }
}

/// What a reader must know beside the verdict.
fn beside(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    match report.run.ending {
        Ending::ByItself => {}
        Ending::Interrupted => all.push("The run was interrupted.".to_owned()),
        Ending::CutOff => all.push("The record was cut off.".to_owned()),
        Ending::CutOffRestored => {
            all.push("The record was cut off; its changes were undone.".to_owned());
        }
    }
    if let Some(shard) = &report.selection.shard {
        all.push(format!(
            "This is shard {} of a run: the others are not in it, and it says nothing of the whole.",
            shard.name()
        ));
    }
    if let Some(part) = words::part(report) {
        all.push(format!(
            "Only a part of the suite was selected: {part}. It says nothing of the rest."
        ));
    }
    if !report.not_run.is_empty() {
        let n = words::count(report.not_run.len() as u64, "scenario");
        all.push(format!("{n} did not come to an end: nothing here says how they would have."));
    }
    all.extend(agreed::beside(report));
    let uncovered = report.uncovered().map(|c| c.asked.control.clone()).collect::<Vec<_>>();
    if !uncovered.is_empty() {
        let names = uncovered.join(", ");
        all.push(long(&format!("There is no evidence for controls that were asked for: {names}.")));
    }
    let bounded = report.counts.findings.bounded;
    let holds = report.result.holds();
    if holds && bounded > 0 {
        let n = words::count(bounded, "finding");
        all.push(format!(
            "{n} only within a declared bound: the token goes on working until it expires."
        ));
    }
    if report.counts.findings.warning > 0 {
        let n = words::count(report.counts.findings.warning, "warning");
        all.push(format!("{n}: a SHOULD that does not hold changes no exit code."));
    }
    if !report.unrestored.is_empty() {
        let n = words::count(report.unrestored.len() as u64, "change");
        all.push(format!("{n} could not be undone: the target is not as it was before."));
    }
    if !report.target.faults.is_empty() {
        let names = report.target.faults.join(", ");
        all.push(text(&format!("Faults of the reference system were switched on: {names}.")));
    }
    if !report.target.tls_verified {
        all.push("TLS was not verified.".to_owned());
    }
    if !report.calibration.sound() {
        all.push(long(&format!("Calibration: {}.", report.calibration.line())));
    }
    all
}

/// `moved_ms`: by how much the target's clock was moved.
fn about(report: &Report, moved_ms: u64) -> Vec<(&'static str, String)> {
    let (target, run) = (&report.target, &report.run);
    let times = (run.started.parse::<jiff::Timestamp>(), run.ended.parse::<jiff::Timestamp>());
    let took = match times {
        (Ok(start), Ok(end)) => {
            let ms = end.as_millisecond().saturating_sub(start.as_millisecond());
            format!(", took {}", words::seconds(u64::try_from(ms).unwrap_or_default(), true))
        }
        _ => String::new(),
    };
    let moved = match moved_ms {
        0 => String::new(),
        ms => {
            format!("; the target's clock was moved {} ahead meanwhile", words::seconds(ms, true))
        }
    };
    let mut rows = vec![
        ("Target", text(&words::target(target))),
        ("Profile", words::profile(target.profile).to_owned()),
        ("When", format!("{}{took}{moved}", time(&run.started))),
        ("Run by", long(&words::ran_by(run))),
        ("Run", text(&run.name)),
        ("Tool", text(&format!("recant {}", run.tool))),
        ("Started as", long(&run.command.join(" "))),
    ];
    rows.extend(words::shards(report).map(|(_, says)| ("Shards", long(&says))));
    rows.extend(words::selection(&report.selection).map(|s| ("Selected", long(&s))));
    rows.extend(run.seed.map(|seed| ("Seed", seed.to_string())));
    rows
}

/// What needs attention most: requirements that do not hold, else those that stay open, else those with warnings, else those that
/// hold within a declared bound only. A heading, the first few, and how many are left.
fn lead(
    report: &Report,
    at: &Whereabouts,
    firsts: &BTreeMap<&str, Link>,
) -> (String, Vec<Item>, usize) {
    let judged = words::count(report.requirements.len() as u64, "requirement");
    for (wanted, said) in [
        ("fail", "What does not hold"),
        ("inconclusive", "What stays open"),
        ("warning", "What does not hold, and only should"),
        ("bounded", ""),
    ] {
        let of: Vec<&RequirementJudged> =
            report.requirements.iter().filter(|r| word(r) == wanted).collect();
        if of.is_empty() {
            continue;
        }
        let findings: Vec<&Finding> =
            report.findings.iter().filter(|f| words::word(f) == wanted).collect();
        let shown = of.iter().take(MOST);
        let items = shown.map(|r| item(r, wanted, &findings, at, firsts)).collect();
        let left = of.len().saturating_sub(MOST);
        let heading = match said {
            "" => format!(
                "{}; {} of them only within a declared bound",
                holds(report, &judged),
                of.len()
            ),
            _ => format!(
                "{said}: {}, {}{}{}",
                words::count(of.len() as u64, "requirement"),
                words::count(findings.len() as u64, "finding"),
                all_at(&findings),
                open_beside(report, wanted)
            ),
        };
        return (heading, items, left);
    }
    (holds(report, &judged), Vec::new(), 0)
}

fn holds(report: &Report, judged: &str) -> String {
    match report.result {
        Exit::Conformant => format!("Every requirement that was judged holds: {judged}"),
        Exit::CleanShard => format!("Nothing fails or stays open in this shard: {judged}"),
        Exit::ConformantButWaived => format!("Judged: {judged}, some failures of which are waived"),
        _ => format!("Judged: {judged}"),
    }
}

/// What stays open beside what fails: it is not among the items.
fn open_beside(report: &Report, wanted: &str) -> String {
    let open = report.requirements.iter().filter(|r| r.findings.inconclusive > 0).count() as u64;
    match (wanted, report.counts.findings.inconclusive) {
        ("fail", n) if n > 0 => format!(
            "; {} of {} stay open as well",
            words::count(n, "finding"),
            words::count(open, "requirement")
        ),
        _ => String::new(),
    }
}

/// `, all at "reports"` where all are at one service.
fn all_at(findings: &[&Finding]) -> String {
    let first = findings.first().and_then(|f| f.service.as_deref());
    match first {
        Some(service)
            if findings.len() > 1
                && findings.iter().all(|f| f.service.as_deref() == Some(service)) =>
        {
            format!(", all at \"{}\"", text(service))
        }
        _ => String::new(),
    }
}

fn item(
    r: &RequirementJudged,
    wanted: &'static str,
    findings: &[&Finding],
    at: &Whereabouts,
    firsts: &BTreeMap<&str, Link>,
) -> Item {
    let of: Vec<&&Finding> = findings.iter().filter(|f| f.requirement == r.id).collect();
    // of equals the first, as the page has them
    let worst = of.iter().rev().max_by_key(|f| lags::weight(f));
    let services = names(of.iter().filter_map(|f| f.service.as_deref()), true);
    let scenarios = names(of.iter().map(|f| f.scenario.as_str()), false);
    let waived = match of.iter().filter(|f| f.is_waived()).count() {
        0 => String::new(),
        n => format!("; {n} waived"),
    };
    let at_services = if services.is_empty() { String::new() } else { format!("at {services}, ") };
    Item {
        mark: Mark::of(wanted),
        requirement: at.requirement(&r.id, &r.alias),
        title: long(&r.title),
        seen: worst.map(|f| long(&f.because)).unwrap_or_default(),
        places: format!(
            "{at_services}in {scenarios} ({} of {}{waived})",
            of.len(),
            words::count(r.findings.total, "finding")
        ),
        finding: firsts.get(r.id.as_str()).cloned(),
    }
}

/// The first few names of several, each once.
fn names<'n>(all: impl Iterator<Item = &'n str>, quoted: bool) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in all {
        if !seen.contains(&name) && seen.len() <= NAMES {
            seen.push(name);
        }
    }
    let more = seen.len() > NAMES;
    let shown = seen.iter().take(NAMES);
    let shown: Vec<_> =
        shown.map(|n| if quoted { format!("\"{}\"", text(n)) } else { text(n) }).collect();
    format!("{}{}", shown.join(", "), if more { " and others" } else { "" })
}

/// Controls whose evidence has most that does not hold; where all holds those with most evidence.
fn controls(report: &Report, at: &Whereabouts) -> Vec<(Link, String, String)> {
    let failing: BTreeMap<&str, &str> =
        report.requirements.iter().map(|r| (r.id.as_str(), word(r))).collect();
    let count = |requirements: &[String], wanted: &str| {
        requirements.iter().filter(|r| failing.get(r.as_str()) == Some(&wanted)).count()
    };
    let mut all: Vec<_> = report.controls.iter().collect();
    all.sort_by_key(|c| {
        let of = |wanted| count(&c.requirements, wanted);
        std::cmp::Reverse((of("fail"), of("inconclusive"), of("warning"), c.requirements.len()))
    });
    let shown = all.into_iter().take(MOST).map(|c| {
        let link = c.requirements.first().and_then(|r| at.controls.get(r));
        let label = text(&c.label());
        let to = link.and_then(|links| links.iter().find(|l| l.text == label));
        let evidence =
            format!("evidence of {}", words::count(c.requirements.len() as u64, "requirement"));
        let of = |wanted| count(&c.requirements, wanted);
        let comes = match (of("fail"), of("inconclusive")) {
            (0, 0) => format!("{evidence}: none fails or stays open"),
            (0, 1) => format!("{evidence}: 1 stays open"),
            (0, open) => format!("{evidence}: {open} stay open"),
            (1, _) => format!("{evidence}: 1 does not hold"),
            (bad, _) => format!("{evidence}: {bad} do not hold"),
        };
        let link = Link {
            to: to.map_or_else(|| "controls".into(), |l| l.to.clone()),
            text: label,
            mark: Some(Mark::of(words::worst(c.verdict, &c.findings))),
        };
        (link, text(&c.title), comes)
    });
    shown.collect()
}

fn exceptions(report: &Report) -> Vec<Excepted> {
    let each = report.target.exceptions.iter().map(|listed| Excepted {
        good: listed.standing == Standing::InForce,
        text: long(&words::exception(listed)),
    });
    each.collect()
}
