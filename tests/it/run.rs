//! `recant run` and `recant restore` from end to end, as processes, against the built-in reference system.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use recant::drive::Journal;
use recant::plan::shipped;

fn recant(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(args).env_remove("RECANT_LOG").env_remove("NO_COLOR");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn done(mut command: Command) -> Output {
    command.output().expect("the binary runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {}", err(output)))
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn feature(folder: &Path, content: &str) -> PathBuf {
    let path = folder.join("team.feature");
    std::fs::write(&path, content).unwrap();
    path
}

/// The example of DESIGN section 9, with operations of the reference system.
const TEAM: &str = r#"@requirement:refresh-follows-entitlement
Feature: A refreshed token follows the entitlement of today

  Background:
    Given a subject with the roles "reader" and "writer"
    And a bystander with the same roles
    And both hold tokens for "orders"

  Scenario: a removed role leaves the token
    Given the subject can "change order"
    When the role "writer" is removed from the subject
    And the subject's token is refreshed
    Then the token is reduced
    And it no longer grants "change order"
    And a decision says why, and its owner is named

  Scenario Outline: the token of before stops working at <service>
    When the scenario "role-removal" has happened
    Then "<service>" refuses the earlier token for "<operation>" within its bound
    And "<service>" still accepts the bystander

    Examples:
      | service | operation     |
      | orders  | change order  |
      | reports | change report |
"#;

#[test]
fn a_teams_feature_runs_is_judged_again_and_leaves_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let feature = feature(folder.path(), TEAM);
    let out = folder.path().join("run");
    let run = done(recant(&["run", "--out", text(&out), text(&feature)]));
    assert_eq!(code(&run), 0, "{}\n{}", err(&run), String::from_utf8_lossy(&run.stdout));
    let files =
        ["plan.json", "history.jsonl", "findings.json", "report.json", "report.md", "report.html"];
    for name in files.into_iter().chain(["junit.xml", "manifest.json", "undo.jsonl"]) {
        let content = std::fs::read_to_string(out.join(name)).expect(name);
        assert!(!content.contains("lab-secret-of-"), "{name} holds a secret");
        // The start of every JWT: `{"alg"`, `{"typ"`.
        assert!(!content.contains("eyJ"), "{name} holds a token");
    }
    assert_eq!(code(&done(recant(&["verdict", text(&out)]))), 0);
    let judged = done(recant(&["judge", text(&out)]));
    assert_eq!(code(&judged), 0);
    assert!(String::from_utf8_lossy(&judged.stdout).contains("the same"));
    // A second run never writes into the first one's folder.
    let again = done(recant(&["run", "--out", text(&out), text(&feature)]));
    assert_eq!(code(&again), 2, "{}", err(&again));
    assert!(err(&again).contains("is not empty"), "{}", err(&again));
}

#[test]
fn a_fault_turns_the_run_red() {
    let folder = tempfile::tempdir().unwrap();
    let feature = feature(folder.path(), TEAM);
    let out = folder.path().join("run");
    let args = ["run", "-q", "--fault", "mu-27", "--out", text(&out), text(&feature)];
    let run = done(recant(&args));
    assert_eq!(code(&run), 1, "{}", err(&run));
    assert!(String::from_utf8_lossy(&run.stdout).contains("enforcement/old-token-refused"));
    assert_eq!(code(&done(recant(&["verdict", text(&out)]))), 1);
}

#[test]
fn what_is_wrong_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let misspelt = feature(folder.path(), "Feature: f\n  Scenario: s\n    Given a subjekt\n");
    let (out, misspelt) = (text(&out).to_owned(), text(&misspelt).to_owned());
    for (args, exit, said) in [
        (vec!["run", "--out", &out, &misspelt], 2, "no step is defined"),
        (vec!["run", "--out", &out, "no-such.feature"], 2, "no-such.feature"),
        (vec!["run", "--out", &out, "--fault", "mu-999"], 2, "mu-999"),
        (vec!["run", "--out", &out, "--target", "no.toml"], 2, "no.toml"),
        (vec!["run", "--out", &out, "--target", "a", "--fault", "mu-01"], 2, "--fault"),
        (vec!["run", "--out", &out, "--tags", "@nothing"], 4, "nothing is selected"),
        (vec!["run", "--out", "/proc/recant/run", "--tags", "@E-04"], 5, "can't be written"),
    ] {
        let run = done(recant(&args));
        assert_eq!(code(&run), exit, "{args:?}: {}", err(&run));
        assert!(err(&run).contains(said), "{args:?}: {}", err(&run));
        assert!(!Path::new(&out).exists(), "{args:?} wrote something");
    }
}

#[test]
fn a_target_that_is_down_is_no_verdict() {
    let lab = Lab::files("http://127.0.0.1:9");
    let out = lab.folder.path().join("run");
    let run = done(lab.run(&out));
    assert_eq!(code(&run), 5, "{}", err(&run));
}

/// The reference system as a process of its own, and a target file for it whose clock can't be moved.
struct Lab {
    folder: tempfile::TempDir,
    target: PathBuf,
    feature: PathBuf,
    system: Option<Child>,
}

const ADMIN: &str = "admin-secret-of-this-test";

/// A change that stays in force for ten minutes.
const LONG: &str = r#"Feature: long
  Scenario: a change in force
    Given a subject
    And the subject holds tokens for "orders"
    When the role "writer" is removed from the subject
    And 10m have passed
    Then "orders" refuses the earlier token within its bound
"#;

impl Lab {
    fn start() -> Self {
        let mut command = recant(&["reference", "--listen", "127.0.0.1:0"]);
        let mut system = command.env("RECANT_REFERENCE_ADMIN", ADMIN).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(system.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(base.starts_with("http://"), "{line}");
        let mut lab = Self::files(&base);
        lab.system = Some(system);
        lab
    }

    fn files(base: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, target) = shipped::target("reference").unwrap();
        let (_, recipe) = shipped::recipe("reference").unwrap();
        let target = target
            .replace("base = \"http://127.0.0.1:7800\"", &format!("base = \"{base}\""))
            .replace("recipe = \"reference\"", "recipe = \"recipe.toml\"");
        let (before, rest) = recipe.split_once("[clock]").unwrap();
        let (_, after) = rest.split_once("\n\n").unwrap();
        std::fs::write(folder.path().join("recipe.toml"), format!("{before}{after}")).unwrap();
        let path = folder.path().join("target.toml");
        std::fs::write(&path, target).unwrap();
        let feature = feature(folder.path(), LONG);
        Self { folder, target: path, feature, system: None }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = recant(args);
        command.env("RECANT_REFERENCE_ADMIN", ADMIN);
        for (name, secret) in recant::reference::client_secrets() {
            command.env(name, secret);
        }
        command
    }

    fn run(&self, out: &Path) -> Command {
        let (target, feature) = (text(&self.target), text(&self.feature));
        self.command(&["run", "--target", target, "--out", text(out), feature])
    }

    /// Starts a run and waits until its change is in force.
    fn changed(&self, out: &Path) -> Child {
        let child = self.run(out).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let in_force = || {
            let history = std::fs::read_to_string(out.join("history.jsonl")).unwrap_or_default();
            let Some((_, after)) = history.split_once(r#""name":"remove role""#) else {
                return false;
            };
            after.contains(r#""complete":"#)
        };
        while !in_force() {
            assert!(Instant::now() < deadline, "the change was never made");
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(system) = &mut self.system {
            let _ = system.kill();
            let _ = system.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interruption_undoes_the_change_and_is_never_green() {
    let lab = Lab::start();
    for name in ["-INT", "-TERM"] {
        let out = lab.folder.path().join(format!("run{name}"));
        let child = lab.changed(&out);
        signal(&child, name);
        let run = child.wait_with_output().unwrap();
        assert_eq!(code(&run), 6, "{}", err(&run));
        assert!(Journal::open_entries(&out.join("undo.jsonl")).unwrap().is_empty());
        let history = std::fs::read_to_string(out.join("history.jsonl")).unwrap();
        assert!(history.lines().last().unwrap().contains(r#""interrupted":true"#));
        assert!(history.contains(r#""do":"undo""#));
        assert_eq!(code(&done(recant(&["verdict", text(&out)]))), 6);
    }
}

#[test]
fn after_a_kill_restore_finishes_the_job() {
    let lab = Lab::start();
    let out = lab.folder.path().join("run");
    let child = lab.changed(&out);
    signal(&child, "-KILL");
    child.wait_with_output().unwrap();
    let left = Journal::open_entries(&out.join("undo.jsonl")).unwrap();
    assert!(left.len() >= 2, "the role and the subject: {left:?}");
    // Until then nothing about the run is green.
    assert_eq!(code(&done(recant(&["judge", text(&out)]))), 7);
    let restored = done(lab.command(&["restore", text(&out)]));
    assert_eq!(code(&restored), 0, "{}", err(&restored));
    assert!(String::from_utf8_lossy(&restored.stdout).contains("remove role"));
    let again = done(lab.command(&["restore", text(&out)]));
    assert_eq!(code(&again), 0, "{}", err(&again));
    assert!(String::from_utf8_lossy(&again.stdout).contains("nothing is left"));
    assert_eq!(code(&done(recant(&["judge", text(&out)]))), 6);
}

#[test]
fn a_journal_that_lost_a_change_is_told_by_the_record() {
    let lab = Lab::start();
    let out = lab.folder.path().join("run");
    let child = lab.changed(&out);
    signal(&child, "-KILL");
    child.wait_with_output().unwrap();
    let path = out.join("undo.jsonl");
    let journal = std::fs::read_to_string(&path).unwrap();
    let (before, line) = journal.trim_end().rsplit_once('\n').unwrap();
    assert!(line.contains("`remove role`"), "{line}");
    let torn = format!("{before}\n{}", &line[..line.len() / 2]);
    std::fs::remove_file(&path).unwrap();
    // Missing, emptied, and cut off within its last line.
    for left in [None, Some(""), Some(torn.as_str())] {
        if let Some(left) = left {
            std::fs::write(&path, left).unwrap();
        }
        assert_eq!(code(&done(recant(&["judge", text(&out)]))), 7);
        let restored = done(lab.command(&["restore", text(&out)]));
        let said = String::from_utf8_lossy(&restored.stdout).into_owned();
        assert_eq!(code(&restored), 7, "{said}{}", err(&restored));
        assert!(said.contains("still changed `remove role` (role writer) of \"recant-"), "{said}");
        assert!(said.contains("which undo.jsonl does not hold"), "{said}");
        assert_eq!(code(&done(recant(&["verdict", text(&out)]))), 7);
    }
    // A line that was cut off before its change was sent is no loss.
    std::fs::write(&path, format!("{journal}{}", &line[..line.len() / 2])).unwrap();
    assert_eq!(code(&done(lab.command(&["restore", text(&out)]))), 0);
}
