//! What is loaded is what was declared: bounds, values, capabilities, scripts, large suites.

use std::path::PathBuf;

use recant::error::render_problems;
use recant::plan::feature::Sheet;
use recant::plan::{Overlay, Scripts, Source, Suite, milliseconds, shipped_target};

use super::with_secrets;

fn reference(base: &str) -> recant::plan::Declared {
    let values = [("base".to_owned(), base.to_owned())].into();
    shipped_target("reference", &Overlay { values, ..with_secrets() }).expect("it is right")
}

#[test]
fn values_of_the_overlay_go_into_urls() {
    let declared = reference("http://127.0.0.1:4711");
    assert_eq!(declared.target.issuer["main"].url, "http://127.0.0.1:4711");
    assert_eq!(
        declared.target.service["orders"].replicas[1],
        "http://127.0.0.1:4711/services/orders/replica-1"
    );
    assert_eq!(declared.file, "shipped:targets/reference.toml");
}

#[test]
fn overrides_win_over_the_profile() {
    let bounds = reference("http://127.0.0.1:1").bounds();
    assert_eq!((bounds.cache, bounds.skew, bounds.self_contained), (60_000, 5_000, 960_000));
    assert_eq!((bounds.decision, bounds.probes), (0, 5));
}

#[test]
fn durations() {
    for (text, ms) in
        [("500ms", 500), ("1.5s", 1500), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)]
    {
        assert_eq!(milliseconds(text), Some(ms), "{text}");
    }
    for wrong in ["", "10", "s", "-1s", "1e9s", "10 s", "1w", "999999999h", "..s", "NaNs"] {
        assert_eq!(milliseconds(wrong), None, "{wrong}");
    }
}

#[test]
fn an_unknown_shipped_target_names_those_that_exist() {
    let problems = shipped_target("referenze", &Overlay::default()).unwrap_err();
    insta::assert_snapshot!(render_problems(&problems, false));
}

#[test]
fn mistakes_in_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let text = r#"about = "x"
touches = "isuer"
needs = ["refesh"]
step = [
  { do = "subject", name = "subject" },
  { do = "tokens", of = "subjekt", label = "hot", may-be-refusd = true },
  { do = "call", of = "subject", label = "hott" },
  { do = "change", name = "remove role", of = "subject", with = { role = "{role.lst}" } },
  { do = "undo", name = "remove rol" },
  { do = "wach", of = "subject", hot = "hot" },
  { of = "subject" },
]
"#;
    std::fs::write(&path, text).unwrap();
    let problems = Scripts::shipped().unwrap().with_files(&[path]).unwrap_err();
    let said = render_problems(&problems, false);
    insta::assert_snapshot!(said.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn a_line_selects_a_row_and_a_wrong_line_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.feature");
    std::fs::write(&path, "Feature: x\n  Scenario Outline: y\n    Then <z>\n    Examples:\n      | z |\n      | 1 |\n      | 2 |\n").unwrap();
    let at = |line| Suite::of(&[(path.clone(), Some(line))]).unwrap().planned().unwrap();
    let selected: Vec<_> = at(7).into_iter().filter(|p| p.selected).map(|p| p.scenario).collect();
    assert_eq!(selected, ["x / y (z: 2)"]);
    assert!(at(3).iter().all(|p| !p.selected));
    let missing = Suite::of(&[(PathBuf::from("nowhere.feature"), None)]);
    assert_eq!(missing.unwrap_err().len(), 1);
}

#[test]
fn a_hundred_thousand_rows_are_expanded_one_by_one() {
    let rows: String = (0..100_000).map(|n| format!("      | {n} |\n")).collect();
    let text = format!(
        "Feature: x\n  Scenario Outline: <n>\n    Then <n>\n    Examples:\n      | n |\n{rows}"
    );
    let sheet = Sheet::read(&Source::of_text("x.feature", &text)).unwrap();
    let last = Sheet::rows(&sheet).last().unwrap();
    assert_eq!((last.title.as_str(), last.place.line), ("x / 99999", 100_005));
    assert_eq!(last.scenario.steps[0].value, "99999");
}
