//! `--report KIND=PATH`: several at once, whole or not at all; a mistake in it stops everything before anything is sent.

use ::recant::report::kinds::Kind;

use super::records::recorded;
use super::{code, command, err, out, recant, text};

#[test]
fn reports_are_written_where_they_were_asked_for() {
    let (run, to) = (recorded(true), tempfile::tempdir().expect("a folder"));
    let with_path = Kind::ALL.iter().filter(|(kind, _, _)| !kind.is_for_the_log());
    let asked: Vec<_> =
        with_path.map(|(_, name, _)| format!("{name}={}/new/{name}", text(to.path()))).collect();
    let args = ["judge", text(run.path()), "--report", &asked.join(",")];
    let output = recant(&args);
    assert_eq!(code(&output), 3, "{}", err(&output));
    let mut names: Vec<_> = std::fs::read_dir(to.path().join("new"))
        .expect("it was made")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let all = "gitlab hdf html json junit markdown messages oscal sarif";
    assert_eq!(names.join(" "), all, "and nothing temporary is left");
    let same = |a: &str, b| {
        std::fs::read(to.path().join("new").join(a)).ok() == std::fs::read(run.path().join(b)).ok()
    };
    assert!(same("json", "report.json") && same("junit", "junit.xml"));
    assert!(same("markdown", "report.md"));
}

#[test]
fn mistakes_in_reports_are_told_before_anything_is_sent() {
    let to = tempfile::tempdir().expect("a folder");
    let folder = text(to.path());
    let run = to.path().join("run");
    let file = to.path().join("file");
    std::fs::write(&file, "").expect("written");
    let file = text(&file);
    for (asked, said) in [
        ("pdf=x".to_owned(), "no report of the kind \"pdf\""),
        ("sarif".to_owned(), "sarif needs a path"),
        ("sarif=".to_owned(), "names no file"),
        ("github=x".to_owned(), "takes no path"),
        (format!("sarif={folder}"), "that is a folder"),
        (format!("sarif={folder}/new/"), "that is a folder"),
        (format!("sarif={file}/x"), "can't be written"),
        (format!("sarif={folder}/x,junit={folder}/x"), "another report goes there"),
        (format!("sarif={folder}/run/history.jsonl"), "writes a file of that name itself"),
    ] {
        let output = recant(&["run", "--out", text(&run), "--report", &asked]);
        assert_eq!(code(&output), 2, "{asked}: {}", err(&output));
        assert!(err(&output).contains(said), "{asked}: {}", err(&output));
        assert!(!run.join("plan.json").exists(), "{asked}: something was begun");
    }
    let sealed = recorded(true);
    let inside = format!("sarif={}/recant.sarif", text(sealed.path()));
    let output = recant(&["judge", text(sealed.path()), "--report", &inside]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(err(&output).contains("sealed by its manifest"), "{}", err(&output));
    assert_eq!(code(&recant(&["judge", text(sealed.path()), "--write", "--report", &inside])), 3);
    let manifest = ::recant::report::manifest_of(sealed.path()).expect("readable").expect("there");
    assert!(manifest.files.iter().any(|e| e.path == "recant.sarif"), "the manifest names it");
}

#[test]
fn annotations_are_for_github_only_or_for_whom_asks() {
    let run = recorded(true);
    let judge = ["judge", text(run.path())];
    assert!(!out(&recant(&judge)).contains("::warning"));
    let output = command(&judge).env("GITHUB_ACTIONS", "true").output().expect("it runs");
    assert!(out(&output).contains("\n::warning "), "{}", out(&output));
    let output = recant(&["judge", text(run.path()), "--report", "github"]);
    assert!(out(&output).contains("\n::warning "), "{}", out(&output));
}
