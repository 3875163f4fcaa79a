//! The shipped scripts on the built-in reference system, all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use recant::drive::{LONGEST_WAIT, Run, RunInputs};
use recant::history::View;
use recant::plan::{Overlay, Scripts, shipped_target};
use recant::reference;

async fn start(folder: &std::path::Path) -> (reference::Reference, Arc<Run>, Arc<Scripts>) {
    let admin = "an-admin-secret-of-the-test".to_owned();
    let system = reference::start("127.0.0.1:0".parse().unwrap(), &[], admin.clone()).await;
    let system = system.unwrap();
    let mut env: BTreeMap<_, _> =
        reference::client_secrets().into_iter().map(|(n, v)| (n, v.to_owned())).collect();
    env.insert(reference::ADMIN_SECRET.to_owned(), admin);
    let values = BTreeMap::from([("base".to_owned(), system.base.clone())]);
    let overlay = Overlay { values, env };
    let declared = Arc::new(shipped_target("reference", &overlay).unwrap());
    let scripts = Arc::new(Scripts::shipped().unwrap());
    let inputs = RunInputs {
        declared,
        overlay,
        scripts: scripts.clone(),
        folder: folder.to_owned(),
        run: "r".to_owned(),
        concurrency: 8,
        longest_wait: LONGEST_WAIT,
    };
    (system, Run::start(inputs).await.unwrap(), scripts)
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
    assert!(!history.contains("an-admin-secret-of-the-test"));
    system.stop().await;
}
