//! Mistakes that only show when a scenario is read from its beginning: each at its line, with what to do.

use std::collections::BTreeSet;

use recant::error::render_problems;
use recant::plan::feature::Preflight;
use recant::plan::{Scripts, Source, load_target, shipped_target};
use recant::steps::Book;

use super::with_secrets;

/// What is said about a feature, with the target of the reference system.
fn said(steps: &str) -> String {
    let declared = shipped_target("reference", &with_secrets());
    let (scripts, requirements) = (Scripts::shipped().unwrap(), BTreeSet::new());
    let with = Preflight {
        book: Book::shipped(),
        scripts: Some(&scripts),
        requirements: &requirements,
        declared: Some(&declared.unwrap()),
    };
    let text = format!("Feature: x\n  Scenario: y\n{steps}");
    render_problems(&with.check(&Source::of_text("x.feature", &text)), false)
}

#[test]
fn a_scenario_that_makes_sense() {
    let steps = r#"    Given a subject
    And a bystander
    And the subject holds tokens for "orders" as "busy"
    And the bystander holds tokens for "orders"
    When the change "raise risk" is made to the subject
      | level | high |
    And the tokens "busy" are watched
    And the change "raise risk" is undone
    Then "orders" still accepts the bystander
"#;
    assert_eq!(said(steps), "");
}

#[test]
fn labels_that_nothing_made() {
    insta::assert_snapshot!(said(
        r#"    Given a subject
    And the subject holds tokens for "orders" as "busy"
    When the role "writer" is removed from the subject
    And the tokens "bussy" are watched
    Then "orders" refuses the earlier token within its bound
"#
    ));
}

#[test]
fn changes_without_their_arguments_or_with_others() {
    insta::assert_snapshot!(said(
        r#"    Given a subject
    When the change "raise risk" is made to the subject
    And the change "change device" is made to the subject
      | stat | not-compliant |
    And the change "disable subject" is made to the subject
      | reason | because |
    And the change "disable subject" is made
    And the change "raise risks" is undone
    Then the token is reduced
"#
    ));
}

#[test]
fn a_bystander_that_nobody_brought() {
    insta::assert_snapshot!(said(
        r#"    Given a subject
    And the subject holds tokens for "orders"
    When the bystander is disabled
    Then "orders" still accepts the bystander
    And "orders" refuses the earlier token within 5s
"#
    ));
}

#[test]
fn an_earlier_token_that_there_is_not() {
    insta::assert_snapshot!(said(
        r#"    Given a subject
    When the role "writer" is removed from the subject
    And the subject holds tokens for "orders"
    Then "orders" refuses the earlier token within 5s
"#
    ));
}

#[test]
fn what_scripts_give_no_argument_and_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.toml");
    let text = r#"about = "x"
step = [
  { do = "subject", name = "subject" },
  { do = "tokens", of = "subject", label = "hot" },
  { do = "change", name = "raise risk", of = "subject" },
  { do = "change", name = "disable subject" },
  { do = "watch", of = "subject", hot = "hot", or = ["hott"] },
]
"#;
    std::fs::write(&path, text).unwrap();
    let wrong = Scripts::default().with_files(std::slice::from_ref(&path)).unwrap_err();
    let said = render_problems(&wrong, false).replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!(said);
}

/// What is wrong with the reference target where its other grant is this.
fn other(value: &str) -> String {
    let target = include_str!("../../../targets/reference.toml");
    let written = format!("other-grant = {value}");
    let text = target.replace("other-grant = \"user-elsewhere\"", &written);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.toml");
    std::fs::write(&path, text).unwrap();
    match load_target(&path, &with_secrets()) {
        Ok(_) => String::new(),
        Err(wrong) => wrong.iter().map(|p| format!("{}\n", p.what)).collect(),
    }
}

#[test]
fn other_grants_for_all_services_and_for_some() {
    for right in [
        r#""user-elsewhere""#,
        r#"["user-elsewhere"]"#,
        r#"{ orders = "user-elsewhere", reports = ["user-elsewhere"] }"#,
    ] {
        assert_eq!(other(right), "", "{right}");
    }
    let odd = r#"{ order = "user-elsewhere", orders = "elsewhere", reports = ["user"] }"#;
    insta::assert_snapshot!(other(odd), @r"
    there is no service `order`
    there is no grant `elsewhere`
    the other grant goes through the same client as the usual one
    ");
    insta::assert_snapshot!(other("7"), @"`subject.other-grant` must be a string, not a whole number");
}
