//! What no waiver may do: it changes no verdict, waives nothing but failures, and taking it away never makes a run better.

use std::sync::OnceLock;

use proptest::prelude::*;
use recant::exit::Exit;
use recant::history::{Line, View};
use recant::judge::{Finding, judge};
use recant::model::{About, Verdict, Waiver, Waivers};
use recant::report::Undo;
use recant::requirements::{Catalog, world};

use super::report::{build, finding};

const REQUIREMENTS: [&str; 3] = [
    "token/new-token-follows-entitlement",
    "token/refresh-follows-entitlement",
    "token/refresh-never-widens",
];
const SERVICES: [&str; 2] = ["orders", "reports"];
const DAY: &str = "2026-11-24";

/// The lines of each example of each requirement.
fn examples() -> &'static [Vec<Line>] {
    static EXAMPLES: OnceLock<Vec<Vec<Line>>> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let all = Catalog::shipped().all();
        let of = all.flat_map(|r| r.example.iter().map(move |e| e.lines(r).expect("a history")));
        of.collect()
    })
}

prop_compose! {
    fn any_waiver()(
        requirements in proptest::sample::subsequence(REQUIREMENTS.to_vec(), 1..=3),
        service in proptest::option::of(proptest::sample::select(SERVICES.to_vec())),
        scenario in proptest::option::of(Just("role-removal")),
        target in proptest::sample::select(vec!["demo", "other"]),
        created in proptest::sample::select(vec!["2026-10-01", "2026-11-24", "2026-11-25", "x"]),
        expires in proptest::sample::select(vec!["2026-11-23", DAY, "2026-12-29", "2027-12-31"]),
        owner in proptest::sample::select(vec!["Risk desk", "TODO"]),
    ) -> Waiver {
        Waiver {
            requirements: requirements.into_iter().map(str::to_owned).collect(),
            target: target.into(),
            service: service.map(str::to_owned),
            scenario: scenario.map(str::to_owned),
            reason: "why".into(),
            owner: owner.into(),
            created: created.into(),
            expires: expires.into(),
            ticket: "T-1".into(),
            ..Waiver::default()
        }
    }
}

fn any_waivers() -> impl Strategy<Value = Waivers> {
    let days = proptest::sample::select(vec![30_u16, 90, u16::MAX]);
    (days, proptest::collection::vec(any_waiver(), 0..4))
        .prop_map(|(longest_days, all)| Waivers { longest_days, all })
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let verdicts = [
        Verdict::Pass,
        Verdict::Pass,
        Verdict::Bounded,
        Verdict::Fail,
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::NotApplicable,
    ];
    let parts = (
        proptest::sample::select(REQUIREMENTS.to_vec()),
        proptest::sample::select(SERVICES.to_vec()),
        proptest::sample::select(verdicts.to_vec()),
        proptest::bool::weighted(0.2),
    );
    parts.prop_map(|(id, service, verdict, advisory)| Finding {
        advisory,
        ..finding(id, "X-01", service, verdict)
    })
}

/// The findings as the judge marks them.
fn marked(findings: &[Finding], waivers: &Waivers) -> Vec<Finding> {
    let mark = |f: &Finding| {
        let service = f.service.as_deref();
        let about = About { requirement: &f.requirement, scenario: &f.scenario, service };
        let waiver = waivers.of(about, "demo", DAY).filter(|_| f.verdict == Verdict::Fail);
        Finding { waiver, ..f.clone() }
    };
    findings.iter().map(mark).collect()
}

fn came(findings: &[Finding], waivers: &Waivers, end: Option<(bool, u32)>, undo: &Undo) -> Exit {
    let mut report = build(&marked(findings, waivers), end, undo);
    report.not_run.clear();
    report.selection.controls.clear();
    report.derive()
}

/// The better, the smaller. A run that was stopped or not undone is beside the scale: no waiver may lead there or away.
fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Conformant => 0,
        Exit::ConformantButWaived => 1,
        Exit::Inconclusive | Exit::NothingTested => 2,
        Exit::Nonconformant => 3,
        _ => 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn taking_a_waiver_away_never_makes_a_run_better(
        findings in proptest::collection::vec(any_finding(), 0..6),
        waivers in any_waivers(),
        at in any::<prop::sample::Index>(),
        whole in proptest::bool::weighted(0.8),
        stuck in proptest::bool::weighted(0.1),
    ) {
        let unrestored = if stuck { vec!["remove role".to_owned()] } else { Vec::new() };
        let undo = Undo { unrestored, changed: whole, ..Undo::default() };
        let end = whole.then_some((false, u32::from(stuck)));
        let with = came(&findings, &waivers, end, &undo);
        let bare = came(&findings, &Waivers::default(), end, &undo);
        let mut fewer = waivers.clone();
        if !fewer.all.is_empty() {
            fewer.all.remove(at.index(waivers.all.len()));
        }
        let without = came(&findings, &fewer, end, &undo);
        prop_assert!(rank(without) >= rank(with), "{with:?} became {without:?}");
        prop_assert!(rank(bare) >= rank(with), "{with:?} became {bare:?}");
        // Green by a waiver is never called plainly so, and only failures are made good.
        prop_assert!(with != Exit::Conformant || bare == Exit::Conformant);
        prop_assert!(with != Exit::ConformantButWaived || bare == Exit::Nonconformant);
        prop_assert_eq!(rank(with) == 4, rank(bare) == 4);
        let open = findings.iter().any(|f| f.verdict == Verdict::Inconclusive);
        prop_assert!(!open || rank(with) >= 2, "what stays open stays open");
    }
}

/// Every example of every requirement, under a waiver of everything: verdicts, reasons and evidence are the same.
#[test]
fn a_waiver_changes_no_verdict() {
    let mut waived = 0;
    for lines in examples() {
        let plain = judge(Catalog::shipped(), &View::of(lines.clone()));
        let mut lines = lines.clone();
        let Line::Begin(begin) = &mut lines[0] else { panic!("the first line") };
        let day = world::STARTED[..10].to_owned();
        begin.waivers.all.push(Waiver {
            requirements: Catalog::shipped().all().map(|r| r.id.clone()).collect(),
            target: begin.facts.target.clone(),
            reason: "why".into(),
            owner: "Risk desk".into(),
            created: day.clone(),
            expires: day,
            ticket: "T-1".into(),
            ..Waiver::default()
        });
        let marked = judge(Catalog::shipped(), &View::of(lines));
        for (before, after) in plain.iter().zip(&marked) {
            let bare = Finding { waiver: None, ..after.clone() };
            assert_eq!(*before, bare);
            assert_eq!(after.is_waived(), after.verdict == Verdict::Fail, "{after:?}");
            waived += usize::from(after.is_waived());
        }
        assert_eq!(plain.len(), marked.len());
    }
    assert!(waived > 50, "{waived}");
}
