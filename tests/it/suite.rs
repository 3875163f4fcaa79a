//! The runner, with a driver that needs no target.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use recant::drive::Halt;
use recant::history::{Action, Arm, Completion, Invocation, Line, Obligation, Seen};
use recant::judge::Finding;
use recant::model::{Moment, Outcome, Place, Refusal, Verdict};
use recant::plan::{FeatureFile, Scripts, Source, Suite, Touches, Verb};
use recant::suite::{Actor, Came, Driver, Limits, Progress, Tally};
use tokio_util::sync::CancellationToken;

/// A driver that only notes what it is asked for.
#[derive(Default)]
struct Fake {
    cancel: CancellationToken,
    /// What scenarios did, by instance.
    did: Mutex<BTreeMap<String, Vec<String>>>,
    obliged: Mutex<Vec<Obligation>>,
    unmet: Mutex<Vec<(String, String)>>,
    ran: Mutex<Vec<(String, usize, Option<String>)>>,
    entered: Mutex<Vec<(String, Touches)>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    dropped: AtomicU32,
    /// Verdicts by requirement; passed where nothing is said.
    verdicts: BTreeMap<String, Verdict>,
    /// Calls that are refused, by operation.
    refuses: Option<String>,
}

struct FakeActor {
    of: Arc<Fake>,
    instance: String,
    over: bool,
}

impl Fake {
    fn note(&self, instance: &str, what: String) {
        self.did.lock().unwrap().entry(instance.to_owned()).or_default().push(what);
    }

    fn did(&self, instance: &str) -> Vec<String> {
        self.did.lock().unwrap().get(instance).cloned().unwrap_or_default()
    }
}

impl Driver for Fake {
    type Actor = FakeActor;

    fn enter(self: &Arc<Self>, instance: &str, touches: Touches) -> FakeActor {
        self.entered.lock().unwrap().push((instance.to_owned(), touches));
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        FakeActor { of: self.clone(), instance: instance.to_owned(), over: false }
    }

    fn touches(&self, _: &str) -> Touches {
        Touches::Subjects
    }

    fn scripts(&self) -> Arc<Scripts> {
        static SHIPPED: LazyLock<Arc<Scripts>> =
            LazyLock::new(|| Arc::new(Scripts::shipped().unwrap()));
        SHIPPED.clone()
    }

    fn oblige(&self, obligation: Obligation) -> Result<Vec<Finding>, Halt> {
        let verdict = self.verdicts.get(&obligation.requirement).copied();
        let finding = Finding {
            requirement: obligation.requirement.clone(),
            alias: "X-00".into(),
            scenario: obligation.instance.clone(),
            service: None,
            verdict: verdict.unwrap_or(Verdict::Pass),
            advisory: false,
            because: "it was so".into(),
            evidence: vec![],
            lag: None,
            residual_seconds: None,
            place: obligation.place.clone(),
            obligation: obligation.text.clone(),
        };
        self.obliged.lock().unwrap().push(obligation);
        Ok(vec![finding])
    }

    fn lines_of(&self, instance: &str) -> Vec<Line> {
        let calls = self.did(instance).into_iter().filter(|d| d.starts_with("call"));
        let mut lines = Vec::new();
        for (index, call) in calls.enumerate() {
            let operation = call.trim_start_matches("call ").to_owned();
            let refused = self.refuses.as_ref() == Some(&operation);
            let (op, at) = (index as u64, Moment(index as u64));
            let action = Action::Call {
                subject: "subject".into(),
                service: "orders".into(),
                operation,
                token: "t1".into(),
                route: 0,
                replica: 0,
                arm: Arm::None,
            };
            lines.push(Line::Invoke(Invocation { op, instance: instance.to_owned(), at, action }));
            let outcome = if refused {
                Outcome::Refused(Refusal { status: 403, ..Refusal::default() })
            } else {
                Outcome::Accepted
            };
            lines.push(Line::Complete(Box::new(Completion {
                op,
                at,
                outcome,
                seen: Seen::default(),
            })));
        }
        lines
    }

    fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt> {
        self.unmet.lock().unwrap().push((instance.to_owned(), because.to_owned()));
        Ok(())
    }

    fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt> {
        self.ran.lock().unwrap().push((scenario.to_owned(), place.line, halted));
        Ok(())
    }

    fn forget(&self, _: &str) {}

    fn interrupt(&self) {
        self.cancel.cancel();
    }

    async fn interrupted(&self) {
        self.cancel.cancelled().await;
    }
}

impl Actor for FakeActor {
    async fn perform(&mut self, verb: &Verb) -> Result<(), Halt> {
        let what = match verb {
            Verb::Call(c) => format!("call {}", c.operation.clone().unwrap_or_default()),
            Verb::Subject { name, .. } => format!("subject {name}"),
            Verb::Change { name, .. } => name.clone(),
            other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        };
        self.of.note(&self.instance, what);
        match verb {
            // Waits stand for whatever takes long.
            Verb::Wait { seconds: 3600 } => std::future::pending().await,
            Verb::Wait { .. } => tokio::time::sleep(Duration::from_millis(250)).await,
            Verb::Change { name, .. } if name == "break" => panic!("it broke"),
            Verb::Change { name, .. } if name == "refuse" => {
                return Err(Halt::Unmet("the change was refused".into()));
            }
            Verb::Change { name, .. } if name == "fill the disk" => {
                return Err(Halt::Broken("no space is left".into()));
            }
            Verb::Change { name, .. } if name == "interrupt" => self.of.interrupt(),
            _ => {}
        }
        Ok(())
    }

    async fn script(&mut self, name: &str) -> Result<(), Halt> {
        self.of.note(&self.instance, format!("script {name}"));
        if name == "missing" { Err(Halt::Unmet("there is none".into())) } else { Ok(()) }
    }

    async fn finish(mut self) -> Result<(), Halt> {
        self.over = true;
        self.of.note(&self.instance, "finish".into());
        Ok(())
    }
}

impl Drop for FakeActor {
    fn drop(&mut self) {
        self.of.under_way.fetch_sub(1, Ordering::SeqCst);
        if !self.over {
            self.of.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Notes what people would see.
struct Watched(Arc<Mutex<Vec<String>>>);

impl Progress for Watched {
    fn came(&mut self, came: Came, title: &str, why: Option<&str>) {
        let why = why.map(|w| format!(": {w}")).unwrap_or_default();
        self.0.lock().unwrap().push(format!("{} {title}{why}", came.word()));
    }

    fn note(&mut self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }

    fn over(&mut self, tally: &Tally) {
        self.0.lock().unwrap().push(tally.line());
    }
}

struct Done {
    tally: Tally,
    seen: Vec<String>,
}

fn suite(text: &str, tags: Option<&str>) -> Arc<Suite> {
    let source = Source::of_text("team.feature", text);
    let suite = Suite { files: vec![FeatureFile { source, lines: None }], ..Suite::default() };
    Arc::new(tags.map_or(Ok(suite.clone()), |t| suite.with_tags(t)).unwrap())
}

fn run_with(fake: &Arc<Fake>, suite: Arc<Suite>, limits: Limits) -> Done {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let progress = Box::new(Watched(seen.clone()));
    let tally = runtime.block_on(recant::suite::run(fake.clone(), suite, limits, progress));
    let seen = seen.lock().unwrap().clone();
    Done { tally, seen }
}

fn run(fake: &Arc<Fake>, text: &str) -> Done {
    run_with(fake, suite(text, None), Limits::default())
}

#[test]
fn what_fails_stops_nothing_after_it() {
    let fake = Arc::new(Fake {
        verdicts: BTreeMap::from([("token/refresh-follows-entitlement".into(), Verdict::Fail)]),
        ..Fake::default()
    });
    let done = run(
        &fake,
        r#"Feature: tokens
  Background:
    Given a subject
    And the subject holds tokens for "orders"
  Scenario: reduced
    When the role "writer" is removed from the subject
    And the subject's token is refreshed
    Then the token is reduced
    And it no longer grants "create order"
    And a decision says why, and its owner is named
"#,
    );
    assert_eq!(fake.obliged.lock().unwrap().len(), 4);
    assert_eq!((done.tally.ended, done.tally.failed), (1, 1));
    assert_eq!(
        done.seen,
        ["FAIL tokens / reduced: X-00 fail: it was so", "1 scenarios: 1 failed",]
    );
    let obliged = fake.obliged.lock().unwrap();
    assert_eq!(obliged[1].operation.as_deref(), Some("create order"));
    assert_eq!((obliged[1].place.line, obliged[1].place.column), (9, 5));
    assert_eq!(obliged[1].instance, "team.feature:5");
    assert_eq!(obliged[1].needs, ["change:remove role", "refresh"]);
    assert_eq!(fake.ran.lock().unwrap().as_slice(), [("tokens / reduced".into(), 5, None)]);
    assert_eq!(
        fake.did("team.feature:5"),
        [
            "subject subject",
            "Tokens",
            "call ",
            "remove role",
            "Refresh",
            "call create order",
            "ReadDecisions",
            "finish",
        ]
    );
}

#[test]
fn a_halt_skips_what_acts_and_records_what_must_hold() {
    let fake = Arc::new(Fake {
        verdicts: BTreeMap::from([("E-01".into(), Verdict::Inconclusive)]),
        ..Fake::default()
    });
    let done = run(
        &fake,
        r#"Feature: halts
  Scenario: a change is refused
    Given a subject
    When the change "refuse" is made to the subject
    And the subject asks for new tokens
    Then the token is reduced
"#,
    );
    assert_eq!((done.tally.halted, done.tally.passed), (1, 0));
    assert_eq!(
        fake.unmet.lock().unwrap().as_slice(),
        [("team.feature:2".into(), "the change was refused".into())]
    );
    assert_eq!(fake.obliged.lock().unwrap().len(), 1);
    assert_eq!(fake.did("team.feature:2"), ["subject subject", "refuse", "finish"]);
    let halted = fake.ran.lock().unwrap()[0].2.clone();
    assert_eq!(halted.as_deref(), Some("could not be carried out: the change was refused"));
}

#[test]
fn a_control_that_is_refused_halts_the_scenario() {
    let fake = Arc::new(Fake { refuses: Some("create order".into()), ..Fake::default() });
    let done = run(
        &fake,
        r#"Feature: controls
  Scenario: refused before
    Given a subject
    And the subject holds tokens for "orders"
    And the subject can "create order"
    When the subject is disabled
"#,
    );
    assert_eq!(done.tally.halted, 1);
    insta::assert_snapshot!(fake.unmet.lock().unwrap()[0].1, @r#""create order" is not accepted from subject at orders to begin with: refused with 403"#);
    assert!(!fake.did("team.feature:2").contains(&"disable subject".to_owned()));
}

#[test]
fn an_undefined_step_is_never_green() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        "Feature: f\n  Scenario: s\n    Given a subjekt\n    Then the token is reduced\n",
    );
    assert_eq!((done.tally.undefined, done.tally.halted, done.tally.passed), (1, 1, 0));
    assert!(fake.ran.lock().unwrap()[0].2.as_deref().unwrap().contains("no step reads"));
}

#[test]
fn after_a_script_obligations_are_about_its_instance() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        r#"Feature: scripts
  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the token is reduced

    Examples:
      | scenario     |
      # a comment between rows
      | role-removal |
      | missing      |
"#,
    );
    assert_eq!((done.tally.passed, done.tally.halted), (1, 1));
    let mut about: Vec<_> = fake
        .obliged
        .lock()
        .unwrap()
        .iter()
        .map(|o| (o.instance.clone(), o.needs.clone()))
        .collect();
    about.sort();
    assert_eq!(
        about,
        [
            ("missing".into(), vec![]),
            ("role-removal".into(), vec!["change:remove role".to_owned()]),
        ]
    );
    // The script's own record says that it is unmet; the feature's scenario adds nothing.
    assert!(fake.unmet.lock().unwrap().is_empty());
    let mut lines: Vec<_> = fake.ran.lock().unwrap().iter().map(|r| r.1).collect();
    lines.sort_unstable();
    assert_eq!(lines, [9, 10]);
}

#[test]
fn a_panic_ends_its_scenario_and_no_other() {
    let fake = Arc::new(Fake::default());
    let done = run(
        &fake,
        r#"Feature: panics
  Scenario: breaks
    Given a subject
    When the change "break" is made to the subject
  Scenario: goes on
    Given a subject
"#,
    );
    assert_eq!(done.tally.ended, 2);
    let ran = fake.ran.lock().unwrap();
    assert!(ran.iter().any(
        |r| r.2.as_deref() == Some("could not be carried out: recant made a mistake: it broke")
    ));
    assert!(ran.iter().any(|r| r.0 == "panics / goes on" && r.2.is_none()));
    // The actor of the one that broke was dropped, which is what undoes its changes.
    assert_eq!(fake.dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn who_changes_what_others_use_runs_alone() {
    let fake = Arc::new(Fake::default());
    run(
        &fake,
        r#"Feature: locks
  Scenario: own
    Given a subject
    When the subject is disabled
  Scenario: shared
    When the signing key is retired
"#,
    );
    let mut entered = fake.entered.lock().unwrap().clone();
    entered.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        entered,
        [("team.feature:2".into(), Touches::Subjects), ("team.feature:5".into(), Touches::Issuer),]
    );
}

#[test]
fn tags_select_and_rules_have_their_own_background() {
    let fake = Arc::new(Fake::default());
    let text = r#"@a
Feature: tags
  @slow
  Scenario: left out
    Given a subject
  Rule: a rule
    Background:
      Given a bystander
    Scenario: in
      Given a subject
"#;
    let done = run_with(&fake, suite(text, Some("@a and not @slow")), Limits::default());
    assert_eq!(done.tally.ended, 1);
    assert_eq!(fake.did("team.feature:9"), ["subject bystander", "subject subject", "finish"]);
    assert_eq!(done.seen[0], "pass tags / a rule / in");
}

#[test]
fn an_interruption_begins_nothing_more_and_ends_what_is_under_way() {
    let fake = Arc::new(Fake::default());
    let mut text = String::from("Feature: many\n");
    text +=
        "  Scenario: first\n    When the change \"interrupt\" is made\n    And 3600s have passed\n";
    for n in 0..50 {
        text += &format!("  Scenario: later {n}\n    Given a subject\n");
    }
    let limits = Limits { open: 1, grace: Duration::from_millis(20), ..Limits::default() };
    let done = run_with(&fake, suite(&text, None), limits);
    assert_eq!((done.tally.begun, done.tally.halted), (1, 1));
    assert_eq!(fake.ran.lock().unwrap()[0].2.as_deref(), Some("interrupted"));
    assert_eq!(fake.did("team.feature:2").last().map(String::as_str), Some("finish"));
}

#[test]
fn a_broken_record_stops_the_run() {
    let fake = Arc::new(Fake::default());
    let mut text = String::from("Feature: many\n");
    for n in 0..50 {
        text += &format!("  Scenario: n{n}\n    When the change \"fill the disk\" is made\n");
    }
    let limits = Limits { open: 1, ..Limits::default() };
    let done = run_with(&fake, suite(&text, None), limits);
    assert_eq!(done.tally.broken.as_deref(), Some("no space is left"));
    assert!(done.tally.begun < 10, "{}", done.tally.begun);
}

#[test]
fn a_verb_that_hangs_is_given_up() {
    let fake = Arc::new(Fake::default());
    let text =
        "Feature: f\n  Scenario: s\n    When 3600s have passed\n    Then the token is reduced\n";
    let limits = Limits { verb: Duration::from_millis(20), ..Limits::default() };
    let done = run_with(&fake, suite(text, None), limits);
    assert_eq!(done.tally.halted, 1);
    assert!(fake.unmet.lock().unwrap()[0].1.starts_with("it took longer than"));
}

#[test]
fn who_waits_keeps_nobody_else_from_beginning() {
    let fake = Arc::new(Fake::default());
    let mut text = String::from("Feature: waits\n");
    for n in 0..400 {
        text += &format!("  Scenario: n{n}\n    When 1s has passed\n");
    }
    let begin = Instant::now();
    let done = run(&fake, &text);
    assert_eq!(done.tally.passed, 400);
    // One after the other it would take 100 s; with eight slots that are held while waiting, 12 s.
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    assert!(fake.most.load(Ordering::SeqCst) > 100);
}

#[test]
fn ten_thousand_rows_take_linear_time_and_few_at_once() {
    let outline = |rows: usize| {
        let mut text = String::from(
            "Feature: many\n  Scenario Outline: row <n>\n    Given a subject with the role \"<n>\"\n\n    Examples:\n      | n |\n",
        );
        for n in 0..rows {
            text += &format!("      | {n} |\n");
        }
        text
    };
    let timed = |rows: usize| {
        let fake = Arc::new(Fake::default());
        let begin = Instant::now();
        let limits = Limits { open: 64, ..Limits::default() };
        let done = run_with(&fake, suite(&outline(rows), None), limits);
        assert_eq!(done.tally.passed, rows as u64);
        assert!(fake.most.load(Ordering::SeqCst) <= 64);
        begin.elapsed()
    };
    timed(100);
    let (small, large) = (timed(1000), timed(10_000));
    // Ten times the rows: a quadratic runner would take a hundred times as long.
    assert!(large < small * 40 + Duration::from_secs(1), "{small:?} then {large:?}");
}
