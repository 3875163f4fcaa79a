//! Reports of a literal run, hostile text among it, in every format.

use std::collections::BTreeMap;
use std::path::Path;

use recant::controls::Frameworks;
use recant::exit::{self, Exit};
use recant::history::{Action, Begin, Line, Obligation, Seen, View};
use recant::judge::{Finding, Lag};
use recant::model::{Bounds, Facts, Moment, Outcome, Owner, Place, Profile, Refusal, Verdict};
use recant::plan::{PlanRecord, Planned};
use recant::report::{self, Ending, Evidence, HistoryNamed, Look, Report, Undo, visible};
use recant::requirements::Catalog;

/// Markup, an end of CDATA, ANSI, bidi, a workflow command, an attachment, a formula, NUL, U+FFFF, a mention, a link.
pub const HOSTILE: &str = "=1+1|`<b>&\"'</b>]]>\u{1b}[31mred\u{202e}txt\n::set-output name=x::y\n##vso[task.complete] \
     [[ATTACHMENT|/etc/passwd]] \u{0}\u{ffff} @someone [x](https://example.org) ![i](x)";

fn place(file: &str, line: usize) -> Place {
    Place { file: file.into(), line, column: 10 }
}

fn planned(scenario: &str, line: usize, selected: bool) -> Planned {
    Planned {
        scenario: scenario.into(),
        place: place("shipped:features/enforcement/old-token.feature", line),
        tags: vec!["E-01".into()],
        selected,
    }
}

pub fn plan() -> PlanRecord {
    PlanRecord {
        version: 1,
        run: "2026-11-24T10-00-00-demo".into(),
        tool: env!("CARGO_PKG_VERSION").into(),
        planned: "2026-11-24T10:00:00Z".into(),
        command: vec!["recant".into(), "run".into()],
        target: "demo".into(),
        target_file: "targets/demo.toml".into(),
        environment: "lab".into(),
        profile: Profile::Standard,
        bounds: Bounds::of(Profile::Standard),
        owners: vec![Owner {
            area: "payments".into(),
            name: HOSTILE.into(),
            contact: "team@example.org".into(),
        }],
        absent: Vec::new(),
        faults: vec!["revocation-ignored".into()],
        tls_verified: false,
        digests: BTreeMap::from([("targets/demo.toml".to_owned(), "ab".repeat(32))]),
        tags: Some("@enforcement".into()),
        paths: Vec::new(),
        scenarios: vec![
            planned("Old tokens / after role-removal", 12, true),
            planned("Old tokens / after risk-elevation", 13, true),
            planned("Old tokens / after device-change", 14, true),
            planned("Old tokens / after policy-edit", 15, false),
        ],
    }
}

pub fn facts() -> Facts {
    Facts {
        target: "demo".into(),
        environment: "lab".into(),
        profile: Profile::Standard,
        bounds: Bounds::of(Profile::Standard),
        owners: Vec::new(),
        services: BTreeMap::new(),
        roles: BTreeMap::new(),
        authority_claims: vec!["scope".into()],
        absent: Vec::new(),
        provides: Vec::new(),
        advertised: Vec::new(),
    }
}

pub fn begin() -> Begin {
    Begin {
        version: recant::history::VERSION,
        run: plan().run,
        tool: env!("CARGO_PKG_VERSION").into(),
        started: "2026-11-24T10:00:01Z".into(),
        facts: facts(),
    }
}

fn op(index: u64, at_ms: u64, action: Action, outcome: Outcome) -> [Line; 2] {
    let invocation = recant::history::Invocation {
        op: index,
        instance: "role-removal".into(),
        at: Moment::default().plus_ms(at_ms),
        action,
    };
    let completion = recant::history::Completion {
        op: index,
        at: Moment::default().plus_ms(at_ms + 10),
        outcome,
        seen: Seen::default(),
    };
    [Line::Invoke(invocation), Line::Complete(Box::new(completion))]
}

pub fn view(end: Option<(bool, u32)>) -> View {
    let call = Action::Call {
        subject: "subject".into(),
        service: "orders".into(),
        operation: "create order".into(),
        token: "t1".into(),
        route: 0,
        replica: 0,
        arm: recant::history::Arm::Hot,
    };
    let issue = Action::Issue {
        subject: "subject".into(),
        grant: "password".into(),
        service: "orders".into(),
        scope: None,
    };
    let refused = Outcome::Refused(Refusal { status: 401, error: None, challenged: true });
    let mut lines = vec![Line::Begin(Box::new(begin()))];
    lines.extend(op(0, 5, Action::ReadDecisions, Outcome::Unknown("timed out".into())));
    lines.extend(op(1, 10, issue, Outcome::Accepted));
    lines.extend(op(2, 20, call.clone(), Outcome::Accepted));
    lines.extend(op(3, 30, Action::AdvanceClock { ms: 600_000 }, Outcome::Accepted));
    lines.extend(op(4, 600_040, call, refused));
    let file = "shipped:features/enforcement/old-token.feature";
    for (scenario, line, halted) in [
        ("Old tokens / after role-removal", 12, None),
        ("Old tokens / after risk-elevation", 13, Some("the change was refused".to_owned())),
    ] {
        let place = place(file, line);
        lines.push(Line::Ran { scenario: scenario.into(), place, halted });
    }
    if let Some((interrupted, unrestored)) = end {
        lines.push(Line::End { interrupted, unrestored });
    }
    View::of(lines)
}

pub fn finding(requirement: &str, alias: &str, service: &str, verdict: Verdict) -> Finding {
    Finding {
        requirement: requirement.into(),
        alias: alias.into(),
        scenario: "role-removal".into(),
        service: (!service.is_empty()).then(|| service.into()),
        verdict,
        advisory: false,
        because: "the earlier token was accepted 6 times after the bound of 0 s".into(),
        evidence: (1..=5).collect(),
        lag: None,
        residual_seconds: None,
        place: place("shipped:features/enforcement/old-token.feature", 7),
        obligation: "a new token follows the entitlement".into(),
    }
}

pub fn findings() -> Vec<Finding> {
    let lag = |least, most, flapped| Some(Lag { at_least_ms: least, at_most_ms: most, flapped });
    let (id, alias) = ("token/new-token-follows-entitlement", "T-01");
    let of = |service, verdict| finding(id, alias, service, verdict);
    vec![
        of("accounts", Verdict::Pass),
        Finding { lag: lag(10_234, Some(10_361), true), ..of("orders", Verdict::Fail) },
        Finding { lag: lag(14_299, None, false), ..of("orders", Verdict::Fail) },
        Finding {
            because: HOSTILE.into(),
            scenario: HOSTILE.into(),
            obligation: HOSTILE.into(),
            place: place(HOSTILE, 3),
            evidence: (0..40).collect(),
            ..finding("team/own-rule", HOSTILE, HOSTILE, Verdict::Fail)
        },
        Finding { residual_seconds: Some(290), ..of("ledger", Verdict::Bounded) },
        Finding {
            because: HOSTILE.into(),
            ..finding("token/refresh-follows-entitlement", "T-02", "", Verdict::Inconclusive)
        },
        Finding { advisory: true, ..of("reports", Verdict::Fail) },
        Finding {
            because: "the target declares `exchange` absent: nobody needs it".into(),
            evidence: Vec::new(),
            ..finding("token/exchange-never-amplifies", "T-07", "", Verdict::NotApplicable)
        },
    ]
}

pub fn build(findings: &[Finding], end: Option<(bool, u32)>, undo: &Undo) -> Report {
    report::build(Evidence {
        plan: &plan(),
        view: &view(end),
        history: &HistoryNamed { lines: 14, head: "cd".repeat(32) },
        findings,
        undo,
        catalog: Catalog::shipped(),
        frameworks: Frameworks::shipped(),
    })
}

pub fn literal() -> Report {
    build(&findings(), Some((false, 0)), &Undo { unrestored: Vec::new(), changed: true })
}

fn terminal(report: &Report, quiet: bool, styled: bool) -> String {
    let mut bytes = Vec::new();
    let look = Look { folder: "reports/runs/demo", quiet };
    if styled {
        report::print(&mut bytes, report, look).expect("memory can be written");
    } else {
        let mut stripped = anstream::StripStream::new(&mut bytes);
        report::print(&mut stripped, report, look).expect("memory can be written");
    }
    String::from_utf8(bytes).expect("reports are UTF-8")
}

#[test]
fn terminal_shows_failures_whole_and_counts_that_reconcile() {
    insta::assert_snapshot!(terminal(&literal(), false, false));
}

#[test]
fn terminal_when_quiet() {
    let calm: Vec<_> =
        findings().into_iter().filter(|f| f.verdict == Verdict::Pass || f.advisory).collect();
    insta::assert_snapshot!(terminal(
        &build(&calm, Some((false, 0)), &Undo::default()),
        true,
        false
    ));
}

#[test]
fn services_that_say_the_same_are_one_block() {
    let of = |service| finding("team/own-rule", "X-1", service, Verdict::Inconclusive);
    let mut all = vec![of("ledger"), of("orders"), of("reports")];
    all[2].because = "no positive control".into();
    all[1].evidence = vec![5, 9];
    let text = terminal(&build(&all, Some((false, 0)), &Undo::default()), true, false);
    let blocks = text.split("\n\n").take(2).collect::<Vec<_>>().join("\n\n");
    insta::assert_snapshot!(blocks, @r#"
    inconclusive[team/own-rule]: the earlier token was accepted 6 times after the bound of 0 s
     --> shipped:features/enforcement/old-token.feature:7:10
      |
    7 |          a new token follows the entitlement
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not known of "ledger", "orders" in role-removal
      |
      = evidence: ops 1 2 3 4 5 9 in reports/runs/demo/history.jsonl
      = help: recant explain team/own-rule

    inconclusive[team/own-rule]: no positive control
     --> shipped:features/enforcement/old-token.feature:7:10
      |
    7 |          a new token follows the entitlement
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not known of "reports" in role-removal
      |
      = evidence: ops 1 2 3 4 5 in reports/runs/demo/history.jsonl
      = help: recant explain team/own-rule
    "#);
}

#[test]
fn terminal_is_loud_about_what_is_still_changed() {
    let undo = Undo { unrestored: vec![format!("remove role {HOSTILE}")], changed: true };
    insta::assert_snapshot!(terminal(&build(&[], Some((true, 1)), &undo), false, false));
}

#[test]
fn nothing_from_outside_moves_a_cursor_or_talks_to_a_pipeline() {
    let plain = terminal(&literal(), false, false);
    for (name, text) in [
        ("terminal", plain),
        ("styled terminal", terminal(&literal(), false, true).replace("\u{1b}[", "")),
        ("markdown", report::markdown::render(&literal())),
    ] {
        let odd = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(odd, None, "{name} has {odd:?}");
        assert!(!text.contains("##vso["), "{name}");
        assert!(!text.contains("[[ATTACHMENT|"), "{name}");
        assert!(!text.lines().any(|l| l.trim_start().starts_with("::")), "{name}");
    }
}

#[test]
fn markdown_keeps_foreign_text_in_code_spans() {
    let page = report::markdown::render(&literal());
    insta::assert_snapshot!(page);
    // What is left outside code spans is ours.
    let mut outside = String::new();
    for line in page.lines() {
        outside += &outside_code(line);
        outside.push('\n');
    }
    for foreign in ["<b>", "@someone", "https://", "![", "example.org", "set-output"] {
        assert!(!outside.contains(foreign), "{foreign} stands outside a code span");
    }
}

/// The part of a line of Markdown that is in no code span (CommonMark section 6.1).
fn outside_code(line: &str) -> String {
    let mut outside = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        outside += &rest[..start];
        let run = rest[start..].chars().take_while(|c| *c == '`').count();
        let after = &rest[start + run..];
        let mut end = None;
        let mut at = 0;
        while let Some(next) = after[at..].find('`').map(|i| i + at) {
            let length = after[next..].chars().take_while(|c| *c == '`').count();
            if length == run {
                end = Some(next + length);
                break;
            }
            at = next + length;
        }
        let end = end.expect("every code span is closed on its line");
        rest = &after[end..];
    }
    outside + rest
}

#[test]
fn markdown_says_what_was_cut() {
    let many: Vec<_> = (0..20_000)
        .map(|n| {
            let service = format!("service-{n}");
            finding("token/new-token-follows-entitlement", "T-01", &service, Verdict::Fail)
        })
        .collect();
    let page = report::markdown::render(&build(&many, Some((false, 0)), &Undo::default()));
    assert!(page.len() <= report::markdown::LARGEST, "{}", page.len());
    let last = page.lines().last().unwrap_or_default();
    assert!(last.contains("of \"What does not hold\""), "{last}");
}

#[test]
fn junit_reads_back() {
    let xml = report::junit::render(&literal()).expect("XML can be written");
    insta::assert_snapshot!(xml.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert!(xml.chars().all(visible::is_xml));
    let read = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit reads back");
    let cases: Vec<_> = read.test_suites.iter().flat_map(|s| &s.test_cases).collect();
    let mut names: Vec<_> = cases.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "names are unique");
    assert!(!xml.contains("]]>"));
}

#[test]
fn report_and_findings_follow_their_schemas() {
    let report = serde_json::to_value(literal()).expect("a report is JSON");
    let schema = report::report_schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<_> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let schema = report::findings_schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    assert!(validator.is_valid(&report["findings"]));
    assert!(!validator.is_valid(&report), "the schema tells a report from findings");
    let back: Report = serde_json::from_value(report).expect("a report reads back");
    assert_eq!(back, literal());
}

#[test]
fn report_as_json() {
    let mut report = literal();
    report.findings.truncate(2);
    report.requirements.truncate(1);
    report.controls.truncate(2);
    report.run.tool = "VERSION".into();
    report.requirements[0].help = "HELP".into();
    report.controls.iter_mut().for_each(|c| c.published.clear());
    insta::assert_json_snapshot!(report);
}

/// Schemas as files, for editors and other programs. `RECANT_BLESS=1` writes them anew.
#[test]
fn schema_files_are_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for (name, schema) in [
        ("report", report::report_schema()),
        ("findings", report::findings_schema()),
        ("plan", report::plan_schema()),
        ("manifest", report::manifest_schema()),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        let text = format!("{:#}\n", schema.as_value());
        if std::env::var_os("RECANT_BLESS").is_some() {
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::fs::write(&path, &text).expect("the schema can be written");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == text, "{} is out of date: RECANT_BLESS=1 writes it anew", path.display());
    }
}

#[test]
fn the_exit_table_is_in_order() {
    for (code, row) in exit::TABLE.iter().enumerate() {
        assert_eq!(usize::from(row.code), code);
        assert_eq!(row.exit.code(), row.code);
    }
}

#[test]
fn the_result_follows_from_the_record() {
    let (pass, fail, open, none, bounded) = (
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::NotApplicable,
        Verdict::Bounded,
    );
    let clean = Undo { unrestored: Vec::new(), changed: true };
    let stuck = Undo { unrestored: vec!["remove role".into()], changed: true };
    let untouched = Undo::default();
    let whole = Some((false, 0));
    // The literal run leaves scenarios unrun, which is inconclusive by itself: here all were run.
    type Case<'a> = (&'a [Verdict], Option<(bool, u32)>, &'a Undo, Exit);
    let cases: &[Case<'_>] = &[
        (&[pass, pass], whole, &clean, Exit::Conformant),
        (&[pass, bounded], whole, &clean, Exit::Conformant),
        (&[pass, none], whole, &clean, Exit::Conformant),
        (&[none, none], whole, &clean, Exit::NothingTested),
        (&[], whole, &clean, Exit::NothingTested),
        (&[pass, open], whole, &clean, Exit::Inconclusive),
        (&[fail, open], whole, &clean, Exit::Nonconformant),
        (&[fail], Some((true, 0)), &clean, Exit::Interrupted),
        (&[pass], Some((true, 0)), &untouched, Exit::Interrupted),
        (&[fail], Some((true, 1)), &stuck, Exit::NotRestored),
        (&[pass], Some((false, 1)), &stuck, Exit::NotRestored),
        (&[pass], Some((false, 2)), &untouched, Exit::NotRestored),
        (&[pass], Some((false, 1)), &clean, Exit::Conformant),
        (&[pass], None, &untouched, Exit::Inconclusive),
        (&[], None, &untouched, Exit::Inconclusive),
        (&[fail], None, &untouched, Exit::Nonconformant),
        (&[pass], None, &clean, Exit::Interrupted),
        (&[pass], None, &stuck, Exit::NotRestored),
    ];
    for (verdicts, end, undo, wanted) in cases {
        let findings: Vec<_> = verdicts
            .iter()
            .map(|v| finding("token/new-token-follows-entitlement", "T-01", "orders", *v))
            .collect();
        let mut report = build(&findings, *end, undo);
        report.not_run.clear();
        assert_eq!(report.derive(), *wanted, "{verdicts:?} {end:?} {undo:?}");
    }
    let advisory = Finding { advisory: true, ..findings()[1].clone() };
    let mut report = build(&[advisory], whole, &clean);
    report.not_run.clear();
    assert_eq!(report.derive(), Exit::Conformant, "a SHOULD that does not hold is a warning");
    let report = build(&findings()[..1], whole, &clean);
    assert_eq!(report.derive(), Exit::Inconclusive, "a scenario that was not run is not green");
}

#[test]
fn a_scenario_whose_obligations_were_judged_is_not_counted_against_the_run_twice() {
    let mut lines =
        vec![Line::Begin(Box::new(begin())), Line::End { interrupted: false, unrestored: 0 }];
    let mut plan = plan();
    plan.scenarios.truncate(1);
    let planned = plan.scenarios[0].clone();
    lines.push(Line::Ran {
        scenario: planned.scenario.clone(),
        place: planned.place.clone(),
        halted: Some("`exchange` is declared absent".into()),
    });
    let without = View::of(lines.clone());
    lines.push(Line::Obligation(Box::new(obligation(&planned))));
    let with = View::of(lines);
    for (view, judged) in [(without, false), (with, true)] {
        let report = report::build(Evidence {
            plan: &plan,
            view: &view,
            history: &HistoryNamed { lines: 3, head: String::new() },
            findings: &findings()[..1],
            undo: &Undo::default(),
            catalog: Catalog::shipped(),
            frameworks: Frameworks::shipped(),
        });
        assert_eq!(report.not_run[0].judged, judged);
        assert_eq!(report.result, if judged { Exit::Conformant } else { Exit::Inconclusive });
        assert_eq!(report.contradictions(), Vec::<String>::new());
    }
}

fn obligation(planned: &Planned) -> Obligation {
    let text = serde_json::json!({
        "requirement": "token/exchange-never-amplifies",
        "check": "exchange-never-amplifies",
        "instance": "token-exchange",
        "upto": 0,
        "place": planned.place,
        "text": "an exchanged token never carries more than its subject token",
        "scenario": planned.scenario,
    });
    serde_json::from_value(text).expect("a literal obligation")
}

#[test]
fn a_report_that_was_altered_contradicts_itself() {
    let alter: [fn(&mut Report); 6] = [
        |r| r.exit_code = 0,
        |r| r.result = Exit::Conformant,
        |r| r.findings.clear(),
        |r| r.counts.scenarios.run += 1,
        |r| r.counts.operations.accepted += 1,
        |r| r.format = "recant-report/v2".into(),
    ];
    assert_eq!(literal().contradictions(), Vec::<String>::new());
    for (n, alter) in alter.iter().enumerate() {
        let mut report = literal();
        alter(&mut report);
        assert_ne!(report.contradictions(), Vec::<String>::new(), "alteration {n}");
    }
}

#[test]
fn times_leave_out_jumps_of_the_target_clock() {
    let report = literal();
    assert_eq!(report.run.ending, Ending::ByItself);
    assert_eq!(report.run.started, "2026-11-24T10:00:01Z");
    assert_eq!(report.run.ended, "2026-11-24T10:00:01.05Z");
}

#[test]
fn files_are_written_whole_and_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("history.jsonl"), "{}\n").expect("written");
    report::write(folder.path(), &literal()).expect("written");
    report::write(folder.path(), &literal()).expect("written again");
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("readable")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let all = "findings.json history.jsonl junit.xml manifest.json report.json report.md";
    assert_eq!(names.join(" "), all);
    let manifest = report::manifest_of(folder.path()).expect("readable").expect("there");
    let listed: Vec<_> = manifest.files.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(listed.join(" "), "findings.json history.jsonl junit.xml report.json report.md");
    assert_eq!(manifest.files[1].size, 3);
    assert_eq!(manifest.run, plan().run);
    assert_eq!(report::read(folder.path()), Ok(literal()));
    assert_eq!(manifest.differences(folder.path()).expect("readable"), Vec::<String>::new());
    std::fs::write(folder.path().join("report.md"), "all is well").expect("written");
    let differences = manifest.differences(folder.path()).expect("readable");
    assert_eq!(differences, ["report.md was changed"]);
}
