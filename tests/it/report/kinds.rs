//! Reports by their kinds: what each says of a literal run, and that none of them betters a verdict.

use recant::model::Verdict;
use recant::report::kinds::{self, Kind, Source};
use recant::report::{Entry, Report, Undo, oscal};
use serde_json::{Value, json};

use super::{build, finding, findings, literal, view};

pub fn json_of(kind: Kind, report: &Report) -> Value {
    serde_json::from_str(&text_of(kind, report)).expect("JSON")
}

pub fn text_of(kind: Kind, report: &Report) -> String {
    let entry = |path: &str| Entry { path: path.into(), size: 1, sha256: "ab".repeat(32) };
    let evidence = [entry("history.jsonl"), entry("plan.json")];
    let bytes = kinds::render(
        kind,
        Source { report, views: &(&view(Some((false, 0)))).into(), evidence: &evidence },
    );
    String::from_utf8(bytes.expect("it can be written")).expect("UTF-8")
}

fn one(verdict: Verdict) -> Report {
    let of = finding("enforcement/old-token-refused", "E-01", "orders", verdict);
    build(&[of], Some((false, 0)), &Undo::default())
}

#[test]
fn every_kind_has_a_name_and_the_same_report_gives_the_same_bytes() {
    for (kind, name, what) in Kind::ALL {
        assert_eq!(Kind::named(name), Some(kind));
        assert_eq!(kind.name(), name);
        assert!(!what.is_empty());
        assert_eq!(text_of(kind, &literal()), text_of(kind, &literal()), "{name}");
    }
    assert_eq!(Kind::named("pdf"), None);
}

#[test]
fn sarif_tells_what_does_not_hold_and_keeps_the_name_of_what_stays_open() {
    let level = |v| json_of(Kind::Sarif, &one(v))["runs"][0]["results"][0]["level"].clone();
    assert_eq!(level(Verdict::Fail), json!("error"));
    assert_eq!(level(Verdict::Inconclusive), json!("note"));
    for told in [Verdict::Pass, Verdict::Bounded, Verdict::NotApplicable] {
        assert_eq!(level(told), Value::Null, "{told:?}");
    }
    let print =
        |v| json_of(Kind::Sarif, &one(v))["runs"][0]["results"][0]["partialFingerprints"].clone();
    assert_eq!(print(Verdict::Fail), print(Verdict::Inconclusive));
    let of = json_of(Kind::Sarif, &literal());
    let prints: std::collections::BTreeSet<_> = of["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| r["partialFingerprints"].to_string())
        .collect();
    assert_eq!(prints.len(), 5, "each finding has a name of its own");
    let rule = &of["runs"][0]["tool"]["driver"]["rules"][0];
    assert!(rule["help"]["text"].as_str().is_some_and(|h| h.contains("recant explain")), "{rule}");
}

#[test]
fn sarif_says_that_a_run_was_not_whole() {
    let whole = |r: &Report| json_of(Kind::Sarif, r)["runs"][0]["invocations"][0].clone();
    let interrupted = build(&findings(), Some((true, 0)), &Undo::default());
    assert_eq!(whole(&interrupted)["executionSuccessful"], json!(false));
    let said = whole(&interrupted)["toolExecutionNotifications"].to_string();
    assert!(said.contains("the run was interrupted"), "{said}");
}

#[test]
fn oscal_has_two_states_and_only_what_holds_is_satisfied() {
    let state_of = |report: &Report| {
        let document = json_of(Kind::Oscal, report);
        assert_eq!(oscal::dangling(&document), Vec::<String>::new());
        let findings = &document["assessment-results"]["results"][0]["findings"];
        let status = &findings[0]["target"]["status"];
        (status["state"].clone(), status["reason"].clone())
    };
    let state = |v| state_of(&Report { not_run: Vec::new(), ..one(v) });
    assert_eq!(state(Verdict::Pass), (json!("satisfied"), json!("pass")));
    assert_eq!(state(Verdict::Bounded), (json!("satisfied"), json!("other")));
    assert_eq!(state(Verdict::Fail), (json!("not-satisfied"), json!("fail")));
    assert_eq!(state(Verdict::Inconclusive), (json!("not-satisfied"), json!("other")));
    assert_eq!(state(Verdict::NotApplicable), (Value::Null, Value::Null));
    // what was not judged may not hold
    let cut_short = one(Verdict::Pass);
    assert!(!cut_short.not_run.is_empty());
    assert_eq!(state_of(&cut_short), (json!("not-satisfied"), json!("other")));
}

#[test]
fn hdf_is_never_all_green_where_the_run_did_not_come_to_its_end() {
    let statuses = |report: &Report| {
        let document = json_of(Kind::Hdf, report);
        let results = document["profiles"][0]["controls"][0]["results"].as_array().cloned();
        let of = |r: &Value| r["status"].as_str().unwrap_or_default().to_owned();
        results.unwrap_or_default().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&one(Verdict::Pass)), ["passed", "error"]);
    assert_eq!(statuses(&Report { not_run: Vec::new(), ..one(Verdict::Pass) }), ["passed"]);
}

#[test]
fn oscal_references_that_lead_nowhere_are_noticed() {
    let good = json_of(Kind::Oscal, &literal());
    let result = "/assessment-results/results/0";
    let stray = json!("00000000-0000-4000-8000-000000000000");
    for (at, value) in [
        (format!("{result}/findings/0/related-observations/0/observation-uuid"), stray.clone()),
        (format!("{result}/findings/0/related-observations"), json!([])),
        (format!("{result}/observations/0/subjects/0/subject-uuid"), stray.clone()),
        (format!("{result}/observations/0/origins/0/actors/0/actor-uuid"), stray.clone()),
        (
            format!("{result}/observations/1/uuid"),
            good.pointer(&format!("{result}/observations/0/uuid")).cloned().expect("there"),
        ),
        (format!("{result}/risks/0/related-observations/0/observation-uuid"), stray.clone()),
        ("/assessment-results/import-ap/href".into(), json!("#nothing")),
        ("/assessment-results/metadata/responsible-parties/0/party-uuids/0".into(), stray),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&at).unwrap_or_else(|| panic!("{at} is there")) = value;
        assert_ne!(oscal::dangling(&bad), Vec::<String>::new(), "{at}");
    }
    let mut bad = json_of(Kind::Oscal, &one(Verdict::Fail));
    let status = format!("{result}/findings/0/target/status");
    *bad.pointer_mut(&status).expect("there") = json!({"state": "satisfied", "reason": "pass"});
    assert_ne!(oscal::dangling(&bad), Vec::<String>::new());
}

#[test]
fn a_label_that_nobody_publishes_is_shown_as_cited_and_as_published() {
    for kind in [Kind::Oscal, Kind::Sarif, Kind::Hdf] {
        let text = text_of(kind, &literal());
        assert!(text.contains("NHI-03 (as cited) / NHI7:2025"), "{}", kind.name());
        assert!(!text.to_lowercase().contains("compliant"), "{}", kind.name());
    }
    let oscal = text_of(Kind::Oscal, &literal());
    assert!(oscal.contains("Vulnerable Third-Party NHI"), "the note is there");
}

#[test]
fn hdf_and_messages_never_hide_what_stays_open() {
    let open = json_of(Kind::Hdf, &one(Verdict::Inconclusive));
    assert_eq!(open["profiles"][0]["controls"][0]["results"][0]["status"], json!("error"));
    let lines = text_of(Kind::Messages, &one(Verdict::Inconclusive));
    assert!(lines.contains("\"status\":\"PENDING\""), "{lines}");
    assert!(lines.contains("\"success\":false"), "{lines}");
    let lines = text_of(Kind::Messages, &one(Verdict::Bounded));
    assert!(lines.contains("bounded: "), "{lines}");
    assert!(!text_of(Kind::Messages, &one(Verdict::Fail)).contains("PASSED"));
}
