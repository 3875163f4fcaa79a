//! Two runs beside each other: what counts as worse, and the gate.

use recant::judge::{Finding, Lag};
use recant::model::Verdict;
use recant::report::diff::{Diff, Way};
use recant::report::{self, Undo};

use super::literal::{HOSTILE, build, finding, view};

const WHOLE: Option<(bool, u32)> = Some((false, 0));

fn of(service: &str, verdict: Verdict) -> Finding {
    finding("enforcement/old-token-refused", "E-01", service, verdict)
}

fn diff(old: &[Finding], new: &[Finding]) -> Diff {
    let undo = Undo::default();
    Diff::of(&build(old, WHOLE, &undo), &build(new, WHOLE, &undo))
}

/// What one finding becomes, and whether that stops a deployment.
fn way(old: &[Finding], new: &[Finding]) -> Option<(Way, bool)> {
    let diff = diff(old, new);
    assert!(diff.differences.len() <= 1, "{diff:#?}");
    diff.differences.first().map(|d| (d.way, d.is_regression()))
}

#[test]
fn what_is_worse_stops_and_what_is_better_does_not() {
    use Verdict::{Bounded, Fail, Inconclusive, NotApplicable, Pass};
    let one = |v| vec![of("orders", v)];
    let warning = vec![Finding { advisory: true, ..of("orders", Fail) }];
    let lag = |least, most| {
        let lag = Lag { at_least_ms: least, at_most_ms: most, flapped: false, bound_ms: None };
        vec![Finding { lag: Some(lag), ..of("orders", Pass) }]
    };
    for (old, new, expected) in [
        (one(Pass), one(Pass), None),
        (one(Pass), one(Fail), Some((Way::Worse, true))),
        (one(Pass), one(Bounded), Some((Way::Worse, true))),
        (one(Pass), one(Inconclusive), Some((Way::Worse, true))),
        (one(Inconclusive), one(Fail), Some((Way::Worse, true))),
        (one(Pass), warning, Some((Way::Worse, false))),
        (one(Fail), one(Pass), Some((Way::Better, false))),
        // What nobody looks at any more may hide anything.
        (one(Fail), vec![], Some((Way::Lost, true))),
        (one(Fail), one(NotApplicable), Some((Way::Lost, true))),
        (one(NotApplicable), one(Fail), Some((Way::Worse, true))),
        (vec![], one(Fail), Some((Way::Worse, true))),
        (vec![], one(Inconclusive), Some((Way::New, false))),
        (one(NotApplicable), vec![], None),
        // Intervals that overlap tell nothing.
        (lag(0, Some(100)), lag(90, Some(200)), None),
        (lag(0, Some(100)), lag(101, Some(200)), Some((Way::Slower, false))),
        (lag(0, None), lag(500, None), None),
        (lag(400, None), lag(0, Some(300)), Some((Way::Faster, false))),
    ] {
        assert_eq!(way(&old, &new), expected, "{old:#?} -> {new:#?}");
    }
}

#[test]
fn the_worst_finding_to_one_question_counts() {
    let both = [of("orders", Verdict::Pass), of("orders", Verdict::Fail)];
    assert_eq!(way(&both, &[of("orders", Verdict::Fail)]), None);
    let swapped = [of("orders", Verdict::Fail), of("orders", Verdict::Pass)];
    assert_eq!(way(&both, &swapped), None);
}

#[test]
fn people_read_it_and_pipelines_gate_on_it() {
    let folder = |findings: &[Finding]| {
        let folder = tempfile::tempdir().expect("a folder");
        report::write(folder.path(), &build(findings, WHOLE, &Undo::default()), &view(WHOLE))
            .expect("written");
        folder
    };
    let old = folder(&[of("orders", Verdict::Pass), of("ledger", Verdict::Fail)]);
    let hostile = Finding { scenario: HOSTILE.into(), ..of(HOSTILE, Verdict::Fail) };
    let new = folder(&[of("orders", Verdict::Fail), of("ledger", Verdict::Pass), hostile]);
    let (old, new) = (old.path().to_str().expect("UTF-8"), new.path().to_str().expect("UTF-8"));
    let diff = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_recant"));
        let output = command.args(["diff", old]).args(args).output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, text) = diff(&[new]);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(text);
    assert_eq!(diff(&[new, "--fail-on", "regression"]).0, Some(1));
    assert_eq!(diff(&[old, "--fail-on", "difference"]).0, Some(0));
    assert_eq!(diff(&["no-such-run"]).0, Some(2));
    let (_, json) = diff(&[new, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let schema = report::diff_schema().to_value();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
}
