//! What no evidence may do: a verdict never gets better when some of it is taken away, whatever the check.

use proptest::prelude::*;
use recant::history::{Line, Obligation, View};
use recant::judge::{Finding, cut_off, judge, judge_one};
use recant::model::{Outcome, Refusal, Verdict};
use recant::requirements::{Catalog, Requirement};

/// The lines of each example of each requirement.
fn examples() -> Vec<(&'static Requirement, Vec<Line>)> {
    let of = |r: &'static Requirement| {
        r.example.iter().map(move |e| (r, e.lines(r).expect("it stands for a history")))
    };
    Catalog::shipped().all().flat_map(of).collect()
}

fn findings(lines: impl IntoIterator<Item = Line>) -> Vec<Finding> {
    judge(Catalog::shipped(), &View::of(lines))
}

fn worst(findings: &[Finding]) -> Verdict {
    assert!(!findings.iter().any(|f| f.because.contains("broke on this record")), "{findings:#?}");
    Verdict::worst(findings.iter().map(|f| f.verdict))
}

/// True where the second verdict is a better one than evidence taken away may lead to.
fn improved(whole: Verdict, part: Verdict) -> bool {
    whole >= Verdict::Inconclusive && part < Verdict::Inconclusive
}

fn is_op(line: &Line) -> bool {
    matches!(line, Line::Invoke(_) | Line::Complete(_))
}

fn obligation(lines: &[Line]) -> Obligation {
    let mut all = lines.iter();
    let found = all.find_map(|l| if let Line::Obligation(o) = l { Some(&**o) } else { None });
    found.expect("there is one").clone()
}

/// Sets what some ops came to. The tokens that an unknown answer gave were never read.
fn with_outcomes(lines: &[Line], outcomes: &[(usize, Outcome)]) -> Vec<Line> {
    let mut lines = lines.to_vec();
    let count = lines.iter().filter(|l| matches!(l, Line::Complete(_))).count().max(1);
    for (at, outcome) in outcomes {
        let mut done = lines.iter_mut().filter_map(|l| match l {
            Line::Complete(c) => Some(c),
            _ => None,
        });
        let completion = done.nth(at % count).expect("there are completions");
        completion.outcome = outcome.clone();
        if matches!(outcome, Outcome::Unknown(_)) {
            completion.seen = recant::history::Seen::default();
        }
    }
    lines
}

fn unknown() -> Outcome {
    Outcome::Unknown("timed out".into())
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let refused = |status: u16, error: &str| {
        let error = Some(error.to_owned());
        Outcome::Refused(Refusal { status, error, challenged: true })
    };
    prop_oneof![
        Just(Outcome::Accepted),
        Just(refused(401, "invalid_token")),
        Just(refused(403, "insufficient_scope")),
        Just(refused(400, "invalid_grant")),
        Just(Outcome::Failed("unsupported_token_type".into())),
        Just(Outcome::Failed("refused connection".into())),
        Just(unknown()),
    ]
}

/// An example with some outcomes replaced: many histories that nobody wrote down.
#[derive(Clone)]
struct History {
    about: String,
    lines: Vec<Line>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.about)
    }
}

fn history() -> impl Strategy<Value = History> {
    let all = examples();
    let changes = prop::collection::vec((0..64_usize, any_outcome()), 0..4);
    (0..all.len(), changes).prop_map(move |(i, changes)| {
        // The first few ops make subjects and tokens: without them there is little to judge.
        let calls = |(at, outcome): (usize, Outcome)| (at + 4, outcome);
        let changes: Vec<_> = changes.into_iter().map(calls).collect();
        let (requirement, lines) = &all[i];
        let about = format!("{} {:?} {changes:?}", requirement.alias, obligation(lines).scenario);
        History { about, lines: with_outcomes(lines, &changes) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn lines_taken_away_never_make_a_verdict_better(
        History { lines, .. } in history(),
        gone in prop::collection::btree_set(0..80_usize, 1..6),
    ) {
        let whole = worst(&findings(lines.clone()));
        let ops = lines.iter().filter(|l| is_op(l)).count();
        let lost = gone.iter().any(|i| lines.get(*i).is_some_and(is_op));
        let left: Vec<Line> = lines
            .into_iter()
            .enumerate()
            .filter(|(i, line)| !gone.contains(i) || matches!(line, Line::Obligation(_)))
            .map(|(_, line)| line)
            .collect();
        let part = worst(&findings(left));
        prop_assert!(!improved(whole, part), "{whole:?} became {part:?}");
        // More than that: of a record that is not whole nothing good is said at all.
        prop_assert!(!lost || ops == 0 || part >= Verdict::Inconclusive, "{part:?}");
    }

    #[test]
    fn the_order_of_lines_plays_no_part(History { lines, .. } in history(), seed in any::<u64>()) {
        let whole = findings(lines.clone());
        let mut mixed = lines;
        let mut state = seed;
        for i in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(whole, findings(mixed));
    }

    #[test]
    fn a_history_that_was_cut_off_passes_nothing_that_fails_whole(
        History { lines, .. } in history(),
        kept in 0..80_usize,
    ) {
        let whole = worst(&findings(lines.clone()));
        let asked = obligation(&lines);
        prop_assert!(cut_off(&View::of(lines.clone())).is_none());
        let kept = kept % lines.len();
        let view = View::of(lines.into_iter().take(kept));
        prop_assert!(cut_off(&view).is_some());
        let part = worst(&judge_one(Catalog::shipped(), &view, &asked));
        prop_assert!(!improved(whole, part), "{whole:?} became {part:?}");
    }

    #[test]
    fn not_knowing_never_makes_a_verdict_better(
        History { lines, .. } in history(),
        dark in prop::collection::vec(0..64_usize, 1..6),
    ) {
        let whole = worst(&findings(lines.clone()));
        let dark: Vec<_> = dark.into_iter().map(|at| (at, unknown())).collect();
        let part = worst(&findings(with_outcomes(&lines, &dark)));
        prop_assert!(!improved(whole, part), "{whole:?} became {part:?}");
    }
}

/// The same for each single op of each example: no chance plays a part.
#[test]
fn no_single_op_may_become_unknown_to_the_better() {
    let mut better = Vec::new();
    for (requirement, lines) in examples() {
        let whole = worst(&findings(lines.clone()));
        for at in 0..lines.iter().filter(|l| matches!(l, Line::Complete(_))).count() {
            let part = worst(&findings(with_outcomes(&lines, &[(at, unknown())])));
            if improved(whole, part) {
                let about = obligation(&lines).scenario;
                better.push(format!(
                    "{}, {about:?}: {} became {} with op {at} unknown",
                    requirement.alias,
                    whole.word(),
                    part.word()
                ));
            }
        }
    }
    assert!(better.is_empty(), "{}", better.join("\n"));
}

/// The same where one answer is another one: histories that nobody wrote down.
#[test]
fn no_op_of_a_changed_history_may_become_unknown_to_the_better() {
    let others = [
        Outcome::Failed("unsupported_token_type".into()),
        Outcome::Accepted,
        Outcome::Refused(Refusal {
            status: 400,
            error: Some("invalid_target".into()),
            challenged: false,
        }),
    ];
    let mut better = Vec::new();
    for (requirement, lines) in examples() {
        let count = lines.iter().filter(|l| matches!(l, Line::Complete(_))).count();
        for (other, i) in others.iter().flat_map(|o| (0..count).map(move |i| (o, i))) {
            let changed = with_outcomes(&lines, &[(i, other.clone())]);
            let whole = worst(&findings(changed.clone()));
            // Nothing can be better than this by evidence that is taken away.
            if whole < Verdict::Inconclusive {
                continue;
            }
            for j in 0..count {
                let part = worst(&findings(with_outcomes(&changed, &[(j, unknown())])));
                if improved(whole, part) {
                    let (about, was) = (obligation(&lines).scenario, whole.word());
                    better.push(format!(
                        "{}, {about:?}: {was} became {} with op {i} {other:?} and op {j} unknown",
                        requirement.alias,
                        part.word()
                    ));
                }
            }
        }
    }
    assert!(better.is_empty(), "{}", better.join("\n"));
}
