//! What is judged by how the issuer follows a change is asked when its bound has passed, and not later than it can be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use recant::drive::{LONGEST_WAIT, Run, RunInputs};
use recant::history::{Action, Op, View};
use recant::plan::{Overlay, load_target};
use recant::reference;

use super::toy::{inputs, verbs};

const ADMIN: &str = "an-admin-secret-of-the-test";

/// What happened: ops in order.
async fn played(bounds: &str, steps: &str) -> Vec<Op> {
    played_within(bounds, steps, true, LONGEST_WAIT).await
}

/// The same where the clock can't be moved, or no scenario waits longer than this.
async fn played_within(bounds: &str, steps: &str, clock: bool, longest_wait: Duration) -> Vec<Op> {
    let system = reference::start("127.0.0.1:0".parse().unwrap(), &[], ADMIN.to_owned()).await;
    let system = system.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = include_str!("../../../targets/reference.toml");
    let recipe = include_str!("../../../recipes/reference.toml");
    let recipe = if clock { recipe.to_owned() } else { without_clock(recipe) };
    std::fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
    let target = target.replace("recipe = \"reference\"", "recipe = \"./recipe.toml\"");
    let path = folder.path().join("target.toml");
    std::fs::write(&path, target.replace("[bounds]", &format!("[bounds]\n{bounds}\n"))).unwrap();
    let mut env: BTreeMap<_, _> =
        reference::client_secrets().into_iter().map(|(n, v)| (n, v.to_owned())).collect();
    env.insert(reference::ADMIN_SECRET.to_owned(), ADMIN.to_owned());
    let values = BTreeMap::from([
        ("base".to_owned(), system.base.clone()),
        ("tls".to_owned(), system.tls.clone()),
    ]);
    let overlay = Overlay { values, env, version: None };
    let declared = load_target(&path, &overlay).unwrap();
    let run = Run::start(RunInputs {
        longest_wait,
        ..inputs(Arc::new(declared), overlay, folder.path())
    });
    let run = run.await.unwrap();
    let mut stage = run.stage("a");
    for verb in verbs(steps) {
        stage.perform(&verb).await.unwrap();
    }
    stage.finish().await.unwrap();
    run.finish(false).await.unwrap();
    system.stop().await;
    View::of(run.lines_of("a")).ops
}

fn without_clock(recipe: &str) -> String {
    let (before, clock) = recipe.split_once("[clock]").unwrap();
    let after = clock.split_once("\n[").map(|(_, after)| format!("[{after}")).unwrap_or_default();
    format!("{before}{after}")
}

/// Milliseconds from the acknowledgement of the latest change, undoing or revocation to each later op of a kind.
fn since(ops: &[Op], kind: fn(&Action) -> bool) -> Vec<u64> {
    let turn = |a: &Action| {
        matches!(a, Action::Change { .. } | Action::Undo { .. } | Action::Revoke { .. })
    };
    let mut found = Vec::new();
    let mut latest = None;
    for op in ops {
        if turn(&op.action) {
            latest = op.end;
        } else if let Some(end) = latest.filter(|_| kind(&op.action)) {
            found.push(op.start.ms_since(end));
        }
    }
    found
}

const START: &str = r#"
    do = "subject", name = "subject"
    do = "subject", name = "bystander"
    do = "tokens", of = "subject", label = "hot", service = "orders"
    do = "tokens", of = "bystander", label = "bystander", service = "orders"
    do = "introspect", of = "subject", label = "hot"
"#;

const REMOVED: &str = r#"
    do = "change", name = "remove role", of = "subject", with = { role = "{role.last}" }
"#;

fn issues(action: &Action) -> bool {
    matches!(action, Action::Issue { .. })
}

#[tokio::test]
async fn tokens_are_asked_for_when_the_bound_has_passed_after_a_change_and_after_its_undoing() {
    let new = r#"do = "tokens", of = "subject", label = "new", service = "orders""#;
    let steps = format!("{START}{REMOVED}{new}\n do = \"undo\"\n{new}");
    let late = since(&played("decision = \"120s\"", &steps).await, issues);
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|ms| (120_000..125_000).contains(ms)), "{late:?}");
    let at_once = since(&played("decision = \"0s\"", &steps).await, issues);
    assert!(at_once.iter().all(|ms| *ms < 5_000), "{at_once:?}");
}

#[tokio::test]
async fn nobody_waits_for_a_change_of_somebody_else() {
    let other = r#"do = "tokens", of = "bystander", label = "new", service = "orders""#;
    let steps = format!("{START}{REMOVED}{other}");
    let soon = since(&played("decision = \"120s\"", &steps).await, issues);
    assert!(soon.len() == 1 && soon[0] < 5_000, "{soon:?}");
}

#[tokio::test]
async fn an_outage_is_not_drawn_out() {
    let stop = "do = \"change\", name = \"stop decision source\"\n";
    let new = r#"do = "tokens", of = "subject", label = "new", may-be-refused = true"#;
    let steps = format!("{START}{stop}{new}");
    let soon = since(&played("decision = \"120s\"", &steps).await, issues);
    assert!(!soon.is_empty() && soon.iter().all(|ms| *ms < 5_000), "{soon:?}");
}

#[tokio::test]
async fn what_is_said_and_made_of_a_revoked_token_waits_for_the_revocation_and_a_sign_in_does_not()
{
    let steps = format!(
        "{START}{}",
        r#"
        do = "revoke", of = "subject", label = "hot"
        do = "tokens", of = "subject", label = "new", service = "orders"
        do = "introspect", of = "subject", label = "hot"
        do = "exchange", of = "subject", label = "hot", to = "exchanged"
        "#
    );
    let ops = played("revocation = \"5s\"\ndecision = \"120s\"", &steps).await;
    let told = since(&ops, |a| matches!(a, Action::Introspect { .. }));
    let exchanged = since(&ops, |a| matches!(a, Action::Exchange { .. }));
    assert!(told.len() == 1 && (5_000..10_000).contains(&told[0]), "{told:?}");
    assert!(exchanged.len() == 1 && (5_000..10_000).contains(&exchanged[0]), "{exchanged:?}");
    assert!(since(&ops, issues).iter().all(|ms| *ms < 5_000));
}

#[tokio::test]
async fn a_token_that_would_end_before_the_bound_is_shown_while_it_lives() {
    let shown = r#"
        do = "revoke", of = "subject", label = "hot"
        do = "exchange", of = "subject", label = "hot", to = "exchanged"
    "#;
    // Tokens of the reference system live for 15 minutes.
    let ops = played("revocation = \"20m\"", &format!("{START}{shown}")).await;
    let exchanged = since(&ops, |a| matches!(a, Action::Exchange { .. }));
    assert!(exchanged.len() == 1 && exchanged[0] < 5_000, "{exchanged:?}");
}

#[tokio::test]
async fn real_time_is_waited_for_as_long_as_it_may_be() {
    let new = r#"do = "tokens", of = "subject", label = "new", service = "orders""#;
    let steps = format!("{START}{REMOVED}{new}");
    let waited = played_within("decision = \"1s\"", &steps, false, LONGEST_WAIT).await;
    let waited = since(&waited, issues);
    assert!(waited.len() == 1 && waited[0] >= 1_000, "{waited:?}");
    // Beyond that the run goes on; the judge leaves it open.
    let limit = Duration::from_secs(60);
    let soon = since(&played_within("decision = \"10m\"", &steps, false, limit).await, issues);
    assert!(soon.len() == 1 && soon[0] < 60_000, "{soon:?}");
}
