//! What the report of one shard says: nothing of the whole.

use recant::exit::Exit;
use recant::judge::Finding;
use recant::model::{Shard, Verdict};
use recant::report::statement::Statement;
use recant::report::{self, Evidence, HistoryNamed, Manifest, Report, Undo, junit, markdown};
use recant::requirements::Catalog;
use std::sync::Arc;

use crate::it::report::literal::{calibration, finding, plan, view};

/// The report of a shard of two scenarios of four, the third of which is another shard's.
fn shard(findings: &[Finding], end: Option<(bool, u32)>) -> Report {
    let shard = Shard { number: 1, of: 2, selection: "ab".repeat(32) };
    let mut plan = plan();
    plan.shard = Some(shard.clone());
    for (scenario, number) in plan.scenarios.iter_mut().zip([1, 1, 2]) {
        scenario.shard = Some(number);
    }
    let mut view = view(end);
    let mut begin = (**view.begin.as_ref().expect("a first line")).clone();
    begin.shard = Some(shard);
    view.begin = Some(Arc::new(begin));
    view.ran =
        plan.scenarios[..2].iter().map(|p| (p.scenario.clone(), p.place.clone(), None)).collect();
    report::build(Evidence {
        plan: &plan,
        view: &view,
        history: &HistoryNamed { lines: 14, head: "cd".repeat(32) },
        findings,
        undo: &Undo { changed: true, ..Undo::default() },
        calibration: &calibration(),
        catalog: Catalog::shipped(),
        frameworks: recant::controls::Frameworks::shipped(),
    })
}

fn one(verdict: Verdict) -> Vec<Finding> {
    vec![finding("token/new-token-follows-entitlement", "T-01", "orders", verdict)]
}

#[test]
fn a_shard_is_clean_failed_or_open_and_never_conformant() {
    let whole = Some((false, 0));
    for (findings, end, result) in [
        (one(Verdict::Pass), whole, Exit::CleanShard),
        (one(Verdict::Bounded), whole, Exit::CleanShard),
        // Whether something was tested, and whether it applies, is a matter of the whole.
        (one(Verdict::NotApplicable), whole, Exit::CleanShard),
        (Vec::new(), whole, Exit::CleanShard),
        (one(Verdict::Fail), whole, Exit::Nonconformant),
        (one(Verdict::Inconclusive), whole, Exit::Inconclusive),
        (one(Verdict::Pass), Some((true, 0)), Exit::Interrupted),
        (one(Verdict::Fail), None, Exit::Interrupted),
    ] {
        let report = shard(&findings, end);
        assert_eq!((report.result, report.exit_code), (result, result.code()), "{findings:?}");
        assert!(report.contradictions().is_empty(), "{:?}", report.contradictions());
    }
    assert_eq!(Exit::CleanShard.code(), 0);
}

#[test]
fn what_others_run_is_counted_as_theirs() {
    let counts = shard(&one(Verdict::Pass), Some((false, 0))).counts.scenarios;
    assert!(counts.reconcile());
    let parts = (counts.discovered, counts.run, counts.filtered, counts.other_shards);
    assert_eq!((parts, counts.not_run), ((4, 2, 1, 1), 0));
}

#[test]
fn what_only_the_whole_can_show_is_not_missing_from_a_shard() {
    let report = shard(&[], Some((false, 0)));
    assert!(!report.selection.controls.is_empty() && report.uncovered().next().is_none());
    let (page, junit) = (markdown::render(&report), junit::render(&report).expect("XML"));
    for text in [&page, &junit] {
        assert!(text.contains("clean shard 1 of 2"), "{text}");
        assert!(text.contains("no evidence in this shard"), "{text}");
        assert!(text.contains("recant merge judges the whole"), "{text}");
        assert!(!text.contains("NO EVIDENCE"), "{text}");
    }
    assert!(!junit.contains("name=\"there is evidence"), "{junit}");
    assert!(!junit.contains("something was tested"), "{junit}");
}

#[test]
fn who_signs_a_shard_says_no_more_than_that_it_passed_in_part() {
    let report = shard(&one(Verdict::Pass), Some((false, 0)));
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = Manifest::of(folder.path(), "x", "y").expect("read");
    let signed = Statement::of(&report, &manifest, "z");
    assert_eq!(signed.predicate.result, "WARNED");
    assert_eq!(signed.predicate.recant.result, Exit::CleanShard);
}
