//! The runner, with a driver that needs no target.

mod fake;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Barrier;

use recant::model::Verdict;
use recant::plan::Touches;
use recant::suite::Limits;

use fake::{Fake, run, run_with, suite};

#[test]
fn what_fails_stops_nothing_after_it() {
    let fake = Arc::new(Fake {
        verdicts: BTreeMap::from([("token/refresh-follows-entitlement".into(), Verdict::Fail)]),
        ..Fake::default()
    });
    let done = run(
        &fake,
        r#"Feature: tokens
  Background:
    Given a subject
    And the subject holds tokens for "orders"
  Scenario: reduced
    When the role "writer" is removed from the subject
    And the subject's token is refreshed
    Then the token is reduced
    And it no longer grants "create order"
    And a decision says why, and its owner is named
"#,
    );
    assert_eq!(fake.obliged.lock().unwrap().len(), 4);
    assert_eq!((done.tally.ended, done.tally.failed), (1, 1));
    assert_eq!(
        done.seen,
        ["FAIL tokens / reduced: X-00 fail: it was so", "1 scenarios: 1 failed",]
    );
    let obliged = fake.obliged.lock().unwrap();
    assert_eq!(obliged[1].operation.as_deref(), Some("create order"));
    assert_eq!((obliged[1].place.line, obliged[1].place.column), (9, 5));
    assert_eq!(obliged[1].instance, "team.feature:5");
    assert_eq!(obliged[1].needs, ["change:remove role", "refresh"]);
    assert_eq!(fake.ran.lock().unwrap().as_slice(), [("tokens / reduced".into(), 5, None)]);
    assert_eq!(
        fake.did("team.feature:5"),
        [
            "subject subject",
            "Tokens",
            "call ",
            "remove role",
            "Refresh",
            "call create order",
            "ReadDecisions",
            "finish",
        ]
    );
}

#[test]
fn a_halt_skips_what_acts_and_records_what_must_hold() {
    let fake = Arc::new(Fake {
        verdicts: BTreeMap::from([("E-01".into(), Verdict::Inconclusive)]),
        ..Fake::default()
    });
    let done = run(
        &fake,
        r#"Feature: halts
  Scenario: a change is refused
    Given a subject
    When the change "refuse" is made to the subject
    And the subject asks for new tokens
    Then the token is reduced
"#,
    );
    assert_eq!((done.tally.halted, done.tally.passed), (1, 0));
    assert_eq!(
        fake.unmet.lock().unwrap().as_slice(),
        [("team.feature:2".into(), "the change was refused".into())]
    );
    assert_eq!(fake.obliged.lock().unwrap().len(), 1);
    assert_eq!(fake.did("team.feature:2"), ["subject subject", "refuse", "finish"]);
    let halted = fake.ran.lock().unwrap()[0].2.clone();
    assert_eq!(halted.as_deref(), Some("could not be carried out: the change was refused"));
}

#[test]
fn what_is_declared_absent_does_not_halt_but_does_not_apply() {
    let text = r#"Feature: absent
  Scenario: no device
    Given a subject
    When the change "absent" is made to the subject
    Then the token is reduced
"#;
    // One obligation that is left open all the same, because the metadata say otherwise, weighs more.
    for (verdict, applies) in [(Verdict::NotApplicable, (0, 1)), (Verdict::Inconclusive, (1, 0))] {
        let verdicts = BTreeMap::from([("token/new-token-follows-entitlement".into(), verdict)]);
        let fake = Arc::new(Fake { verdicts, ..Fake::default() });
        let done = run(&fake, text);
        assert_eq!((done.tally.inconclusive, done.tally.not_applicable), applies, "{verdict:?}");
        assert_eq!((done.tally.halted, done.tally.passed), (0, 0));
        let ran = fake.ran.lock().unwrap()[0].2.clone();
        assert_eq!(ran.as_deref(), Some("`x` is declared absent: there is none"));
    }
}

#[test]
fn a_control_that_is_refused_halts_the_scenario() {
    let fake = Arc::new(Fake { refuses: Some("create order".into()), ..Fake::default() });
    let done = run(
        &fake,
        r#"Feature: controls
  Scenario: refused before
    Given a subject
    And the subject holds tokens for "orders"
    And the subject can "create order"
    When the subject is disabled
"#,
    );
    assert_eq!(done.tally.halted, 1);
    insta::assert_snapshot!(fake.unmet.lock().unwrap()[0].1, @r#""create order" is not accepted from subject at orders to begin with: refused with 403"#);
    assert!(!fake.did("team.feature:2").contains(&"disable subject".to_owned()));
}

#[test]
fn an_undefined_step_is_never_green() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        "Feature: f\n  Scenario: s\n    Given a subjekt\n    Then the token is reduced\n",
    );
    assert_eq!((done.tally.undefined, done.tally.halted, done.tally.passed), (1, 1, 0));
    assert!(fake.ran.lock().unwrap()[0].2.as_deref().unwrap().contains("no step reads"));
}

#[test]
fn after_a_script_obligations_are_about_its_instance() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        r#"Feature: scripts
  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the token is reduced

    Examples:
      | scenario     |
      # a comment between rows
      | role-removal |
      | missing      |
"#,
    );
    assert_eq!((done.tally.passed, done.tally.halted), (1, 1));
    let mut about: Vec<_> = fake
        .obliged
        .lock()
        .unwrap()
        .iter()
        .map(|o| (o.instance.clone(), o.needs.clone()))
        .collect();
    about.sort();
    assert_eq!(
        about,
        [
            ("missing".into(), vec![]),
            ("role-removal".into(), vec!["change:remove role".to_owned()]),
        ]
    );
    // The script's own record says that it is unmet; the feature's scenario adds nothing.
    assert!(fake.unmet.lock().unwrap().is_empty());
    let mut lines: Vec<_> = fake.ran.lock().unwrap().iter().map(|r| r.1).collect();
    lines.sort_unstable();
    assert_eq!(lines, [9, 10]);
}

#[test]
fn a_panic_ends_its_scenario_and_no_other() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        r#"Feature: panics
  Scenario: breaks
    Given a subject
    When the change "break" is made to the subject
  Scenario: goes on
    Given a subject
"#,
    );
    assert_eq!(done.tally.ended, 2);
    let ran = fake.ran.lock().unwrap();
    assert!(ran.iter().any(
        |r| r.2.as_deref() == Some("could not be carried out: recant made a mistake: it broke")
    ));
    assert!(ran.iter().any(|r| r.0 == "panics / goes on" && r.2.is_none()));
    // The actor of the one that broke was dropped, which is what undoes its changes.
    assert_eq!(fake.dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn who_changes_what_others_use_runs_alone() {
    let fake = Arc::new(Fake::default());
    run(
        &fake,
        r#"Feature: locks
  Scenario: own
    Given a subject
    When the subject is disabled
  Scenario: shared
    When the signing key is retired
"#,
    );
    let mut entered = fake.entered.lock().unwrap().clone();
    entered.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        entered,
        [("team.feature:2".into(), Touches::Subjects), ("team.feature:5".into(), Touches::Issuer),]
    );
}

#[test]
fn tags_select_and_rules_have_their_own_background() {
    let fake = Arc::new(Fake::default());
    let text = r#"@a
Feature: tags
  @slow
  Scenario: left out
    Given a subject
  Rule: a rule
    Background:
      Given a bystander
    Scenario: in
      Given a subject
"#;
    let done = run_with(&fake, suite(text, Some("@a and not @slow")), Limits::default());
    assert_eq!(done.tally.ended, 1);
    assert_eq!(fake.did("team.feature:9"), ["subject bystander", "subject subject", "finish"]);
    assert_eq!(done.seen[0], "pass tags / a rule / in");
}

#[test]
fn an_interruption_begins_nothing_more_and_ends_what_is_under_way() {
    let fake = Arc::new(Fake::default());
    let mut text = String::from("Feature: many\n");
    text +=
        "  Scenario: first\n    When the change \"interrupt\" is made\n    And 3600s have passed\n";
    for n in 0..50 {
        text += &format!("  Scenario: later {n}\n    Given a subject\n");
    }
    let limits = Limits { open: 1, grace: Duration::from_millis(20), ..Limits::default() };
    let done = run_with(&fake, suite(&text, None), limits);
    assert_eq!((done.tally.begun, done.tally.halted), (1, 1));
    assert_eq!(fake.ran.lock().unwrap()[0].2.as_deref(), Some("interrupted"));
    assert_eq!(fake.did("team.feature:2").last().map(String::as_str), Some("finish"));
}

#[test]
fn a_broken_record_stops_the_run() {
    let fake = Arc::new(Fake::default());
    let mut text = String::from("Feature: many\n");
    for n in 0..50 {
        text += &format!("  Scenario: n{n}\n    When the change \"fill the disk\" is made\n");
    }
    let limits = Limits { open: 1, ..Limits::default() };
    let done = run_with(&fake, suite(&text, None), limits);
    assert_eq!(done.tally.broken.as_deref(), Some("no space is left"));
    assert!(done.tally.begun < 10, "{}", done.tally.begun);
}

#[test]
fn a_verb_that_hangs_is_given_up() {
    let fake = Arc::new(Fake::default());
    let text =
        "Feature: f\n  Scenario: s\n    When 3600s have passed\n    Then the token is reduced\n";
    let limits = Limits { verb: Duration::from_millis(20), ..Limits::default() };
    let done = run_with(&fake, suite(text, None), limits);
    assert_eq!(done.tally.halted, 1);
    assert!(fake.unmet.lock().unwrap()[0].1.starts_with("it took longer than"));
}

/// All of them wait until the last one has come: if who waits held a slot, the last one would never begin.
#[test]
fn who_waits_keeps_nobody_else_from_beginning() {
    let fake = Arc::new(Fake { all_there: Some(Barrier::new(400)), ..Fake::default() });
    let mut text = String::from("Feature: waits\n");
    for n in 0..400 {
        text += &format!("  Scenario: n{n}\n    When 1s has passed\n");
    }
    assert_eq!(run(&fake, &text).tally.passed, 400);
    assert_eq!(fake.most.load(Ordering::SeqCst), 400);
}

#[test]
fn ten_thousand_rows_are_played_few_at_once() {
    let mut text = String::from(
        "Feature: many\n  Scenario Outline: row <n>\n    Given a subject with the role \"<n>\"\n\n    Examples:\n      | n |\n",
    );
    for n in 0..10_000 {
        text += &format!("      | {n} |\n");
    }
    let fake = Arc::new(Fake::default());
    let limits = Limits { open: 64, ..Limits::default() };
    let done = run_with(&fake, suite(&text, None), limits);
    assert_eq!(done.tally.passed, 10_000);
    assert!(fake.most.load(Ordering::SeqCst) <= 64);
}
