//! Records that were altered, cut off or made up: never judged, never green.

use recant::exit::Exit;
use recant::history::Action;
use recant::model::{Moment, Outcome, Refusal};
use recant::report::{self, Record, Undo};

use super::super::report::{begin, plan};
use super::{code, err, out, recant, text};

/// A run folder with a plan and a recorded history; `end` writes its last line.
pub fn recorded(end: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plan = plan();
    plan.scenarios.truncate(1);
    let text = serde_json::to_vec(&plan).expect("JSON");
    std::fs::write(folder.path().join("plan.json"), text).expect("written");
    let path = folder.path().join("history.jsonl");
    let recorder = recant::drive::Recorder::create(&path, begin()).expect("recorded");
    for at in 0..4_u64 {
        let action = Action::Call {
            subject: "subject".into(),
            service: "orders".into(),
            operation: "create order".into(),
            token: "t1".into(),
            route: 0,
            replica: 0,
            arm: recant::history::Arm::Hot,
            detour: None,
        };
        let sent = Moment::default().plus_ms(at * 100);
        let op = recorder.invoke("role-removal", sent, action).expect("recorded");
        let outcome = match at {
            0 => Outcome::Accepted,
            _ => Outcome::Refused(Refusal { status: 401, error: None, challenged: true }),
        };
        recorder.complete(op, sent.plus_ms(5), outcome, Default::default()).expect("recorded");
    }
    let planned = &plan.scenarios[0];
    let obligation = serde_json::json!({
        "requirement": "token/new-token-follows-entitlement",
        "check": "new-token-follows-entitlement",
        "instance": "role-removal",
        "upto": 0,
        "place": planned.place,
        "text": "a new token follows the entitlement",
        "scenario": planned.scenario,
    });
    let obligation = serde_json::from_value(obligation).expect("an obligation");
    recorder.obligation(obligation).expect("recorded");
    recorder.ran(&planned.scenario, planned.place.clone(), None).expect("recorded");
    if end {
        recorder.end(false, 0).expect("recorded");
        let record = Record::open(folder.path()).expect("whole");
        let report = record.report(&record.judge(), &Undo::default());
        report::write(folder.path(), &report, &record.view).expect("written");
    }
    folder
}

#[test]
fn judge_reaches_the_same_findings_and_writes_nothing() {
    let folder = recorded(true);
    let before = report::manifest_of(folder.path()).expect("readable").expect("there");
    let output = recant(&["judge", text(folder.path())]);
    assert!(out(&output).contains("the same 1 as in findings.json"), "{}", out(&output));
    assert_eq!(code(&output), 3, "nothing was removed, so that nothing is proved");
    assert_eq!(code(&recant(&["verdict", text(folder.path())])), 3);
    assert_eq!(before.differences(folder.path()).expect("readable"), Vec::<String>::new());
}

#[test]
fn judge_notices_findings_that_were_altered() {
    let folder = recorded(true);
    let path = folder.path().join("findings.json");
    let altered = std::fs::read_to_string(&path).expect("there").replace("inconclusive", "pass");
    std::fs::write(&path, altered).expect("written");
    let output = recant(&["judge", text(folder.path())]);
    assert_eq!(code(&output), 5);
    assert!(out(&output).contains("was pass, is inconclusive"), "{}", out(&output));
    assert_eq!(code(&recant(&["judge", "--write", text(folder.path())])), 3);
    assert_eq!(code(&recant(&["judge", text(folder.path())])), 3);
}

/// Does something to the lines of a history.
type Alter = fn(&mut Vec<String>);

#[test]
fn a_history_that_was_altered_is_not_judged() {
    let alter: [(&str, Alter); 8] = [
        ("a line altered", |l| l[4] = l[4].replace("401", "200")),
        ("a line removed", |l| drop(l.remove(3))),
        ("two lines swapped", |l| l.swap(3, 5)),
        ("a line twice", |l| l.insert(3, l[3].clone())),
        ("a line that is none", |l| l[3] = "{\"seq\":3".into()),
        ("another version", |l| l[0] = l[0].replace("\"version\":1", "\"version\":2")),
        ("more after its end", |l| l.push(l[3].clone())),
        ("its last line altered", |l| {
            let last = l.len() - 1;
            l[last] = l[last].replace("\"unrestored\":0", "\"unrestored\":00");
            l[last] = l[last].replace("false", "true").replace(":00", ":0");
        }),
    ];
    for (what, alter) in alter {
        let folder = recorded(true);
        let path = folder.path().join("history.jsonl");
        let text_before = std::fs::read_to_string(&path).expect("there");
        let mut lines: Vec<_> = text_before.lines().map(str::to_owned).collect();
        alter(&mut lines);
        std::fs::write(&path, lines.join("\n") + "\n").expect("written");
        let output = recant(&["judge", text(folder.path())]);
        assert_eq!(code(&output), 5, "{what}: {}", out(&output));
        assert!(err(&output).contains("history.jsonl"), "{what}: {}", err(&output));
        assert!(err(&output).contains("there is no verdict"), "{what}: {}", err(&output));
    }
}

#[test]
fn no_single_byte_of_a_record_can_change_unseen() {
    let folder = recorded(true);
    let path = folder.path().join("history.jsonl");
    let good = std::fs::read(&path).expect("there");
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).expect("written");
        assert!(Record::open(folder.path()).is_err(), "byte {at}");
    }
}

#[test]
fn a_history_that_was_cut_off_is_never_green() {
    let whole = recorded(true);
    let all = std::fs::read(whole.path().join("history.jsonl")).expect("there");
    for length in (0..all.len()).step_by(53).chain([all.len() - 1]) {
        let folder = recorded(false);
        std::fs::write(folder.path().join("history.jsonl"), &all[..length]).expect("written");
        match Record::open(folder.path()) {
            Err(why) => assert!(why.contains("nothing was recorded"), "{length}: {why}"),
            Ok(record) => {
                assert!(record.cut_off.is_some(), "{length}");
                let report = record.report(&[], &Undo::default());
                assert_eq!(report.result, Exit::Inconclusive, "{length}");
            }
        }
    }
    let folder = recorded(false);
    let output = recant(&["judge", text(folder.path())]);
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("cut off: it stops after line"), "{}", out(&output));
    let open = r#"{"journal":"open","id":1,"change":"remove role","steps":[],"values":{}}"#;
    let journal = folder.path().join("undo.jsonl");
    std::fs::write(&journal, format!("{open}\n")).expect("written");
    let output = recant(&["judge", text(folder.path())]);
    assert_eq!(code(&output), 7, "what was changed still is");
    assert!(out(&output).contains("recant restore"), "{}", out(&output));
    let closed = r#"{"journal":"closed","id":1}"#;
    std::fs::write(&journal, format!("{open}\n{closed}\n")).expect("written");
    assert_eq!(code(&recant(&["judge", text(folder.path())])), 6, "it was undone since");
}

#[test]
fn a_cut_tail_shows_against_the_manifest() {
    let folder = recorded(true);
    let path = folder.path().join("history.jsonl");
    let text_before = std::fs::read_to_string(&path).expect("there");
    let lines: Vec<_> = text_before.lines().collect();
    std::fs::write(&path, lines[..lines.len() - 1].join("\n") + "\n").expect("written");
    let output = recant(&["judge", text(folder.path())]);
    assert_eq!(code(&output), 5);
    assert!(err(&output).contains("manifest"), "{}", err(&output));
}

#[test]
fn hostile_records_are_survived() {
    let deep = format!("{{\"seq\":0,\"prev\":{}", "[".repeat(200_000));
    let long = format!("{{\"seq\":0,\"prev\":\"{}", "a".repeat(17 * 1024 * 1024));
    for (what, content) in [
        ("nested", format!("{deep}\n")),
        ("one endless line", long),
        ("binary", "\0\u{1}\u{2}\n".repeat(10)),
        ("empty", String::new()),
    ] {
        let folder = recorded(false);
        std::fs::write(folder.path().join("history.jsonl"), content).expect("written");
        let output = recant(&["judge", text(folder.path())]);
        assert_eq!(code(&output), 5, "{what}: {}", err(&output));
    }
    let folder = recorded(true);
    std::fs::write(folder.path().join("plan.json"), "{").expect("written");
    assert_eq!(code(&recant(&["judge", text(folder.path())])), 5, "no plan");
}
