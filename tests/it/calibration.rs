//! A build knows whether it was tested, and its reports say so.

use std::collections::{BTreeMap, BTreeSet};

use recant::calibration::{self, Calibration, FaultRow, Healthy, Matrix, Stamp, sha256};
use recant::cli::selftest::{classes, committed_text, differences};
use recant::model::Verdict;
use recant::report::Undo;

use super::report::{build, finding};

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn row(id: &str, noticed: &[&str]) -> FaultRow {
    FaultRow {
        id: id.into(),
        name: "demo".into(),
        must: set(&["a", "b"]),
        noticed: set(noticed),
        ..FaultRow::default()
    }
}

fn matrix() -> Matrix {
    let column = |id: &str| calibration::Column { id: id.into(), alias: format!("T-{id}") };
    Matrix {
        format: calibration::MATRIX_FORMAT.into(),
        tool: "0.1.0".into(),
        requirements: ["a", "b", "c"].map(column).into(),
        healthy: Healthy {
            classes: BTreeMap::from([("introspect".into(), true), ("status-list".into(), true)]),
            ..Healthy::default()
        },
        faults: vec![
            row("mu-01", &["a"]),
            FaultRow { also_red: set(&["c"]), ..row("mu-02", &["b"]) },
        ],
        never_red: vec!["c".into()],
    }
}

fn stamped(matrix: &Matrix, sources: &str) -> (String, String) {
    let matrix = serde_json::to_string(matrix).expect("JSON");
    let stamp = Stamp {
        format: calibration::STAMP_FORMAT.into(),
        tool: "0.1.0".into(),
        date: "2026-11-25".into(),
        sources: sources.into(),
        matrix: sha256(&matrix),
    };
    (matrix, serde_json::to_string(&stamp).expect("JSON"))
}

fn of(matrix: &Matrix, sources: &str) -> Calibration {
    let (matrix, stamp) = stamped(matrix, sources);
    Calibration { within_reach: 2, ..Calibration::of("these", "0.1.0", &matrix, &stamp) }
}

#[test]
fn a_build_from_tested_sources_says_what_was_measured() {
    let calibration = of(&matrix(), "these");
    assert!(calibration.sound());
    insta::assert_snapshot!(calibration.line(), @"2 of 2 seeded faults noticed, 0 false alarms, healthy clean in 2 of 2 service classes (selftest of recant 0.1.0, 2026-11-25)");
    let part = Calibration { within_reach: 1, ..calibration.clone() };
    let says = "; the requirements that were judged in this run notice 1 of them (";
    assert!(part.line().contains(says), "{}", part.line());
    let own = Calibration { own_suite: true, ..calibration };
    assert!(own.line().contains("of which this run is not one"), "{}", own.line());
}

#[test]
fn a_build_that_nobody_tested_says_so() {
    let (text, stamp) = stamped(&matrix(), "these");
    let altered = text.replace("mu-01", "mu-03");
    for (what, sources, matrix, stamp) in [
        ("other sources", "those", text.as_str(), stamp.as_str()),
        ("another matrix", "these", altered.as_str(), stamp.as_str()),
        ("no matrix", "these", "", stamp.as_str()),
        ("no stamp", "these", text.as_str(), ""),
        ("hostile", "these", "{\"faults\":", "[]"),
    ] {
        let calibration = Calibration::of(sources, "0.1.0", matrix, stamp);
        assert!(!calibration.calibrated && !calibration.sound(), "{what}");
        let line = calibration.line();
        assert!(line.starts_with("not calibrated: ") && !line.contains("seeded"), "{what}: {line}");
    }
    let other = of(&matrix(), "these").driven_by("those");
    assert_eq!((other.calibrated, other.faults), (false, 0), "{}", other.line());
    assert!(Calibration::default().line().starts_with("not calibrated: "));
}

#[test]
fn what_was_missed_is_not_sound() {
    let mut blind = matrix();
    blind.faults[0].noticed.clear();
    let mut alarmed = matrix();
    alarmed.healthy.red = set(&["a"]);
    let mut unlisted = matrix();
    unlisted.faults[0].unlisted = set(&["c"]);
    let mut dirty = matrix();
    dirty.healthy.classes.insert("introspect".into(), false);
    for (matrix, said) in [
        (blind, "unsound: 1 of 2 seeded faults noticed"),
        (alarmed, "1 false alarm,"),
        (unlisted, "1 false alarm,"),
        (dirty, "healthy clean in 1 of 2 service classes"),
    ] {
        let line = of(&matrix, "these").line();
        assert!(line.starts_with("unsound: ") && line.contains(said), "{line}");
    }
}

#[test]
fn the_digest_is_over_what_decides() {
    let named: BTreeSet<&str> = calibration::SOURCES.iter().map(|(name, _)| *name).collect();
    for decides in [
        "Cargo.lock",
        "features/enforcement/old-token.feature",
        "recipes/reference.toml",
        "scenarios/role-removal.toml",
        "src/calibration/stamp.rs",
        "src/cli/flow.rs",
        "src/cli/selftest/compare.rs",
        "src/drive/classify.rs",
        "src/judge/core.rs",
        "src/judge/checks/loss.rs",
        "src/reference/faults.toml",
        "src/report/build.rs",
        "src/requirements/enforcement/old-token-refused.toml",
        "targets/reference.toml",
    ] {
        assert!(named.contains(decides), "{decides} does not count");
    }
    for formats in ["src/report/markdown.rs", "src/controls/framework.rs", "README.md"] {
        assert!(!named.contains(formats), "{formats} counts");
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, bytes) in calibration::SOURCES {
        let now = std::fs::read(root.join(name)).expect("a source");
        assert!(now == *bytes, "{name} is not what was built in");
    }
    let one = |name, bytes| calibration::digest(&[(name, bytes)]);
    let all = [one("a", b"bc"), one("ab", b"c"), one("a", b"cb"), calibration::digest(&[])];
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(calibration::sources().len(), 64);
}

#[test]
fn a_class_is_clean_where_something_of_it_was_judged_and_nothing_is_red_or_open() {
    let id = "token/new-token-follows-entitlement";
    let of = |service, verdict| finding(id, "T-01", service, verdict);
    let report = build(
        &[
            of("orders", Verdict::Pass),
            of("ledger", Verdict::Bounded),
            of("reports", Verdict::Pass),
            of("reports", Verdict::Inconclusive),
            of("files", Verdict::Fail),
            of("idle", Verdict::NotApplicable),
        ],
        Some((false, 0)),
        &Undo::default(),
    );
    let services = [
        ("orders", "introspect"),
        ("ledger", "self-contained"),
        ("reports", "status-list"),
        ("files", "event-driven"),
        ("idle", "idle"),
        ("unheard", "unheard"),
        ("unheard-2", "introspect"),
    ];
    let services = services.map(|(s, c)| (s.to_owned(), c.to_owned())).into();
    let classes = classes(&report, &services);
    let clean: Vec<_> = classes.iter().filter(|(_, clean)| **clean).map(|(c, _)| c).collect();
    assert_eq!(clean, ["self-contained"]);
    assert_eq!(classes.len(), 6);
}

#[test]
fn the_matrix_as_it_is_committed() {
    let mut of = matrix();
    of.faults.push(FaultRow { unlisted: set(&["a"]), ..row("mu-03", &[]) });
    of.healthy.classes.insert("event-driven".into(), false);
    insta::assert_snapshot!(committed_text(&of));
    let told = serde_json::to_value(&of).expect("JSON");
    let schema = recant::cli::selftest::matrix_schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    assert!(validator.is_valid(&told));
}

#[test]
fn what_differs_from_the_committed_matrix_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = differences(folder.path(), &matrix(), false);
    assert!(missing[0].contains("can't be read"), "{missing:?}");
    let text = serde_json::to_string_pretty(&matrix()).expect("JSON") + "\n";
    std::fs::write(folder.path().join("selftest.json"), text).expect("written");
    assert_eq!(differences(folder.path(), &matrix(), false), Vec::<String>::new());
    let mut now = matrix();
    now.faults[0].noticed.clear();
    now.faults[1].also_red.clear();
    now.faults.push(row("mu-03", &["a"]));
    now.healthy.inconclusive = set(&["c"]);
    let said = differences(folder.path(), &now, false);
    assert!(said[0].starts_with("healthy: was "), "{said:?}");
    assert_eq!(
        said[1..],
        [
            "mu-01: was noticed by a, is missed",
            "mu-02: was noticed by b; also red c, is noticed by b",
            "mu-03 is not in the committed matrix"
        ]
    );
    now.faults.remove(0);
    let said = differences(folder.path(), &now, true);
    assert!(said.iter().any(|s| s == "mu-01 is there no more"), "{said:?}");
    assert!(said.iter().any(|s| s.contains("calibration.json is not of this build")), "{said:?}");
}
