//! The binary as pipelines and people use it: exit codes and streams.

mod records;
mod reports;
mod who;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use recant::exit::Exit;
use recant::model::Verdict;
use recant::report::{self, Undo};

use super::report::{build, finding, literal, view};

fn recant(args: &[&str]) -> Output {
    command(args).output().expect("the binary runs")
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(args).env_remove("RECANT_LOG").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.env_remove("GITHUB_ACTIONS").env_remove("GITLAB_CI").env_remove("RECANT_BY");
    command.env_remove("RECANT_TARGET_VERSION").env("USER", "tester");
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn usage_mistakes_exit_2_and_say_what_is_wrong() {
    for (args, said) in [
        (&["nonsense"][..], "unrecognized subcommand 'nonsense'"),
        (&["judge"], "<DIR>"),
        (&["steps", "--format", "xml"], "invalid value 'xml'"),
        (&["explain"], "<ID>"),
        (&["--log", "=[", "steps"], "is no filter"),
        (&["reference", "--listen", "nowhere"], "invalid value 'nowhere'"),
        (&["reference", "--fault", "refresh-copies-claim"], "`refresh-copies-claims`"),
        (&["check", "--target", "no-such-file.toml"], "no-such-file.toml"),
    ] {
        let output = recant(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(said), "{args:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{args:?}");
    }
}

#[test]
fn unknown_requirements_are_named_together_with_the_nearest() {
    let output =
        recant(&["explain", "T-01", "refresh-never-wides", "token/refresh-never-widen\u{1b}[2J"]);
    assert_eq!(code(&output), 2);
    assert_eq!(out(&output), "", "nothing is explained where something is wrong");
    for said in [
        "error: there is no requirement `refresh-never-wides`",
        "the nearest are `refresh-never-widens`",
        "error: there is no requirement `token/refresh-never-widen␛[2J`",
        "the nearest are `token/refresh-never-widens`",
        "`recant requirements` lists all",
    ] {
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}

#[test]
fn a_script_that_is_wrong_is_all_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = folder.path().join("scenarios");
    std::fs::create_dir(&scripts).unwrap();
    std::fs::write(
        scripts.join("good.toml"),
        "about = \"x\"\n[[step]]\ndo = \"wait\"\nseconds = 1\n",
    )
    .unwrap();
    std::fs::write(scripts.join("wrong.toml"), "about = \"x\"\n[[step]]\ndo = \"wate\"\n").unwrap();
    let feature = "@requirement:P-07\nFeature: f\n  Scenario: s\n    Given the scenario \"good\" has happened\n    \
                   Then no grant gives the subject a token\n";
    std::fs::write(folder.path().join("f.feature"), feature).unwrap();
    let said = err(&recant(&["check", text(folder.path())]));
    assert!(said.contains("wrong.toml"), "{said}");
    assert!(!said.contains("f.feature"), "what the script would have been is not known: {said}");
}

#[test]
fn a_requirement_is_found_by_id_short_id_and_name() {
    let by_id = recant(&["explain", "token/refresh-never-widens"]);
    assert_eq!(code(&by_id), 0);
    for name in ["T-03", "t-03", "refresh-never-widens"] {
        assert_eq!(out(&recant(&["explain", name])), out(&by_id), "{name}");
    }
    assert!(out(&by_id).lines().all(|l| l.chars().count() <= 100), "{}", out(&by_id));
}

#[test]
fn lists_for_programs_are_json() {
    for (args, list) in [
        (&["steps", "--format", "json"][..], "steps"),
        (&["requirements", "--format", "json"], "requirements"),
        (&["faults", "--format", "json"], "faults"),
    ] {
        let output = recant(args);
        assert_eq!(code(&output), 0, "{args:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(json[list].as_array().is_some_and(|a| a.len() > 5), "{args:?}");
    }
    let faults: serde_json::Value =
        serde_json::from_slice(&recant(&["faults", "--format", "json"]).stdout).expect("JSON");
    for member in ["id", "name", "what", "must", "may"] {
        assert!(faults["faults"][0].get(member).is_some(), "a fault has `{member}`");
    }
    for name in ["target", "recipe", "scenario", "report", "findings", "plan", "manifest"] {
        let schema: serde_json::Value =
            serde_json::from_slice(&recant(&["schema", name]).stdout).expect("JSON");
        assert!(schema.get("$schema").is_some(), "{name}");
    }
}

#[test]
fn the_exit_table_is_in_the_help() {
    let help = out(&recant(&["--help"]));
    assert!(help.contains(recant::exit::plain().trim_end()), "{help}");
}

#[test]
fn an_option_of_run_without_its_word_is_told_so() {
    let said = |args: &[&str]| {
        let output = recant(args);
        (code(&output), err(&output).contains("Options of `run` need the word `run`."))
    };
    assert_eq!(said(&["--out", "x"]), (2, true));
    // Nothing helps this one.
    assert_eq!(said(&["--nonsense"]), (2, false));
}

#[test]
fn colours_only_where_they_are_seen() {
    let folder = written(&literal());
    let verdict = ["verdict", text(folder.path())];
    let colourful = |output: Output| out(&output).contains('\u{1b}');
    assert!(!colourful(recant(&verdict)), "a pipe is no terminal");
    assert!(colourful(command(&verdict).args(["--color", "always"]).output().expect("runs")));
    let forced = command(&verdict).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0").output();
    assert!(!colourful(forced.expect("runs")));
}

#[test]
fn a_reader_that_went_away_changes_nothing() {
    let folder = written(&literal());
    for (args, wanted) in [
        (&["requirements", "--format", "json"][..], 0),
        (&["verdict", text(folder.path())], 1),
        (&["--help"], 0),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(args).stdout(writer).stderr(Stdio::piped()).output().expect("runs");
        assert_eq!((code(&output), err(&output)), (wanted, String::new()), "{args:?}");
    }
}

#[test]
fn a_run_whose_readers_went_away_ends_as_it_should() {
    let folder = tempfile::tempdir().expect("a folder");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let out = folder.path().join("run");
    let run = ["run", "--tags", "@T-11", "--out", text(&out)];
    let both = writer.try_clone().expect("another end");
    let status = command(&run).stdout(writer).stderr(both).status().expect("the binary runs");
    let told = code(&recant(&["verdict", text(&out)]));
    assert_eq!(status.code(), Some(told), "the verdict is what the run came to");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = command(&["steps"]).stdout(full).stderr(Stdio::piped()).output().expect("runs");
    assert_eq!(code(&output), 5);
    assert!(err(&output).contains("can't be written"), "{}", err(&output));
}

fn written(report: &report::Report) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    report::write(folder.path(), report, &view(Some((false, 0)))).expect("reports can be written");
    folder
}

#[test]
fn verdict_gives_the_exit_code_again() {
    let undone = Undo { unrestored: Vec::new(), changed: true, ..Undo::default() };
    let stuck = Undo { unrestored: vec!["remove role".into()], changed: true, ..Undo::default() };
    let judged = |verdict, interrupted, undo: &Undo| {
        let of = [finding("token/refresh-never-widens", "T-03", "orders", verdict)];
        let mut report = build(&of, Some((interrupted, 0)), undo);
        report.counts.scenarios.run += report.not_run.len() as u64;
        report.counts.scenarios.not_run = 0;
        report.not_run.clear();
        report.result = report.derive();
        report.exit_code = report.result.code();
        report
    };
    for (report, wanted) in [
        (judged(Verdict::Pass, false, &undone), Exit::Conformant),
        (judged(Verdict::Fail, false, &undone), Exit::Nonconformant),
        (judged(Verdict::Inconclusive, false, &undone), Exit::Inconclusive),
        (judged(Verdict::NotApplicable, false, &undone), Exit::NothingTested),
        (judged(Verdict::Pass, true, &undone), Exit::Interrupted),
        (judged(Verdict::Pass, false, &stuck), Exit::NotRestored),
    ] {
        let folder = written(&report);
        let output = recant(&["verdict", text(folder.path())]);
        assert_eq!(code(&output), i32::from(wanted.code()), "{}", err(&output));
        assert!(out(&output).starts_with(wanted.word()), "{}", out(&output));
    }
}

#[test]
fn verdict_never_believes_a_damaged_report() {
    let good = literal();
    let json = serde_json::to_string_pretty(&good).expect("JSON");
    let altered = json
        .replace("\"exit_code\": 1", "\"exit_code\": 0")
        .replace("\"result\": \"nonconformant\"", "\"result\": \"conformant\"");
    let green = altered.replace("\"fail\"", "\"pass\"");
    for (what, content) in [
        ("empty", String::new()),
        ("torn", json[..json.len() / 2].to_owned()),
        ("not JSON", "conformant".to_owned()),
        ("another JSON", "{}".to_owned()),
        ("altered code", altered),
        ("altered verdicts", green),
        ("altered words", json.replace("accepted 6 times", "refused 6 times")),
        ("nested", "[".repeat(100_000)),
    ] {
        let folder = written(&good);
        std::fs::write(folder.path().join("report.json"), content).expect("written");
        let output = recant(&["verdict", text(folder.path())]);
        assert_eq!(code(&output), 5, "{what}: {}", out(&output));
        assert!(err(&output).contains("report.json"), "{what}: {}", err(&output));
    }
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(code(&recant(&["verdict", text(folder.path())])), 5, "missing");
    assert_eq!(code(&recant(&["verdict", "/no/such/folder"])), 2, "no folder");
}

#[test]
fn a_tag_that_nothing_has_is_told() {
    let checked = recant(&["check", "--tags", "@E-01 or @T-2"]);
    assert_eq!(code(&checked), 0, "{}", err(&checked));
    let said = out(&checked) + &err(&checked);
    assert!(said.contains("no scenario has the tag `@T-2`; did you mean `@T-02`?"), "{said}");
    assert!(said.contains("no mistakes, 1 warning"), "{said}");
    let empty = recant(&["check", "--tags", "@E-1"]);
    assert_eq!(code(&empty), 4);
    assert!(err(&empty).contains("did you mean `@E-01`?"), "{}", err(&empty));
}

#[cfg(unix)]
#[test]
fn reference_serves_until_it_is_told_to_stop() {
    let mut child = command(&["reference", "--listen", "127.0.0.1:0"])
        .env("RECANT_REFERENCE_ADMIN", "a-secret-of-this-test")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    lines.read_line(&mut first).expect("it says where it listens");
    let address = first.trim().strip_prefix("listening on http://").expect("an address");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let request = "GET /.well-known/oauth-authorization-server HTTP/1.0\r\n\r\n";
    std::io::Write::write_all(&mut stream, request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
    let kill = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
    assert!(kill.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("readable");
    assert!(!rest.contains("a-secret-of-this-test"), "a secret that was given is not printed");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
