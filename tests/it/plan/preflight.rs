//! Mistakes in feature files: each at its right line and column, before anything is sent.

use std::collections::BTreeSet;

use recant::error::render_problems;
use recant::plan::feature::{Preflight, StepBook};
use recant::plan::{Scripts, Source, Suite};

/// A small vocabulary.
struct Book(Vec<(&'static str, regex::Regex)>);

impl Book {
    fn new() -> Self {
        let steps = [
            ("a subject", "^a subject$"),
            ("the scenario {string} has happened", "^the scenario \"[^\"]*\" has happened$"),
            ("{service} refuses the earlier token", "^\"[^\"]*\" refuses the earlier token$"),
            ("everything is {word}", "^everything is (good|bad)$"),
            ("everything is good", "^everything is good$"),
        ];
        Self(steps.map(|(text, regex)| (text, regex::Regex::new(regex).unwrap())).into())
    }
}

impl StepBook for Book {
    fn matching(&self, text: &str) -> Vec<usize> {
        let all = self.0.iter().enumerate();
        all.filter(|(_, (_, regex))| regex.is_match(text)).map(|(index, _)| index).collect()
    }

    fn nearest(&self, text: &str, n: usize) -> Vec<String> {
        let mut all: Vec<_> = self.0.iter().map(|(step, _)| *step).collect();
        all.sort_by_key(|step| strsim::levenshtein(step, text));
        all.into_iter().take(n).map(str::to_owned).collect()
    }

    fn expression(&self, definition: usize) -> String {
        self.0[definition].0.to_owned()
    }
}

fn said(text: &str) -> String {
    let requirements =
        BTreeSet::from(["enforcement/old-token-refused".to_owned(), "E-01".to_owned()]);
    let scripts = Scripts::shipped().unwrap();
    let book = Book::new();
    let with = Preflight {
        book: &book,
        scripts: Some(&scripts),
        requirements: &requirements,
        declared: None,
    };
    render_problems(&with.check(&Source::of_text("x.feature", text)), false)
}

#[test]
fn a_feature_that_is_right() {
    let text = "\u{feff}@requirement:E-01\nFeature: x\n  When prose, nobody minds.\n\n  Scenario Outline: <s>\n    Given the scenario \"<s>\" has happened\n    Then \"orders\" refuses the earlier token\n\n    Examples:\n      | s            |\n      | role-removal |\n";
    assert_eq!(said(text), "");
}

#[test]
fn misspelt_keywords() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Senario: y\n    Given a subject\n\n  Scenario: z\n    Whem a subject\n    Thenn everything is bad\n    Then everything is bad\n    Adn a subject\n  scenario outline: w\n  Scenario v\n"
    ));
}

#[test]
fn a_typo_in_the_first_step_is_no_description() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Scenario: z\n    Gvien a subject\n    Then everything is bad\n"
    ));
}

#[test]
fn a_step_without_a_scenario_is_no_description() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Given a subject\n  Scenario: z\n    Then everything is bad\n"
    ));
}

#[test]
fn tables() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Scenario Outline: <a>\n    Then everything is <a>\n    Examples:\n      | a   | b |\n      | bad | 1 | 2 |\n      | bad |\n      | bad | 1\n      # fine\n      | bad | a\\|b |\n\n  | lost |\n"
    ));
}

#[test]
fn outlines() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Scenario Outline: no examples\n    Then everything is bad\n  Scenario Outline: no table\n    Then everything is <a>\n    Examples:\n  Scenario Outline: no rows\n    Then everything is <a>\n    Examples:\n      | a |\n  Scenario Outline: names\n    Then everything is <srevice>\n    Examples:\n      | service | service | |\n      | bad     | bad     | |\n  Scenario: plain\n    Then everything is <a>\n"
    ));
}

#[test]
fn steps_that_are_not_there_or_there_twice() {
    insta::assert_snapshot!(said(
        "Feature: x\n  Scenario: a\n    Given an object\n    Then everything is good\n  Scenario Outline: b\n    Then everything is <c>\n    Examples:\n      | c   |\n      | bad |\n      | odd |\n"
    ));
}

#[test]
fn names_that_are_not_there() {
    insta::assert_snapshot!(said(
        "@requirement:E-02 @requirement:enforcement/old-token-refusd\nFeature: x\n  Scenario: a\n    Given the scenario \"role-remval\" has happened\n    Then everything is bad\n  Scenario Outline: b <s>\n    Given the scenario \"<s>\" has happened\n    Then everything is bad\n    Examples:\n      | s            |\n      | role-removal |\n      | device-chnge |\n"
    ));
}

#[test]
fn things_that_would_test_nothing() {
    insta::assert_snapshot!(said("Feature: x\n"));
    insta::assert_snapshot!(said(
        "Feature:\n  Background:\n  Rule: r\n  Rule: s\n    Scenario: a\n    Scenario: b\n      Given a subject\n    Scenario: b\n      Then everything is bad\n"
    ));
}

#[test]
fn doc_strings_tags_and_order() {
    insta::assert_snapshot!(said(
        "@a b\n@c@d\nFeature: x\n  \"\"\"\n  lost\n  \"\"\"\n  Scenario: a\n    Then everything is bad\n      \"\"\"json\n      {}\n      \"\"\"\n  Background:\n    Given a subject\nFeature: second\n  Scenario: c\n    Then everything is bad\n      ```\n      open\n"
    ));
    insta::assert_snapshot!(said("# language: de\nFunktionalität: x\n"));
    insta::assert_snapshot!(said(""));
    insta::assert_snapshot!(said(
        "Feature: x\n  Scenario: a\n    Then everything is bad\n  @lost\n"
    ));
}

#[test]
fn only_what_is_selected() {
    let suite = Suite::shipped().with_tags("@E-01 and not @nothing").unwrap();
    let planned = suite.planned().unwrap();
    let selected: Vec<_> =
        planned.iter().filter(|p| p.selected).map(|p| p.scenario.as_str()).collect();
    insta::assert_snapshot!(selected.join("\n"));
    assert!(planned.len() > 40);
    for wrong in ["", "E-01", "@a and", "(@a", &"(".repeat(100_000), &"not ".repeat(1000)] {
        assert!(Suite::shipped().with_tags(wrong).is_err(), "{wrong}");
    }
}
