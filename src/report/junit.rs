//! JUnit XML for pipelines: a suite per feature file, a test case per finding. A failure is a finding; an error says that
//! there is no verdict. Consumers take only the first of two cases with one name, so that names are made unique.

use std::collections::BTreeMap;
use std::io;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::waiver_words::{asked, result, shown, waiver, waiver_of};
use super::{NotRun, Report, visible, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// How often each name was given.
type Names = BTreeMap<String, u64>;

/// The report as JUnit XML.
///
/// # Errors
/// Where the XML writer fails.
pub fn render(report: &Report) -> io::Result<String> {
    let mut names = Names::new();
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for finding in &report.findings {
        let suite = suite_name(&finding.place.file);
        let case = case(report, finding, &suite, &mut names);
        suites.entry(suite.clone()).or_insert_with(|| TestSuite::new(suite)).add_test_case(case);
    }
    for left_out in report.not_run.iter().filter(|n| !n.judged) {
        let suite = suite_name(&left_out.place.file);
        let case = not_run(left_out, &suite, &mut names);
        suites.entry(suite.clone()).or_insert_with(|| TestSuite::new(suite)).add_test_case(case);
    }
    let mut junit = quick_junit::Report::new("recant");
    junit.add_test_suite(about_the_run(report));
    for (_, mut suite) in suites {
        properties(report).into_iter().for_each(|p| {
            suite.add_property(p);
        });
        junit.add_test_suite(suite);
    }
    junit.to_string().map_err(io::Error::other)
}

/// `shipped:features/enforcement/old-token.feature` is `features.enforcement.old-token`.
fn suite_name(file: &str) -> String {
    let path = file.strip_prefix("shipped:").unwrap_or(file);
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_suffix(".feature").unwrap_or(path);
    let path = path.strip_prefix("features/").unwrap_or(path);
    let parts = path.split('/').filter(|p| !p.is_empty()).map(segment);
    std::iter::once("features".to_owned()).chain(parts).collect::<Vec<_>>().join(".")
}

// A full stop would start a new level in the trees that report readers show.
fn segment(text: &str) -> String {
    clean(text).replace('.', "_")
}

fn case(report: &Report, finding: &Finding, suite: &str, names: &mut Names) -> TestCase {
    let id = finding.requirement.rsplit('/').next().unwrap_or(&finding.requirement);
    let name = format!("{} {id}: {}", finding.alias, words::whereabouts(finding));
    let mut case = TestCase::new(unique(clean(&name), names), status(report, finding));
    case.set_classname(format!("{suite}.{}", segment(&finding.scenario)));
    match finding.verdict {
        Verdict::Bounded => {
            case.set_system_out(details(report, finding));
        }
        Verdict::Fail if finding.advisory => {
            case.set_system_out(format!("warning: {}", details(report, finding)));
        }
        _ => {}
    }
    case.add_property(property("requirement", &finding.requirement));
    case.add_property(property("verdict", shown(finding)));
    if let Some(waiver) = waiver_of(finding) {
        case.add_property(property("waiver", &waiver));
    }
    for control in controls(report, finding) {
        case.add_property(property("control", &control));
    }
    case
}

fn status(report: &Report, finding: &Finding) -> TestCaseStatus {
    let kind = match finding.verdict {
        Verdict::Pass | Verdict::Bounded => return TestCaseStatus::success(),
        Verdict::Fail if finding.advisory => return TestCaseStatus::success(),
        Verdict::NotApplicable => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(clean(&finding.because));
            return skipped;
        }
        // Gates count failures: what does not fail the run must not fail them, nor look like a success.
        Verdict::Fail if finding.is_waived() => {
            let waiver = waiver_of(finding).unwrap_or_default();
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_type("waived");
            skipped.set_message(clean(&format!("{waiver}; fail: {}", finding.because)));
            skipped.set_description(details(report, finding));
            return skipped;
        }
        Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Inconclusive => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(clean(&finding.because));
    status.set_type(match finding.verdict {
        Verdict::Fail => clean(&finding.requirement),
        _ => "inconclusive".into(),
    });
    status.set_description(details(report, finding));
    status
}

fn details(report: &Report, finding: &Finding) -> String {
    let mut lines = vec![
        clean(&finding.because),
        format!("asked: {}", clean(&finding.obligation)),
        format!("at: {}", clean(&finding.place.to_string())),
        format!("in: {}", clean(&words::whereabouts(finding))),
    ];
    lines.extend(waiver_of(finding).map(|w| format!("waiver: {}", clean(&w))));
    lines.extend(words::measured(finding).map(|m| format!("measured: {m}")));
    lines.extend(
        words::ops(&finding.evidence)
            .map(|o| format!("evidence: {o} in {}", words::history(finding))),
    );
    let controls = controls(report, finding);
    if !controls.is_empty() {
        lines.push(format!("controls: {}", clean(&controls.join(", "))));
    }
    lines.push(format!("help: recant explain {}", clean(&finding.requirement)));
    lines.join("\n")
}

fn controls(report: &Report, finding: &Finding) -> Vec<String> {
    let of = report.controls.iter().filter(|c| c.requirements.contains(&finding.requirement));
    of.map(super::ControlEvidence::label).collect()
}

fn not_run(left_out: &NotRun, suite: &str, names: &mut Names) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not-run").set_message(clean(&left_out.because));
    let name = format!("not run: {}", clean(&left_out.scenario));
    let mut case = TestCase::new(unique(name, names), status);
    case.set_classname(suite.to_owned());
    case
}

/// What no finding says, but a pipeline must not overlook.
fn about_the_run(report: &Report) -> TestSuite {
    let ended = words::cut_short(report.run.ending);
    let restored = (!report.unrestored.is_empty())
        .then(|| format!("still in force: {}", report.unrestored.join(", ")));
    // An empty shard is none of its own making: whether something was tested is told of the whole run.
    let none = report.findings.is_empty() && report.selection.shard.is_none();
    let tested = none.then(|| "there is no finding".to_owned());
    let uncovered: Vec<_> = report.uncovered().map(|c| asked(report, c)).collect();
    let uncovered = (!uncovered.is_empty()).then(|| uncovered.join(", "));
    let mut suite = TestSuite::new("recant");
    for (name, kind, wrong) in [
        ("the run came to its end", "interrupted", ended.map(str::to_owned)),
        ("every change was undone", "not-restored", restored),
        ("something was tested", "nothing-tested", tested),
        ("there is evidence for each control that was asked for", "no-evidence", uncovered),
    ]
    .into_iter()
    .filter(|(_, kind, _)| match *kind {
        "no-evidence" => !report.selection.controls.is_empty() && report.selection.shard.is_none(),
        "nothing-tested" => report.selection.shard.is_none(),
        _ => true,
    }) {
        let status = wrong.map_or_else(TestCaseStatus::success, |why| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(kind).set_message(clean(&why));
            status
        });
        let mut case = TestCase::new(name, status);
        case.set_classname("recant");
        suite.add_test_case(case);
    }
    suite.add_properties(properties(report));
    suite
}

fn properties(report: &Report) -> Vec<Property> {
    let target = &report.target;
    let mut all = vec![
        property("result", &result(report)),
        property("run", &report.run.name),
        property("started", &report.run.started),
        property("recant", &report.run.tool),
        property("target", &target.name),
        property("target version", target.version.as_deref().unwrap_or("not told")),
        property("environment", &target.environment),
        property("run by", &words::ran_by(&report.run)),
        property("profile", words::profile(target.profile)),
        property("tls verified", if target.tls_verified { "yes" } else { "no" }),
        property("history", &report.history.head),
        property("calibration", &report.calibration.line()),
        property("calibrated", if report.calibration.sound() { "yes" } else { "no" }),
    ];
    all.extend(words::shards(report).map(|(name, says)| property(name, &says)));
    all.extend(words::selection(&report.selection).map(|s| property("selection", &s)));
    all.extend(target.faults.iter().map(|f| property("fault", f)));
    let exceptions = target.exceptions.iter();
    all.extend(exceptions.map(|e| property("exception", &words::exception(e))));
    all.extend(report.waivers.iter().map(|w| property("waiver", &waiver(w))));
    all.extend(
        report.selection.controls.iter().map(|c| property("control asked for", &asked(report, c))),
    );
    all.extend(target.owners.iter().map(|o| property("owner", &format!("{}: {}", o.area, o.name))));
    all
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, clean(value))
}

fn unique(name: String, names: &mut Names) -> String {
    let n = names.entry(name.clone()).or_insert(0);
    *n += 1;
    match *n {
        1 => name,
        n => format!("{name} ({n})"),
    }
}

// The XML writer escapes markup, but lets through what XML 1.0 does not allow even escaped.
fn clean(text: &str) -> String {
    visible::xml(&visible::line(text))
}
