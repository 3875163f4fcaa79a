//! Feature files are read as gherkin reads them where they are right.

use recant::plan::feature::Sheet;
use recant::plan::{Scripts, Source, Suite};

#[test]
fn shipped_features_read_as_gherkin_reads_them() {
    for file in &Suite::shipped().files {
        let ours =
            file.sheet().unwrap_or_else(|p| panic!("{}: {p:?}", file.name())).feature.clone();
        let theirs = gherkin::Feature::parse(&file.source.text, Default::default()).unwrap();
        assert_eq!(plain(ours), plain(theirs), "{}", file.name());
    }
}

#[test]
fn shipped_scripts_are_right() {
    let scripts = Scripts::shipped().unwrap();
    assert!(scripts.script("role-removal").is_some());
    assert!(scripts.names().count() >= 18);
}

/// Everything but positions.
fn plain(mut feature: gherkin::Feature) -> gherkin::Feature {
    feature.span = gherkin::Span::default();
    feature.position = gherkin::LineCol::default();
    if let Some(b) = &mut feature.background {
        background(b);
    }
    feature.scenarios.iter_mut().for_each(scenario);
    for rule in &mut feature.rules {
        rule.span = gherkin::Span::default();
        rule.position = gherkin::LineCol::default();
        if let Some(b) = &mut rule.background {
            background(b);
        }
        rule.scenarios.iter_mut().for_each(scenario);
    }
    feature
}

fn background(background: &mut gherkin::Background) {
    background.span = gherkin::Span::default();
    background.position = gherkin::LineCol::default();
    background.steps.iter_mut().for_each(step);
}

fn scenario(scenario: &mut gherkin::Scenario) {
    scenario.span = gherkin::Span::default();
    scenario.position = gherkin::LineCol::default();
    scenario.steps.iter_mut().for_each(step);
    for examples in &mut scenario.examples {
        examples.span = gherkin::Span::default();
        examples.position = gherkin::LineCol::default();
        if let Some(t) = &mut examples.table {
            table(t);
        }
    }
}

fn step(step: &mut gherkin::Step) {
    step.span = gherkin::Span::default();
    step.position = gherkin::LineCol::default();
    step.docstring = step.docstring.as_ref().map(|text| text.trim().to_owned());
    if let Some(t) = &mut step.table {
        table(t);
    }
}

fn table(table: &mut gherkin::Table) {
    table.span = gherkin::Span::default();
    table.position = gherkin::LineCol::default();
}

#[test]
fn everything_in_gherkin_is_read_as_gherkin_reads_it() {
    let text = r#"# a comment
@a @b
Feature: Everything
  In two
  lines.

  Background: at first
    Given a subject

  @c
  Scenario: one
    * a star
    When it happens
    And again
      | x | y\|z |
      | 1 | \\    |
    But not
    Then it holds
      """
      text
        indented
      """

  Scenario Outline: two of <n>
    Given <n>

    @d
    Examples: some
      | n |
      # between
      | 1 |

      | 2 |
    Examples:
      | n |
      | 3 |

  Rule: a rule
    Background:
      Given more
    Example: three
      Then it holds
"#;
    let ours = Sheet::read(&Source::of_text("all.feature", text)).unwrap();
    let theirs = gherkin::Feature::parse(text, Default::default()).unwrap();
    assert_eq!(plain(ours.feature.clone()), plain(theirs));
    let rows: Vec<_> =
        Sheet::rows(&ours).map(|r| format!("{} {} {:?}", r.place, r.title, r.tags)).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    all.feature:11:3 Everything / one ["a", "b", "c"]
    all.feature:31:7 Everything / two of 1 ["a", "b", "d"]
    all.feature:33:7 Everything / two of 2 ["a", "b", "d"]
    all.feature:36:7 Everything / two of 3 ["a", "b"]
    all.feature:41:5 Everything / a rule / three ["a", "b"]
    "#);
}
