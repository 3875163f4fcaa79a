//! The shipped scripts on the built-in reference system, all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use recant::drive::{Run, RunInputs, restore};
use recant::history::{Action, Arm, Op, View};
use recant::judge::Timeline;
use recant::plan::{Declared, Overlay, Scripts, shipped_target};
use recant::reference;

use super::toy::{inputs, verbs};

const ADMIN: &str = "an-admin-secret-of-the-test";

/// The target file of a system that was started.
fn declared(system: &reference::Reference) -> (Arc<Declared>, Overlay) {
    let mut env: BTreeMap<_, _> =
        reference::client_secrets().into_iter().map(|(n, v)| (n, v.to_owned())).collect();
    env.insert(reference::ADMIN_SECRET.to_owned(), ADMIN.to_owned());
    let values = BTreeMap::from([
        ("base".to_owned(), system.base.clone()),
        ("tls".to_owned(), system.tls.clone()),
    ]);
    let overlay = Overlay { values, env, version: None };
    (Arc::new(shipped_target("reference", &overlay).unwrap()), overlay)
}

async fn start(folder: &std::path::Path) -> (reference::Reference, Arc<Run>, Arc<Scripts>) {
    let system = reference::start("127.0.0.1:0".parse().unwrap(), &[], ADMIN.to_owned()).await;
    let system = system.unwrap();
    let (run, scripts) = start_on(&system, folder).await;
    (system, run, scripts)
}

async fn start_on(
    system: &reference::Reference,
    folder: &std::path::Path,
) -> (Arc<Run>, Arc<Scripts>) {
    let (declared, overlay) = declared(system);
    let scripts = Arc::new(Scripts::shipped().unwrap());
    let inputs = RunInputs { scripts: scripts.clone(), ..inputs(declared, overlay, folder) };
    (Run::start(inputs).await.unwrap(), scripts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shipped_script_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (system, run, scripts) = start(folder.path()).await;
    let names: Vec<String> = scripts.names().map(str::to_owned).collect();
    let driven = names.iter().map(|name| {
        let (run, name) = (run.clone(), name.clone());
        tokio::spawn(async move { (name.clone(), run.script(&name).await) })
    });
    for one in driven.collect::<Vec<_>>() {
        let (name, driven) = one.await.unwrap();
        assert_eq!(driven, Ok(()), "{name}");
        let view = View::of(run.lines_of(&name));
        assert!(view.ops.iter().all(|op| op.end.is_some()), "{name}");
        if std::env::var_os("SHOW").is_some() {
            println!("{name}: {} ops", view.ops.len());
        }
    }
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
    let history = std::fs::read_to_string(folder.path().join("history.jsonl")).unwrap();
    if let Some(to) = std::env::var_os("KEEP") {
        std::fs::write(to, &history).unwrap();
    }
    assert!(!history.contains(ADMIN));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_a_killed_run_left_open_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (system, run, _) = start(folder.path()).await;
    let (declared, overlay) = declared(&system);
    let mut stage = run.stage("a");
    for step in verbs(r#"do = "open-stream""#) {
        stage.perform(&step).await.unwrap();
    }
    std::mem::forget(stage);
    // Somebody else's address in its place gets nothing.
    let journal = folder.path().join("undo.jsonl");
    let own = std::fs::read_to_string(&journal).unwrap();
    let origin = format!("DELETE {}", system.base);
    assert!(own.contains(&origin), "{own}");
    std::fs::write(&journal, own.replace(&origin, "DELETE http://127.0.0.1:9")).unwrap();
    let restored = restore(folder.path(), declared.clone(), &overlay).await.unwrap();
    assert_eq!(restored.undone, Vec::<String>::new());
    assert!(restored.unrestored[0].contains("is no request of the recipe"), "{restored:?}");
    std::fs::write(&journal, own).unwrap();
    let restored = restore(folder.path(), declared, &overlay).await.unwrap();
    assert_eq!(restored.undone, ["`open stream`"]);
    assert_eq!(restored.unrestored, Vec::<String>::new());
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_idle_token_is_used_after_the_bound_of_its_own_revocation() {
    let folder = tempfile::tempdir().unwrap();
    let (system, run, _) = start(folder.path()).await;
    let mut stage = run.stage("a");
    let steps = r#"
        do = "subject", name = "subject"
        do = "tokens", of = "subject", label = "hot"
        do = "tokens", of = "subject", label = "cold"
        do = "call", of = "subject", label = "cold", operations = "entitled"
        do = "call", of = "subject", label = "hot", operations = "entitled"
        do = "revoke", of = "subject", label = "hot"
        do = "wait", seconds = 8
        do = "revoke", of = "subject", label = "cold"
        do = "watch", of = "subject", hot = "hot", cold = "cold"
    "#;
    for step in verbs(steps) {
        stage.perform(&step).await.unwrap();
    }
    let view = View::of(run.lines_of("a"));
    stage.finish().await.unwrap();
    let revoked = view.ops.iter().rfind(|o| matches!(o.action, Action::Revoke { .. })).unwrap();
    let is_cold = |o: &&Op| matches!(&o.action, Action::Call { service, arm: Arm::Cold, .. } if service == "ledger");
    let cold: Vec<_> = view.ops.iter().filter(is_cold).collect();
    // What the status list may lag.
    let bound = revoked.end.unwrap().plus_ms(30_000);
    assert!(!cold.is_empty() && cold.iter().all(|o| o.start > bound), "{cold:?}");
    run.finish(false).await.unwrap();
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_begins_at_the_time_that_an_earlier_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let (system, run, _) = start(folder.path()).await;
    assert!(run.begin().ahead.unwrap().abs() < 1_000, "{:?}", run.begin().ahead);
    let mut stage = run.stage("a");
    for step in verbs(r#"do = "wait", seconds = 14400"#) {
        stage.perform(&step).await.unwrap();
    }
    stage.finish().await.unwrap();
    run.finish(false).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (run, _) = start_on(&system, folder.path()).await;
    let ahead = run.begin().ahead.unwrap();
    assert!((14_400_000..14_500_000).contains(&ahead), "{ahead}");
    let mut stage = run.stage("a");
    let steps = r#"
        do = "subject", name = "subject"
        do = "tokens", of = "subject", label = "t"
    "#;
    for step in verbs(steps) {
        stage.perform(&step).await.unwrap();
    }
    let mut view = View::of(run.lines_of("a"));
    view.begin = Some(run.begin().clone());
    let timeline = Timeline::of(&view);
    let lives: Vec<_> = timeline
        .tokens
        .values()
        .filter(|t| t.token.claims.is_some())
        .map(|t| (t.token.seconds("exp").unwrap() - t.token.seconds("iat").unwrap(), t))
        .collect();
    assert!(!lives.is_empty());
    for (life, issued) in lives {
        let left = issued.exp.unwrap().ms_since(issued.at) as f64 / 1e3;
        assert!(left <= life && left > life - 5.0, "{left} of {life}");
    }
    stage.finish().await.unwrap();
    run.finish(false).await.unwrap();
    system.stop().await;
}
