//! `recant selftest`: the comparison on literal reports, and the command on a few systems.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use recant::cli::selftest::{Compared, compare, less};
use recant::judge::Finding;
use recant::model::Verdict;
use recant::reference::{FaultEntry, MayTurnRed};
use recant::report::{Report, Undo};
use serde_json::Value;

use super::report::{build, finding};

const MUST: &str = "token/new-token-follows-entitlement";
const MAY: &str = "token/refresh-follows-entitlement";
const OTHER: &str = "governance/owner-named";

fn report(of: &[(&str, Verdict, bool)], undo: &Undo) -> Report {
    let of = of.iter().map(|(id, verdict, advisory)| Finding {
        advisory: *advisory,
        ..finding(id, "X-01", "orders", *verdict)
    });
    let mut report = build(&of.collect::<Vec<_>>(), Some((false, 0)), undo);
    report.not_run.clear();
    report.result = report.derive();
    report
}

fn fault() -> FaultEntry {
    FaultEntry {
        id: "mu-999".into(),
        name: "demo".into(),
        what: String::new(),
        origin: String::new(),
        must: vec![MUST.into()],
        may: vec![MayTurnRed { id: MAY.into(), why: String::new() }],
    }
}

#[test]
fn a_fault_must_be_noticed_and_nothing_unlisted_red() {
    use Verdict::{Fail, Inconclusive, Pass};
    type Case = (&'static str, &'static [(&'static str, Verdict, bool)], &'static [&'static str]);
    let cases: [Case; 7] = [
        ("noticed", &[(MUST, Fail, false), (OTHER, Pass, false)], &[]),
        ("noticed by a SHOULD", &[(MUST, Fail, true)], &[]),
        ("noticed, more as listed", &[(MUST, Fail, false), (MAY, Fail, false)], &[]),
        ("noticed, more left open", &[(MUST, Fail, false), (OTHER, Inconclusive, false)], &[]),
        ("missed", &[(MUST, Inconclusive, false), (MAY, Fail, false)], &["missed"]),
        (
            "unlisted",
            &[(MUST, Fail, false), (OTHER, Fail, false)],
            &["red, but not listed: governance/owner-named"],
        ),
        ("both", &[(MUST, Pass, false), (OTHER, Fail, true)], &["missed", "red, but not listed"]),
    ];
    for (what, of, wrong) in cases {
        let seen = compare(&report(of, &Undo::default()), &[&fault()]);
        assert_eq!(seen.wrong.len(), wrong.len(), "{what}: {:?}", seen.wrong);
        assert!(seen.wrong.iter().zip(wrong).all(|(w, s)| w.starts_with(s)), "{:?}", seen.wrong);
    }
}

#[test]
fn the_healthy_system_must_be_clean() {
    use Verdict::{Bounded, Fail, Inconclusive, Pass};
    for (verdict, advisory, wrong) in [
        (Pass, false, 0),
        (Bounded, false, 0),
        (Fail, false, 1),
        (Fail, true, 1),
        (Inconclusive, false, 1),
    ] {
        let of = [(MUST, verdict, advisory), (OTHER, Pass, false)];
        let seen = compare(&report(&of, &Undo::default()), &[]);
        assert_eq!(seen.wrong.len(), wrong, "{verdict:?}: {:?}", seen.wrong);
        assert_eq!(seen.findings.len(), wrong, "{verdict:?}");
    }
    let seen = compare(&report(&[], &Undo::default()), &[]);
    assert_eq!(seen.wrong, ["the run came out as nothing tested"]);
    let undo = Undo { unrestored: vec!["remove role".into()], changed: true, ..Undo::default() };
    let seen = compare(&report(&[(MUST, Pass, false)], &undo), &[]);
    assert_eq!(seen.wrong, ["not undone: remove role"]);
}

#[test]
fn two_faults_must_both_be_noticed() {
    let other = FaultEntry { must: vec![OTHER.into()], ..fault() };
    let both =
        report(&[(MUST, Verdict::Fail, false), (MAY, Verdict::Fail, false)], &Undo::default());
    let seen = compare(&both, &[&fault(), &other]);
    assert_eq!(seen.wrong, ["missed: nothing red in governance/owner-named"]);
    let both =
        report(&[(MUST, Verdict::Fail, false), (OTHER, Verdict::Fail, false)], &Undo::default());
    assert_eq!(compare(&both, &[&fault(), &other]).wrong, Vec::<String>::new());
}

#[test]
fn what_one_fault_hides_of_another() {
    let of = |red: &[&str], open: &[&str]| Compared {
        noticed: red.iter().map(|id| (*id).to_owned()).collect(),
        inconclusive: open.iter().map(|id| (*id).to_owned()).collect(),
        ..Compared::default()
    };
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let alone = of(&[MUST, MAY], &[]);
    assert_eq!(less(&alone, &of(&[MUST, MAY, OTHER], &[])), (ids(&[]), ids(&[])));
    assert_eq!(less(&alone, &of(&[OTHER], &[MAY])), (ids(&[MUST]), ids(&[MAY])));
}

#[test]
fn pairs_of_faults_with_each_of_them_alone() {
    let output = selftest(&["--quiet", "--pairs", "--fault", "mu-24", "mu-31", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    let schema = recant::cli::selftest::pairs_schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    assert!(validator.is_valid(&told), "{told:#}");
    assert_eq!((&told["of"], &told["broken"]), (&1.into(), &serde_json::json!([])));
    let pair = &told["pairs"][0];
    assert_eq!(
        pair["faults"],
        serde_json::json!(["mu-24 owner-not-named", "mu-31 alias-unchecked"])
    );
    for none in ["hidden", "new"] {
        assert_eq!(pair[none], serde_json::json!([]), "{pair:#}");
    }
    assert_eq!(selftest(&["--pairs", "--fault", "mu-24"]).status.code(), Some(2), "one is no pair");
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.arg("selftest").args(args).env_remove("RECANT_LOG");
    command
}

fn selftest(args: &[&str]) -> Output {
    command(args).output().expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn faults_and_health_as_a_matrix() {
    let output = selftest(&["--fault", "replay-accepted", "mu-24"]);
    let time = regex::Regex::new(r"\d+\.\d s").expect("a pattern");
    insta::assert_snapshot!(time.replace_all(&out(&output), "[TIME]"));
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("ok      mu-24 owner-not-named"), "{told}");
}

#[test]
fn the_matrix_for_programs() {
    let output = selftest(&["--quiet", "--format", "json", "--fault", "mu-31"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema = recant::cli::selftest::selftest_schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<_> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(json["as_it_should_be"], true);
    let runs = json["rounds"][0]["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["fault"], Value::Null);
    assert_eq!(runs[1]["fault"]["name"], "alias-unchecked");
    assert_eq!(runs[1]["noticed"], serde_json::json!(["enforcement/scope-enforced"]));
    for none in ["unlisted", "wrong"] {
        assert_eq!(runs[1][none], serde_json::json!([]), "{none}");
    }
}

#[test]
fn faults_that_nobody_knows_are_named_with_the_nearest() {
    let output = selftest(&["--fault", "replay-acepted", "mu-999"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for said_so in ["`replay-acepted`", "`replay-accepted`", "`mu-999`", "recant faults"] {
        assert!(said.contains(said_so), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_all_runs() {
    let mut child = command(&["--fault", "none", "--rounds", "50", "--jobs", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let first = lines.next().expect("a run is done").expect("UTF-8");
    assert!(first.contains("/50] ok"), "{first}");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    assert!(lines.any(|l| l.expect("UTF-8").starts_with("interrupted:")));
    assert_eq!(child.wait().expect("it ends").code(), Some(6));
}
