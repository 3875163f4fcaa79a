//! What is waived and what was asked for, as each kind of report tells it: its own verdict, that it is waived, by whom and until when.

use recant::exit::Exit;
use recant::judge::Finding;
use recant::model::{Verdict, Waived, WaiverStanding};
use recant::report::kinds::Kind;
use recant::report::statement::Statement;
use recant::report::{Manifest, Report, Undo};
use serde_json::{Value, json};

use super::kinds::{json_of, text_of};
use super::{build, finding, terminal};

const ID: &str = "token/new-token-follows-entitlement";

fn waived(standing: WaiverStanding) -> Option<Waived> {
    Some(Waived {
        standing,
        owner: "Risk desk".into(),
        reason: "a new gateway comes".into(),
        created: "2026-10-01".into(),
        expires: "2026-12-24".into(),
        ticket: "RISK-17".into(),
    })
}

/// A run in which one service holds and another fails, and somebody answers for it.
fn report(standing: WaiverStanding) -> Report {
    let findings = [
        finding(ID, "T-01", "ledger", Verdict::Pass),
        Finding { waiver: waived(standing), ..finding(ID, "T-01", "orders", Verdict::Fail) },
    ];
    let mut report = build(&findings, Some((false, 0)), &Undo::default());
    report.not_run.clear();
    report.waivers.truncate(1);
    let waiver = &mut report.waivers[0];
    waiver.standing = standing;
    (waiver.waiver.owner, waiver.waiver.reason, waiver.waiver.ticket) =
        ("Risk desk".into(), "a new gateway comes".into(), "RISK-17".into());
    report.target.exceptions.clear();
    report.result = report.derive();
    report.exit_code = report.result.code();
    report
}

#[test]
fn a_run_whose_failures_are_waived_is_never_plainly_conformant() {
    let report = report(WaiverStanding::InForce);
    assert_eq!((report.result, report.exit_code), (Exit::ConformantButWaived, 0));
    insta::assert_snapshot!(terminal(&report, false, false));
    insta::assert_snapshot!(text_of(Kind::Markdown, &report));
    for (kind, name, _) in Kind::ALL {
        // Kinds that have no place for a run's result tell of the finding.
        let text = text_of(kind, &report);
        assert!(text.contains("waived") || text.contains("waiver"), "{name}: {text}");
        assert!(text.contains("Risk desk") && text.contains("RISK-17"), "{name}: {text}");
        assert!(text.contains("2026-12-24"), "{name}: {text}");
    }
}

#[test]
fn each_kind_keeps_its_own_verdict_and_its_reader_goes_by_the_waiver() {
    let (on, off) = (report(WaiverStanding::InForce), report(WaiverStanding::Expired));
    assert_eq!(off.result, Exit::Nonconformant);

    let sarif = |r: &Report| json_of(Kind::Sarif, r)["runs"][0]["results"][0].clone();
    assert_eq!(sarif(&on)["level"], json!("error"));
    assert_eq!(sarif(&on)["suppressions"][0]["status"], json!("accepted"));
    assert_eq!(sarif(&off)["suppressions"], Value::Null);
    assert_eq!(sarif(&on)["partialFingerprints"], sarif(&off)["partialFingerprints"]);

    let oscal = |r: &Report| json_of(Kind::Oscal, r)["assessment-results"]["results"][0].clone();
    let risk = &oscal(&on)["risks"][0];
    assert_eq!(risk["status"], json!("deviation-approved"));
    assert_eq!(risk["deadline"], json!("2026-12-24T23:59:59Z"));
    assert_eq!(oscal(&on)["findings"][0]["target"]["status"]["state"], json!("not-satisfied"));
    assert_eq!(oscal(&off)["risks"][0]["status"], json!("open"));
    assert_eq!(oscal(&off)["risks"][0]["deadline"], Value::Null);

    let hdf = |r: &Report| json_of(Kind::Hdf, r)["profiles"][0]["controls"][0].clone();
    assert_eq!(hdf(&on)["waiver_data"]["expiration_date"], json!("2026-12-24"));
    assert_eq!(hdf(&on)["waiver_data"]["skipped_due_to_waiver"], json!(false));
    assert_eq!(hdf(&on)["results"][1]["status"], json!("failed"));
    assert_eq!(hdf(&off)["waiver_data"], Value::Null);

    let failures = |r: &Report| text_of(Kind::Junit, r).matches("<failure").count();
    assert_eq!((failures(&on), failures(&off)), (0, 1));
    assert!(text_of(Kind::Junit, &on).contains("<skipped message=\"waived by Risk desk until"));

    let annotated = |r: &Report, level: &str| text_of(Kind::Github, r).contains(level);
    assert!(annotated(&on, "::notice ") && !annotated(&on, "::error "));
    assert!(annotated(&off, "::error ") && annotated(&off, "EXPIRED"));

    let severity = |r: &Report| json_of(Kind::Gitlab, r)[0]["severity"].clone();
    assert_eq!((severity(&on), severity(&off)), (json!("info"), json!("critical")));

    let ended = |r: &Report| text_of(Kind::Messages, r).contains("\"success\":true");
    let failed = |r: &Report| text_of(Kind::Messages, r).contains("FAILED");
    assert!(ended(&on) && !failed(&on) && !ended(&off) && failed(&off));
    assert!(text_of(Kind::Messages, &on).contains("SKIPPED"), "and it has not passed");

    let manifest = Manifest {
        format: String::new(),
        run: String::new(),
        history_head: String::new(),
        root: String::new(),
        files: Vec::new(),
    };
    let statement = |r: &Report| Statement::of(r, &manifest, "").predicate;
    assert_eq!(statement(&on).result, "WARNED");
    assert_eq!(
        (statement(&on).warned_tests, statement(&on).failed_tests),
        (vec![ID.into()], vec![])
    );
    assert!(statement(&on).recant.waivers[0].contains("Risk desk"));
    assert_eq!(
        (statement(&off).result, statement(&off).failed_tests),
        ("FAILED".into(), vec![ID.into()])
    );
}

#[test]
fn a_control_without_evidence_is_told_of_by_name() {
    let of = [finding("governance/owner-named", "G-04", "", Verdict::Pass)];
    let mut report = build(&of, Some((false, 0)), &Undo::default());
    report.not_run.clear();
    report.waivers.clear();
    assert_eq!(report.derive(), Exit::Inconclusive);
    for kind in
        [Kind::Markdown, Kind::Html, Kind::Junit, Kind::Sarif, Kind::Oscal, Kind::Hdf, Kind::Github]
    {
        let text = text_of(kind, &report);
        assert!(text.contains("PR.AC-4: NO EVIDENCE"), "{kind:?}: {text}");
    }
    for quiet in [false, true] {
        let text = terminal(&report, quiet, false);
        assert!(text.contains("control       PR.AC-4: NO EVIDENCE"), "{text}");
    }
    let mut altered = report.clone();
    altered.selection.controls[0].evidence = true;
    assert!(altered.contradictions().iter().any(|w| w.contains("controls")));
}
