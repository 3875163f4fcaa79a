//! Reports of a literal run, hostile text among it, in every format.

mod diff;
mod frozen;
mod hostile;
mod kinds;
pub mod literal;
mod page;
mod result;
mod waived;

use std::path::Path;

use recant::model::Verdict;
use recant::report::{self, Look, Report, Undo, visible};

pub use literal::{HOSTILE, begin, build, finding, findings, literal, plan, view};

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
    let undo = Undo {
        unrestored: vec![format!("remove role {HOSTILE}")],
        changed: true,
        ..Undo::default()
    };
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
        ("selftest", recant::cli::selftest::selftest_schema()),
        ("matrix", recant::cli::selftest::matrix_schema()),
        ("selftest-pairs", recant::cli::selftest::pairs_schema()),
        ("selftest-metamorphic", recant::cli::selftest::metamorphic_schema()),
        ("diff", report::diff_schema()),
        ("verify", recant::cli::verify::verify_schema()),
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
fn files_are_written_whole_and_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("history.jsonl"), "{}\n").expect("written");
    let view = view(Some((false, 0)));
    report::write(folder.path(), &literal(), &view).expect("written");
    report::write(folder.path(), &literal(), &view).expect("written again");
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .expect("readable")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let all =
        "findings.json history.jsonl junit.xml manifest.json report.html report.json report.md";
    assert_eq!(names.join(" "), all);
    let manifest = report::manifest_of(folder.path()).expect("readable").expect("there");
    let listed: Vec<_> = manifest.files.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(
        listed.join(" "),
        "findings.json history.jsonl junit.xml report.html report.json report.md"
    );
    assert_eq!(manifest.files[1].size, 3);
    assert_eq!(manifest.run, plan().run);
    assert_eq!(report::read(folder.path()), Ok(literal()));
    assert_eq!(manifest.differences(folder.path()).expect("readable"), Vec::<String>::new());
    std::fs::write(folder.path().join("report.md"), "all is well").expect("written");
    let differences = manifest.differences(folder.path()).expect("readable");
    assert_eq!(differences, ["report.md was changed"]);
}
