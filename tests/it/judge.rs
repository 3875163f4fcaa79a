//! The judge: what it says of the enforcement examples, and what holds whatever the check is.

use recant::history::{Action, Line, Obligation, View};
use recant::judge::{judge, judge_one};
use recant::model::{Absent, Verdict};
use recant::requirements::{Catalog, Point};

/// The lines of an example: requirement id, and what it is about.
fn lines(id: &str, about: &str) -> Vec<Line> {
    let requirement = Catalog::shipped().find(id).expect("the requirement is there");
    let mut examples = requirement.example.iter();
    let example = examples.find(|e| e.about == about).expect("the example is there");
    example.lines(requirement).expect("it stands for a history")
}

/// A passing history of E-01.
fn passing() -> Vec<Line> {
    lines("E-01", "refused from the first request after the change")
}

fn verdict(lines: Vec<Line>) -> (Verdict, String) {
    let findings = judge(Catalog::shipped(), &View::of(lines));
    let worst = findings.into_iter().max_by_key(|f| f.verdict).expect("there is a finding");
    (worst.verdict, worst.because)
}

#[test]
fn what_people_read_about_the_examples() {
    let mut text = String::new();
    for requirement in Catalog::shipped().all().filter(|r| r.point == Point::Enforcement) {
        text += &format!("{} {}\n", requirement.alias, requirement.id);
        for example in &requirement.example {
            text += &format!("  {}\n", example.about);
            let lines = example.lines(requirement).expect("it stands for a history");
            for f in judge(Catalog::shipped(), &View::of(lines)) {
                let service = f.service.unwrap_or_else(|| "-".into());
                let evidence = f.evidence;
                text +=
                    &format!("    {} at {service}: {} {evidence:?}", f.verdict.word(), f.because);
                if let Some(lag) = f.lag {
                    let most = lag.at_most_ms.map_or_else(|| "?".into(), |ms| ms.to_string());
                    let flapped = if lag.flapped { ", flapped" } else { "" };
                    text += &format!(" [{}..{most} ms{flapped}]", lag.at_least_ms);
                }
                text += "\n";
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_step_that_gives_more_time_than_the_target_declares_says_so() {
    let of = |within| {
        let mut lines = passing();
        for line in &mut lines {
            let Line::Obligation(obligation) = line else { continue };
            obligation.within = within;
        }
        judge(Catalog::shipped(), &View::of(lines))
    };
    let said = |within| of(within).iter().any(|f| f.because.contains("the step allows 3600 s"));
    assert!(said(Some(3_600_000)), "{:?}", of(Some(3_600_000)));
    assert!(!said(None));
}

#[test]
fn a_capability_declared_absent_is_not_applicable_unless_the_issuer_advertises_it() {
    let absent = |advertised: bool, provided: bool| {
        let mut lines = lines("E-02", "refused at once");
        for line in &mut lines {
            let Line::Begin(begin) = line else { continue };
            let facts = &mut begin.facts;
            if !advertised {
                facts.advertised.clear();
            }
            if !provided {
                facts.provides.retain(|p| p != "revocation");
            }
            let reason = "tokens live for a minute".into();
            facts.absent.push(Absent { capability: "revocation".into(), reason });
        }
        verdict(lines)
    };
    let (not_asked, because) = absent(false, false);
    assert_eq!(not_asked, Verdict::NotApplicable);
    insta::assert_snapshot!(because, @r#""revocation" is declared absent: tokens live for a minute"#);
    let (contradicted, because) = absent(true, true);
    assert_eq!(contradicted, Verdict::Inconclusive);
    insta::assert_snapshot!(because, @r#""revocation" is declared absent, but the issuer's own metadata advertise it"#);
}

#[test]
fn what_is_neither_provided_nor_declared_absent_is_open() {
    let mut lines = passing();
    for line in &mut lines {
        if let Line::Obligation(obligation) = line {
            obligation.needs = vec!["change:call a vote".into()];
        }
    }
    let (verdict, because) = verdict(lines);
    assert_eq!(verdict, Verdict::Inconclusive);
    insta::assert_snapshot!(because, @r#""change:call a vote" is neither provided by the target file and its recipe nor declared absent"#);
}

#[test]
fn a_target_that_may_not_be_changed_leaves_changes_open() {
    let mut lines = passing();
    for line in &mut lines {
        match line {
            Line::Begin(begin) => begin.facts.unchangeable = true,
            Line::Obligation(obligation) => obligation.needs = vec!["change:call a vote".into()],
            _ => {}
        }
    }
    let (verdict, because) = verdict(lines);
    assert_eq!(verdict, Verdict::Inconclusive);
    insta::assert_snapshot!(because, @r#"changes aren't allowed by the target file (it does not say `allow-changes = true`), and "change:call a vote" is needed"#);
}

/// One thing changed in a passing history: nothing of it may pass, and each says what is wrong.
#[test]
fn what_is_missing_is_said() {
    fn obligation(lines: &mut [Line]) -> &mut Obligation {
        let mut all = lines.iter_mut();
        all.find_map(|l| if let Line::Obligation(o) = l { Some(&mut **o) } else { None })
            .expect("there is one")
    }
    let mut said = String::new();
    let mut note = |what: &str, change: &dyn Fn(&mut Vec<Line>)| {
        let mut lines = passing();
        change(&mut lines);
        let (verdict, because) = verdict(lines);
        assert_eq!(verdict, Verdict::Inconclusive, "{what}");
        said += &format!("{what}: {because}\n");
    };
    note("no first line", &|l| l.retain(|l| !matches!(l, Line::Begin(_))));
    note("no time", &|l| {
        for line in l {
            if let Line::Begin(b) = line {
                b.started = "yesterday".into();
            }
        }
    });
    note("halted", &|l| obligation(l).unmet = Some("no token was given".into()));
    note("no ops", &|l| l.retain(|l| !matches!(l, Line::Invoke(_) | Line::Complete(_))));
    note("one op gone", &|l| l.retain(|l| !matches!(l, Line::Complete(c) if c.op == 9)));
    note("unknown check", &|l| obligation(l).check = "astrology".into());
    note("unknown requirement", &|l| obligation(l).requirement = "X-99".into());
    note("another service", &|l| obligation(l).service = Some("nowhere".into()));
    note("a token from nowhere", &|l| {
        for line in l {
            if let Line::Invoke(i) = line
                && let Action::Call { token, .. } = &mut i.action
            {
                token.push('0');
            }
        }
    });
    insta::assert_snapshot!(said);
}

#[test]
fn a_failure_stands_though_the_record_has_gaps_and_says_so() {
    let mut lines = lines("E-01", "the service believes what the token says");
    lines.retain(|l| !matches!(l, Line::Complete(c) if c.op == 4));
    let (verdict, because) = verdict(lines);
    assert_eq!(verdict, Verdict::Fail);
    let gap = "; beware: the record has gaps: 21 of the 22 lines about this scenario are there";
    assert!(because.ends_with(gap), "{because}");
}

#[test]
fn a_bound_in_the_step_overrides_the_class() {
    let within = |ms: u64| {
        let about = "a cache answers from what it keeps, but not beyond its 10 s, at both replicas";
        let mut lines = lines("E-01", about);
        for line in &mut lines {
            if let Line::Obligation(obligation) = line {
                obligation.within = Some(ms);
            }
        }
        verdict(lines).0
    };
    assert_eq!(within(10_000), Verdict::Pass);
    assert_eq!(within(5_000), Verdict::Fail);
    assert_eq!(within(60_000), Verdict::Inconclusive);
}

/// A step is judged while the run goes on, and again from the stored history: by the same words.
#[test]
fn a_step_and_the_later_judgement_agree() {
    let catalog = Catalog::shipped();
    for requirement in catalog.all() {
        for example in &requirement.example {
            let lines = example.lines(requirement).expect("it stands for a history");
            let whole = View::of(lines.clone());
            let live = View::of(lines.into_iter().filter(|l| !matches!(l, Line::End { .. })));
            let then: Vec<_> =
                live.obligations.iter().flat_map(|o| judge_one(catalog, &live, o)).collect();
            assert_eq!(then, judge(catalog, &whole), "{}: {}", requirement.id, example.about);
        }
    }
}
