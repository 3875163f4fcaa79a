//! How a run came out: exit codes, counts, and a report that contradicts itself.

use recant::controls::Frameworks;
use recant::exit::{self, Exit};
use recant::history::{Line, Obligation, View};
use recant::judge::Finding;
use recant::model::Verdict;
use recant::plan::Planned;
use recant::report::{self, Ending, Evidence, HistoryNamed, Report, Undo};
use recant::requirements::Catalog;

use super::literal::{begin, build, calibration, finding, findings, literal, plan};

#[test]
fn the_exit_table_is_in_order() {
    for (place, row) in exit::TABLE.iter().enumerate() {
        assert_eq!(row.exit as usize, place, "a result finds its row by its place");
        assert_eq!(row.exit.code(), row.code);
    }
    let codes: Vec<_> = exit::TABLE.iter().map(|row| row.code).collect();
    assert_eq!(
        codes,
        [0, 0, 0, 1, 2, 3, 4, 5, 6, 7],
        "three results are green, each in its own words"
    );
}

#[test]
fn what_was_asked_for_and_is_not_in_the_record_may_have_failed() {
    let report = |obligations| {
        let mut plan = plan();
        plan.scenarios.truncate(1);
        plan.scenarios[0].obligations = obligations;
        let view = super::literal::view(Some((false, 0)));
        let passed =
            [finding("token/new-token-follows-entitlement", "T-01", "orders", Verdict::Pass)];
        report::build(Evidence {
            plan: &plan,
            view: &view,
            history: &HistoryNamed { lines: 14, head: "cd".repeat(32) },
            findings: &passed,
            undo: &Undo::default(),
            catalog: Catalog::shipped(),
            frameworks: Frameworks::shipped(),
            calibration: &super::literal::calibration(),
        })
    };
    assert_eq!(report(0).result, Exit::Conformant);
    let lacking = report(1);
    assert_eq!(lacking.result, Exit::Inconclusive);
    assert_eq!(lacking.not_run[0].because, "0 of its 1 obligations are in the record");
}

#[test]
fn the_result_follows_from_the_record() {
    let (pass, fail, open, none, bounded) = (
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::NotApplicable,
        Verdict::Bounded,
    );
    let clean = Undo { unrestored: Vec::new(), changed: true, ..Undo::default() };
    let stuck = Undo { unrestored: vec!["remove role".into()], changed: true, ..Undo::default() };
    let untouched = Undo::default();
    let whole = Some((false, 0));
    // The literal run leaves scenarios unrun, which is inconclusive by itself: here all were run.
    type Case<'a> = (&'a [Verdict], Option<(bool, u32)>, &'a Undo, Exit);
    let cases: &[Case<'_>] = &[
        (&[pass, pass], whole, &clean, Exit::Conformant),
        (&[pass, bounded], whole, &clean, Exit::Conformant),
        (&[pass, none], whole, &clean, Exit::Conformant),
        (&[none, none], whole, &clean, Exit::NothingTested),
        (&[], whole, &clean, Exit::NothingTested),
        (&[pass, open], whole, &clean, Exit::Inconclusive),
        (&[fail, open], whole, &clean, Exit::Nonconformant),
        (&[fail], Some((true, 0)), &clean, Exit::Interrupted),
        (&[pass], Some((true, 0)), &untouched, Exit::Interrupted),
        (&[fail], Some((true, 1)), &stuck, Exit::NotRestored),
        (&[pass], Some((false, 1)), &stuck, Exit::NotRestored),
        (&[pass], Some((false, 2)), &untouched, Exit::NotRestored),
        (&[pass], Some((false, 1)), &clean, Exit::Conformant),
        (&[pass], None, &untouched, Exit::Inconclusive),
        (&[], None, &untouched, Exit::Inconclusive),
        (&[fail], None, &untouched, Exit::Nonconformant),
        (&[pass], None, &clean, Exit::Interrupted),
        (&[pass], None, &stuck, Exit::NotRestored),
    ];
    for (verdicts, end, undo, wanted) in cases {
        let findings: Vec<_> = verdicts
            .iter()
            .map(|v| finding("token/new-token-follows-entitlement", "T-01", "orders", *v))
            .collect();
        let mut report = build(&findings, *end, undo);
        report.not_run.clear();
        assert_eq!(report.derive(), *wanted, "{verdicts:?} {end:?} {undo:?}");
    }
    let advisory = Finding { advisory: true, ..findings()[1].clone() };
    let mut report = build(&[advisory], whole, &clean);
    report.not_run.clear();
    assert_eq!(report.derive(), Exit::Conformant, "a SHOULD that does not hold is a warning");
    let report = build(&findings()[..1], whole, &clean);
    assert_eq!(report.derive(), Exit::Inconclusive, "a scenario that was not run is not green");
}

#[test]
fn a_scenario_whose_obligations_were_judged_is_not_counted_against_the_run_twice() {
    let mut lines =
        vec![Line::Begin(Box::new(begin())), Line::End { interrupted: false, unrestored: 0 }];
    let mut plan = plan();
    plan.scenarios.truncate(1);
    let planned = plan.scenarios[0].clone();
    lines.push(Line::Ran {
        scenario: planned.scenario.clone(),
        place: planned.place.clone(),
        halted: Some("`exchange` is declared absent".into()),
    });
    let without = View::of(lines.clone());
    lines.push(Line::Obligation(Box::new(obligation(&planned))));
    let with = View::of(lines);
    for (view, judged) in [(without, false), (with, true)] {
        let report = report::build(Evidence {
            calibration: &calibration(),
            plan: &plan,
            view: &view,
            history: &HistoryNamed { lines: 3, head: String::new() },
            findings: &findings()[..1],
            undo: &Undo::default(),
            catalog: Catalog::shipped(),
            frameworks: Frameworks::shipped(),
        });
        assert_eq!(report.not_run[0].judged, judged);
        assert_eq!(report.result, if judged { Exit::Conformant } else { Exit::Inconclusive });
        assert_eq!(report.contradictions(), Vec::<String>::new());
    }
}

fn obligation(planned: &Planned) -> Obligation {
    let text = serde_json::json!({
        "requirement": "token/exchange-never-amplifies",
        "check": "exchange-never-amplifies",
        "instance": "token-exchange",
        "upto": 0,
        "place": planned.place,
        "text": "an exchanged token never carries more than its subject token",
        "scenario": planned.scenario,
    });
    serde_json::from_value(text).expect("a literal obligation")
}

#[test]
fn a_report_that_was_altered_contradicts_itself() {
    let alter: [fn(&mut Report); 6] = [
        |r| r.exit_code = 0,
        |r| r.result = Exit::Conformant,
        |r| r.findings.clear(),
        |r| r.counts.scenarios.run += 1,
        |r| r.counts.operations.accepted += 1,
        |r| r.format = "recant-report/v2".into(),
    ];
    assert_eq!(literal().contradictions(), Vec::<String>::new());
    for (n, alter) in alter.iter().enumerate() {
        let mut report = literal();
        alter(&mut report);
        assert_ne!(report.contradictions(), Vec::<String>::new(), "alteration {n}");
    }
}

#[test]
fn times_leave_out_jumps_of_the_target_clock() {
    let report = literal();
    assert_eq!(report.run.ending, Ending::ByItself);
    assert_eq!(report.run.started, "2026-11-24T10:00:01Z");
    assert_eq!(report.run.ended, "2026-11-24T10:00:01.05Z");
}
