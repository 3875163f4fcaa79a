//! Exceptions and bounds that nobody can rely on, on a day.

use std::path::Path;

use recant::error::render_problems;
use recant::plan::{Overlay, load_target, shipped};

/// What is said of the reference target with these lines added, and with replacements made in it.
fn said(more: &str, replacements: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, text) = shipped::target("reference").expect("it is built in");
    let text = replacements.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let path = folder.path().join("t.toml");
    std::fs::write(&path, format!("{text}\n{more}")).expect("written");
    let secrets = ["ADMIN", "APP", "APP2", "SERVICES", "GATEWAY", "PUSH"];
    let env = secrets.map(|n| (format!("RECANT_REFERENCE_{n}"), format!("secret of {n}")));
    let overlay = Overlay { env: env.into(), ..Overlay::default() };
    let problems = match load_target(Path::new(&path), &overlay) {
        Ok(declared) => declared.lapsing("2026-11-27", "2026-12-27"),
        Err(problems) => problems,
    };
    let place = format!("{}/", folder.path().display());
    render_problems(&problems, false).replace(&place, "")
}

const CACHE: &str = "[[exception]]\nkind = \"cache\"\nof = \"reports\"\nreason = \"r\"\n";

#[test]
fn what_holds_for_long_is_not_worth_a_word() {
    let last = "owner = \"Risk desk\"\nexpires = \"2026-12-28\"\n";
    assert_eq!(said(&format!("{CACHE}{last}"), &[]), "");
    let other = "owner = \"Somebody\"\ncontact = \"s@example.org\"\nexpires = \"2027-01-01\"\n";
    assert_eq!(said(&format!("{CACHE}{other}"), &[]), "");
}

#[test]
fn what_a_run_fails_for_or_will_soon_is_said() {
    let all = [
        "owner = \"Risk desk\"\nexpires = \"2026-12-27\"\n",
        "owner = \"Risk desk\"\nexpires = \"2026-11-26\"\n",
        "owner = \"Risk desk\"\n",
        "owner = \"TODO\"\ncontact = \"s@example.org\"\nexpires = \"2027-01-01\"\n",
        "owner = \"Somebody\"\nexpires = \"2027-01-01\"\n",
        "expires = \"2027-01-01\"\n",
    ];
    let more: String = all.iter().map(|one| format!("{CACHE}{one}\n")).collect();
    let unowned = [("owner = \"Identity operations\"\n", "")];
    insta::assert_snapshot!(said(&more, &unowned));
}

#[test]
fn what_is_written_wrong_is_no_exception() {
    let wrong = "[[exception]]\nkind = \"cahce\"\nof = \"report\"\nreason = \" \"\nexpires = \"2026-02-30\"\n\n\
                 [[exception]]\nkind = \"bound\"\nof = \"cahce\"\nreason = \"r\"\nexpires = \"soon\"\n\n\
                 [[exception]]\nkind = \"offline-grace\"\nof = \"main\"\nreason = \"r\"\n\n\
                 [[exception]]\nkind = \"refresh-reuse\"\nof = \"main\"\nreason = \"r\"\nup-to = \"a while\"\n";
    let owner = [("owner = \"Identity operations\"\n", "owner = \"Identity operation\"\n")];
    insta::assert_snapshot!(said(wrong, &owner));
}
