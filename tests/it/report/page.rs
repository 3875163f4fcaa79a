//! `report.html`: parsed as a browser parses it. What it says, and that nothing in it is obeyed, whatever a target sends.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use base64::Engine as _;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use recant::calibration::Calibration;
use recant::controls::Frameworks;
use recant::history::{Obligation, View};
use recant::judge::{Finding, judge, pictures};
use recant::model::{RanBy, ToldBy, Verdict};
use recant::report::{self, Evidence, HistoryNamed, Report, Undo, html};
use recant::requirements::Catalog;
use sha2::Digest as _;

use super::literal::{HOSTILE, build, finding, literal, plan, view};

/// Elements that the templates use; a browser runs, loads or sends none of them.
const ELEMENTS: &str = "a article b body caption code dd desc details div dl dt em figcaption figure footer h1 h2 h3 h4 head header \
    html li main meta nav ol p path rect section small span style summary svg table tbody td text th thead title tr ul";

/// An element: its name, its attributes, and the text right below it.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn page(report: &Report, view: &View) -> String {
    html::render(report, view).expect("the templates can be filled in")
}

/// All elements of a page in order, its whole text, and its comments.
fn parse(page: &str) -> (Vec<Element>, String, usize) {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(page);
    assert_eq!(dom.errors.borrow().as_slice(), &[] as &[std::borrow::Cow<str>], "well-formed");
    let (mut elements, mut text, mut comments) = (Vec::new(), String::new(), 0);
    walk(&dom.document, &mut elements, &mut text, &mut comments);
    (elements, text, comments)
}

fn walk(node: &Handle, all: &mut Vec<Element>, text: &mut String, comments: &mut usize) {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs.borrow();
            let attributes =
                attributes.iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
            let children = node.children.borrow();
            let own = children.iter().filter_map(|c| match &c.data {
                NodeData::Text { contents } => Some(contents.borrow().to_string()),
                _ => None,
            });
            all.push(Element {
                name: name.local.to_string(),
                attributes: attributes.collect(),
                text: own.collect(),
            });
            if &*name.local == "style" {
                return;
            }
        }
        NodeData::Text { contents } => text.push_str(&contents.borrow()),
        NodeData::Comment { .. } => *comments += 1,
        _ => {}
    }
    node.children.borrow().iter().for_each(|child| walk(child, all, text, comments));
}

/// What must hold of every page.
fn is_inert(page: &str) {
    let known: BTreeSet<&str> = ELEMENTS.split_whitespace().collect();
    let (elements, text, comments) = parse(page);
    assert_eq!(comments, 0);
    let mut ids = BTreeSet::new();
    for element in &elements {
        let name = element.name.as_str();
        assert!(known.contains(name), "<{name}> {:?}", element.attributes);
        for (attribute, value) in &element.attributes {
            assert!(
                !attribute.starts_with("on") && attribute != "style" && attribute != "src",
                "{attribute}={value}"
            );
            assert!(attribute != "href" || value.starts_with('#'), "{attribute}={value}");
            let odd = value.chars().find(|c| obeyed(*c));
            assert_eq!(odd, None, "{attribute}={value:?}");
        }
        if let Some(id) = element.attribute("id") {
            assert!(ids.insert(id), "the id {id} is given twice");
        }
    }
    for element in &elements {
        let href = element.attribute("href").map(|href| &href[1..]);
        assert!(href.is_none_or(|id| ids.contains(id)), "{href:?} leads nowhere");
        for id in element.attribute("aria-labelledby").unwrap_or_default().split_whitespace() {
            assert!(ids.contains(id), "{id} labels nothing");
        }
    }
    assert_eq!(text.chars().find(|c| obeyed(*c)), None);
    let style = elements.iter().find(|e| e.name == "style").expect("a style sheet");
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(&style.text));
    let policy =
        elements.iter().find(|e| e.attribute("http-equiv") == Some("Content-Security-Policy"));
    let policy = policy.and_then(|e| e.attribute("content")).expect("a policy");
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
        )
    );
    assert_eq!(elements.iter().filter(|e| e.name == "h1").count(), 1);
    assert_eq!(elements.iter().filter(|e| e.name == "style").count(), 1);
}

/// Characters that a reader's machine would obey.
fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The report of an example of a requirement, and its record.
fn example(id: &str, verdict: Verdict) -> (Report, View) {
    let catalog = Catalog::shipped();
    let requirement = catalog.find(id).expect("the requirement is there");
    let example = requirement.example.iter().find(|e| e.verdict == verdict).expect("an example");
    let view = View::of(example.lines(requirement).expect("it stands for a history"));
    let findings = judge(catalog, &view);
    (report(&view, &findings), view)
}

fn report(view: &View, findings: &[Finding]) -> Report {
    report::build(Evidence {
        plan: &plan(),
        view,
        history: &HistoryNamed { lines: 14, head: "cd".repeat(32) },
        findings,
        undo: &Undo::default(),
        calibration: &Calibration::default(),
        catalog: Catalog::shipped(),
        frameworks: Frameworks::shipped(),
    })
}

/// The text of a page without empty lines.
fn said(page: &str) -> String {
    let (_, text, _) = parse(page);
    let lines = text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_failing_example_says_what_failed_why_and_for_which_control() {
    let (report, view) = example("E-01", Verdict::Fail);
    let page = page(&report, &view);
    is_inert(&page);
    let text = said(&page).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let first = text.split("\nCounts that reconcile\n").next().unwrap_or_default();
    let findings =
        text.split("\nFindings\nFailures").nth(1).and_then(|t| t.split("\nControls\n").next());
    insta::assert_snapshot!(format!("{first}\n...\n{}", findings.unwrap_or_default()));
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    for hostile in [
        HOSTILE.to_owned(),
        format!("{}</style><script>alert(1)</script>", "x".repeat(1_000_000)),
        "\u{1b}]8;;https://example.org\u{1b}\\click\u{1b}]8;;\u{1b}\\ \u{9b}2J \u{2066}\u{200b}\u{feff}\u{85}".to_owned(),
        "\" onmouseover=\"alert(1)\" x=\"' --> <!-- ]]> <svg onload=alert(1)> &lt;img src=x&gt; javascript:alert(1)".to_owned(),
        "{{ 7 * 7 }} {% include \"style.css\" %} </title></desc></text></svg><base href=//example.org>".to_owned(),
        String::new(),
    ] {
        let mut report = literal();
        soil(&mut report, &hostile);
        let mut view = view(Some((false, 0)));
        let of_it = |f: &Finding| Obligation {
            requirement: f.requirement.clone(),
            check: "loss".into(),
            instance: f.scenario.clone(),
            upto: 9,
            place: f.place.clone(),
            text: f.obligation.clone(),
            ..Obligation::default()
        };
        view.obligations = report.findings.iter().map(of_it).collect();
        for op in &mut view.ops {
            op.instance = hostile.clone();
            op.outcome = recant::model::Outcome::Unknown(hostile.clone());
        }
        let page = page(&report, &view);
        is_inert(&page);
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
    }
}

/// Hostile text wherever a target, a file or somebody on the command line has a say.
fn soil(report: &mut Report, hostile: &str) {
    let text = || hostile.to_owned();
    report.run.name = text();
    report.run.command = vec![text()];
    report.run.started = text();
    report.run.by = Some(RanBy { name: text(), told: ToldBy::GitlabCi, job: Some(text()) });
    report.target.version = Some(text());
    report.target.name = text();
    report.target.environment = text();
    report.unrestored = vec![text()];
    report.history.head = text();
    report.calibration.because = Some(text());
    report.digests.insert(text(), text());
    report.selection.paths = vec![text()];
    report.not_run.iter_mut().for_each(|n| (n.scenario, n.because) = (text(), text()));
    for finding in &mut report.findings {
        finding.because = text();
        finding.obligation = text();
        finding.scenario = text();
        finding.service = Some(text());
        finding.place.file = text();
        finding.alias = text();
    }
    for r in &mut report.requirements {
        (r.title, r.help, r.alias) = (text(), text(), text());
        (r.standards, r.inspired_by) = (vec![text()], vec![text()]);
    }
    for c in &mut report.controls {
        (c.title, c.note, c.catalogue, c.cited) = (text(), text(), text(), text());
    }
}

#[test]
fn pages_of_all_examples_are_inert_and_the_same_twice() {
    for requirement in Catalog::shipped().all() {
        let Some(example) = requirement.example.first() else { continue };
        let view = View::of(example.lines(requirement).expect("it stands for a history"));
        let report = report(&view, &judge(Catalog::shipped(), &view));
        let once = page(&report, &view);
        is_inert(&once);
        assert!(once == page(&report, &view), "{}", requirement.id);
    }
}

#[test]
fn pictures_show_what_was_judged() {
    let catalog = Catalog::shipped();
    let mut drawn = 0;
    for requirement in catalog.all() {
        for example in &requirement.example {
            let view = View::of(example.lines(requirement).expect("it stands for a history"));
            for finding in judge(catalog, &view) {
                let Some(lag) = finding.lag else { continue };
                let obligation = view.obligations.iter().find(|o| o.text == finding.obligation);
                let obligation = obligation.expect("the obligation is there");
                let part = view.of_instance(&obligation.instance, obligation.upto);
                let all = pictures(catalog, &part, obligation, &finding);
                assert!(!all.is_empty(), "{}: {}", requirement.alias, example.about);
                drawn += all.len();
                let least = all.iter().filter_map(|p| Some(p.lag?.at_least_ms)).max();
                assert!(least >= Some(lag.at_least_ms), "{}: {}", requirement.alias, example.about);
                let over = lag.bound_ms.is_some_and(|bound| lag.at_least_ms > bound);
                let late = all.iter().flat_map(|p| &p.calls).any(|c| c.late);
                assert!(late || !over, "{}: {}", requirement.alias, example.about);
            }
        }
    }
    assert!(drawn > 40, "{drawn}");
}

#[test]
fn a_hundred_thousand_findings_are_cut_and_that_is_said() {
    for (verdict, files) in [(Verdict::Fail, 2), (Verdict::Pass, 1)] {
        let many: Vec<_> = (0..100_000)
            .map(|n| {
                let service = format!("service-{n}");
                let id = "token/new-token-follows-entitlement";
                Finding {
                    scenario: format!("scenario-{}", n % 5000),
                    ..finding(id, "T-01", &service, verdict)
                }
            })
            .collect();
        let report = build(&many, Some((false, 0)), &Undo::default());
        let begun = Instant::now();
        let page = page(&report, &view(Some((false, 0))));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(page.len() < 8_000_000, "{} bytes", page.len());
        let told = page.matches("Cut here for size:").count();
        assert!(told >= files, "{told}");
        assert!(page.contains("<code>findings.json</code> has all of them"));
        let (elements, ..) = parse(&page);
        let ids: BTreeSet<_> = elements.iter().filter_map(|e| e.attribute("id")).collect();
        let links = elements.iter().filter_map(|e| e.attribute("href"));
        links.for_each(|href| assert!(ids.contains(&href[1..]), "{href} leads nowhere"));
    }
}

/// Escaping is on everywhere, and nothing is filled in where escaping for HTML does not suffice.
#[test]
fn templates_leave_escaping_on() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/html");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the templates are there") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path.display();
        match path.extension().and_then(|e| e.to_str()) {
            Some("html") => {
                seen += 1;
                for banned in [
                    "|safe",
                    "| safe",
                    "|escape",
                    "<script",
                    "style=",
                    "{% autoescape",
                    "src=",
                    "http:",
                    "https:",
                ] {
                    assert!(!text.contains(banned), "{name} has {banned}");
                }
                for href in text.split("href=\"").skip(1) {
                    assert!(href.starts_with('#'), "{name}: {:.40}", href);
                }
            }
            Some("css") => assert!(
                !text.contains("{{") && !text.contains("url(") && !text.contains("@import"),
                "{name}"
            ),
            _ => {}
        }
    }
    assert!(seen >= 10, "{seen}");
}
