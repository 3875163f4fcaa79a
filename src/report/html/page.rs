//! The page put together, and cut where it would get too large for a reader or a browser.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use askama::Template;
use base64::Engine as _;
use sha2::{Digest, Sha256};

use super::filters;
use super::finding::{self, DETAILS, Detail, Drawn, FIGURES, ROWS, Row, Whereabouts};
use super::first::First;
use super::index::Indices;
use super::lags::{self, Service};
use super::matrix::{self, Framework, Group};
use super::scenario::{self, Scenario};
use super::shown::{Anchors, Link, text};
use crate::judge::Finding;
use crate::report::{Report, Views, waiver_words, words};

/// The style sheet: the template includes the same file, without its last line end.
const STYLE: &str = include_str!("style.css");
/// Rows of each other list.
const LIST: usize = 500;

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    policy: String,
    title: String,
    first: First,
    services: Vec<Service>,
    services_left: usize,
    frameworks: Vec<Framework>,
    groups: Vec<Group>,
    groups_left: usize,
    scenarios: Vec<Scenario>,
    scenarios_left: usize,
    not_run: Vec<(String, String, String)>,
    not_run_left: usize,
    unrestored: Vec<String>,
    details: Vec<Detail>,
    details_left: usize,
    rows: Vec<Row>,
    rows_left: usize,
    bounds: String,
    absent: Vec<(String, String)>,
    digests: Vec<(String, String)>,
    digests_left: usize,
    figures: usize,
    totals: Totals,
}

/// Numbers for the table of contents.
struct Totals {
    controls: usize,
    requirements: usize,
    scenarios: usize,
    findings: u64,
}

/// The page as bytes of UTF-8, the same for the same record.
///
/// # Errors
/// Where a template can't be filled in.
pub fn render<'a>(report: &Report, views: impl Into<Views<'a>>) -> io::Result<String> {
    page(report, &views.into()).render().map_err(io::Error::other)
}

fn page(report: &Report, views: &Views<'_>) -> Page {
    let index = Indices::of(views);
    let (mut anchors, mut at, mut drawn) =
        (Anchors::default(), Whereabouts::default(), Drawn::default());
    for own in [
        "main",
        "result",
        "lag",
        "waivers",
        "controls",
        "requirements",
        "scenarios",
        "findings",
        "others",
        "record",
    ] {
        anchors.give(own.to_owned());
    }
    let of_controls = matrix::place(report, &mut anchors, &mut at);
    let (scenarios, scenarios_left) = scenario::place(report, &index, &mut anchors, &mut at);
    let mut ids = finding::anchors(report, &mut anchors);
    let Told { details, rows, firsts, left } = told((report, &index, &at), &mut ids, &mut drawn);
    let scenarios = scenario::list(report, &index, &scenarios, &at, &mut drawn, &ids);
    let (services, services_left) = lags::services(report, &index, &ids);
    let (groups, groups_left) = matrix::requirements(report, &at, &firsts);
    let named = details.len() + rows.len();
    let not_run = report.not_run.iter().take(LIST);
    let target = &report.target;
    Page {
        policy: policy(),
        title: text(&format!("recant: {} — {}", waiver_words::result(report), target.name)),
        first: First::of((report, &index, &at), &firsts),
        services,
        services_left,
        frameworks: matrix::frameworks(report, &of_controls, &at),
        groups,
        groups_left,
        scenarios_left,
        not_run: not_run
            .map(|n| (text(&n.scenario), text(&n.place.to_string()), text(&n.because)))
            .collect(),
        not_run_left: report.not_run.len().saturating_sub(LIST),
        unrestored: report.unrestored.iter().take(LIST).map(|u| text(u)).collect(),
        details_left: left,
        rows_left: report.findings.len().saturating_sub(named),
        bounds: words::bounds(&target.bounds),
        absent: target
            .absent
            .iter()
            .take(LIST)
            .map(|a| (text(&a.capability), text(&a.reason)))
            .collect(),
        digests: report.digests.iter().take(LIST).map(|(f, d)| (text(f), text(d))).collect(),
        digests_left: report.digests.len().saturating_sub(LIST),
        figures: FIGURES,
        totals: Totals {
            controls: report.controls.len(),
            requirements: report.requirements.len(),
            scenarios: scenarios.len() + scenarios_left,
            findings: report.counts.findings.total,
        },
        scenarios,
        details,
        rows,
    }
}

/// Findings as the page tells them.
struct Told<'a> {
    details: Vec<Detail>,
    rows: Vec<Row>,
    /// The worst finding of each requirement that needs attention.
    firsts: BTreeMap<&'a str, Link>,
    /// Findings that need attention and are not told whole.
    left: usize,
}

/// Sorts and cuts. The anchor of a finding that is cut becomes that of the list.
fn told<'a>(
    whole: (&'a Report, &Indices, &Whereabouts),
    ids: &mut [String],
    drawn: &mut Drawn,
) -> Told<'a> {
    let (report, _, at) = whole;
    let mut told = Told { details: Vec::new(), rows: Vec::new(), firsts: BTreeMap::new(), left: 0 };
    for n in worst_first(report) {
        let (finding, id) = (&report.findings[n], ids[n].clone());
        if is_told(finding) && told.details.len() < DETAILS {
            told.details.push(finding::detail(whole, finding, &id, told.details.len(), drawn));
        } else {
            told.left += usize::from(is_told(finding));
            if told.rows.len() == ROWS {
                ids[n] = "others".into();
                continue;
            }
            told.rows.push(finding::row(finding, &id, at));
        }
        if is_told(finding) {
            let link = Link { to: id, text: "evidence".into(), mark: None };
            told.firsts.entry(&finding.requirement).or_insert(link);
        }
    }
    told
}

/// Findings that need somebody's attention are told whole.
fn is_told(finding: &Finding) -> bool {
    matches!(words::word(finding), "fail" | "inconclusive" | "warning")
}

/// Indices of the findings: what needs attention most comes first; then by requirement, in the order of the report; of one requirement
/// that first which a service took longest to follow, as far beyond its bound.
fn worst_first(report: &Report) -> Vec<usize> {
    let weight = |n: &usize| match words::word(&report.findings[*n]) {
        "fail" => 0,
        "inconclusive" => 1,
        "warning" => 2,
        "bounded" => 3,
        "pass" => 4,
        _ => 5,
    };
    let mut order: Vec<usize> = (0..report.findings.len()).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, finding) in report.findings.iter().enumerate() {
        first.entry(&finding.requirement).or_insert(n);
    }
    order.sort_by_key(|n| {
        let finding = &report.findings[*n];
        let requirement = first.get(finding.requirement.as_str()).copied();
        (weight(n), requirement, Reverse(lags::weight(finding)))
    });
    order
}

/// Nothing is loaded, run, sent or embedded; only the page's own style sheet counts.
fn policy() -> String {
    let style = STYLE.strip_suffix('\n').unwrap_or(STYLE);
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}
