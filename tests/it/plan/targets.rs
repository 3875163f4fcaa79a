//! Mistakes in target files and recipes: all of them at once, each at its place.

use std::path::Path;

use recant::error::render_problems;
use recant::plan::{Overlay, load_target, shipped_target};

use super::with_secrets;

fn bad(name: &str) -> String {
    let path = Path::new("tests/it/plan/bad").join(name);
    let problems = load_target(&path, &Overlay::default()).expect_err("it is wrong");
    render_problems(&problems, false)
}

#[test]
fn every_mistake_is_found_at_once() {
    insta::assert_snapshot!(bad("target.toml"));
}

#[test]
fn the_reference_target_is_right() {
    let declared = shipped_target("reference", &with_secrets())
        .unwrap_or_else(|p| panic!("{}", render_problems(&p, false)));
    assert_eq!(render_problems(&declared.warnings, false), "");
    let facts = declared.facts(vec![]);
    assert_eq!(facts.services["reports"].bound, Some(60_000));
    assert_eq!(facts.services["catalog"].bound, None);
    assert_eq!(facts.services["orders"].replicas, 2);
    insta::assert_snapshot!(facts.provides.join("\n"));
}

#[test]
fn a_bound_of_ten_years_is_said_to_be_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target.toml");
    let target = include_str!("../../../targets/reference.toml");
    let target = target.replace("refresh-end = \"12h\"", "refresh-end = \"87600h\"");
    std::fs::write(&path, target).unwrap();
    let problems = load_target(&path, &Overlay::default()).expect_err("it is wrong");
    let said = render_problems(&problems, false);
    assert!(said.contains("`refresh-end` must be no longer than a year (\"366d\")"), "{said}");
}
