//! Orders and names that follow from a seed.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use recant::model::Seeded;
use recant::plan::{PlanRecord, Suite};
use recant::report::read_json;

fn order(suite: &Suite) -> Vec<String> {
    let rows = |f: &recant::plan::FeatureFile| {
        suite.in_order(Arc::clone(&f.sheet().expect("a feature"))).map(|row| row.instance())
    };
    suite.files.iter().flat_map(|f| rows(f).collect::<Vec<_>>()).collect()
}

#[test]
fn a_seed_gives_the_same_order_again_and_another_seed_another_one() {
    let plain = order(&Suite::shipped());
    let of = |seed| order(&Suite::shipped().shuffled(seed));
    assert_eq!(of(7), of(7));
    let different: BTreeSet<_> = [plain.clone(), of(1), of(2), of(3)].into();
    assert_eq!(different.len(), 4);
    let all = |order: Vec<String>| order.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(all(of(7)), all(plain.clone()));
    assert_eq!(of(7).len(), plain.len());
}

#[test]
fn words_are_harmless_in_names() {
    let mut seeded = Seeded::new(3, "names");
    let words: Vec<_> = (0..500).map(|_| seeded.word()).collect();
    assert!(words.iter().all(|w| (1..=24).contains(&w.len())));
    assert!(words.iter().all(|w| w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())));
    assert!(words.iter().collect::<BTreeSet<_>>().len() > 450);
    assert_eq!(Seeded::new(3, "x").below(0), 0);
}

#[test]
fn a_seeded_run_of_the_healthy_system_is_conformant_and_says_its_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let out = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(["run", "--seed", "11", "--tags", "@T-01 or @P-03", "--out"])
        .arg(&run)
        .output()
        .expect("recant");
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert!(said.contains("seed          11\n"), "{said}");
    let plan: PlanRecord = read_json(&run.join("plan.json")).expect("a plan");
    assert_eq!(plan.seed, Some(11));
}

#[test]
fn healthy_runs_are_counted_with_their_seeds() {
    let out = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(["selftest", "--healthy", "2", "--seed", "40"])
        .output()
        .expect("recant");
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said}");
    let counted = "2 runs of the healthy system, seeds 40 to 41: 0 with failures, 0 with something inconclusive, 0 wrong \
                   elsewise, 0 not made; ";
    assert!(said.starts_with(counted), "{said}");
}
