//! An issuer that follows a change late is right within the bound that was promised, and wrong beyond it.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use recant::reference::{self, Fault};

const ADMIN: &str = "an-admin-secret-of-the-test";

/// `recant run` with a bound in the target file, on a system with a fault.
async fn run(fault: &str, bounds: &str, tags: &str) -> Output {
    let faults = [Fault::named(fault).unwrap()];
    let system = reference::start("127.0.0.1:0".parse().unwrap(), &faults, ADMIN.to_owned());
    let system = system.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = include_str!("../../targets/reference.toml");
    let target = target.replace("http://127.0.0.1:7800", &system.base);
    let target = target.replace("profile = \"standard\"", "profile = \"relaxed\"");
    let path = folder.path().join("target.toml");
    std::fs::write(&path, target.replace("[bounds]", &format!("[bounds]\n{bounds}\n"))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    let env: BTreeMap<_, _> = reference::client_secrets().into_iter().collect();
    command.envs(env).env(reference::ADMIN_SECRET, ADMIN);
    command.args(["run", "--quiet", "--tags", tags, "--target"]).arg(&path);
    command.arg("--out").arg(folder.path().join("run"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    system.stop().await;
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_decision_is_right_within_the_bound_and_wrong_beyond_it() {
    // The fault decides 100 s late.
    let right = run("decision-late", "decision = \"120s\"", "@T-01").await;
    assert_eq!(right.status.code(), Some(0), "{}", text(&right));
    let wrong = run("decision-late", "decision = \"70s\"", "@T-01").await;
    assert_eq!(wrong.status.code(), Some(1), "{}", text(&wrong));
    assert!(text(&wrong).contains("still carries \"items:write\""), "{}", text(&wrong));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_for_ever_is_wrong_in_the_relaxed_profile_too() {
    let wrong = run("refresh-copies-claims", "", "@T-02").await;
    assert_eq!(wrong.status.code(), Some(1), "{}", text(&wrong));
}
