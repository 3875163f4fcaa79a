//! Exceptions and bounds that nobody can rely on, on a day; and inputs that nothing can toggle.

use std::path::Path;

use recant::error::render_problems;
use recant::plan::{load_target, shipped};

use super::with_secrets;

/// What is said of the reference target with these lines added, and with replacements made in it, without where: lines come and go
/// in it.
fn said(more: &str, replacements: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, text) = shipped::target("reference").expect("it is built in");
    let text = replacements.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let path = folder.path().join("t.toml");
    std::fs::write(&path, format!("{text}\n{more}")).expect("written");
    let problems = match load_target(Path::new(&path), &with_secrets()) {
        Ok(declared) => {
            let lapsing = declared.lapsing("2026-11-27", "2026-12-27");
            declared.warnings.iter().cloned().chain(lapsing).collect()
        }
        Err(problems) => problems,
    };
    let place = format!("{}/", folder.path().display());
    let all = render_problems(&problems, false).replace(&place, "");
    let said = |line: &&str| ["error", "warning", "  = help"].iter().any(|w| line.starts_with(w));
    let lines = all.lines().map(|line| match line.trim_start().strip_prefix("= help") {
        Some(help) => format!("  = help{help}"),
        None => line.to_owned(),
    });
    let lines: Vec<String> = lines.filter(|line| said(&line.as_str())).collect();
    lines.join("\n")
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
fn a_bound_that_is_looser_than_the_profiles_needs_an_exception() {
    let looser = [("skew = \"5s\"", "skew = \"90s\"")];
    let said_of = |more: &str| said(more, &looser);
    let what = said_of("");
    assert!(what.contains("the bound `skew` is looser than the profile's"), "{what}");
    let exception = "[[exception]]\nkind = \"bound\"\nof = \"skew\"\nreason = \"r\"\n\
        owner = \"Risk desk\"\nexpires = \"2026-12-28\"\n";
    assert_eq!(said_of(exception), "");
}

#[test]
fn one_issuer_may_have_no_revocation() {
    let absent = |issuer: &str| {
        format!("[[absent]]\ncapability = \"revocation:{issuer}\"\nreason = \"none there\"\n")
    };
    assert_eq!(said(&absent("partners"), &[]), "");
    let what = said(&absent("partner"), &[]);
    assert!(what.contains("there is no capability `revocation:partner`"), "{what}");
    assert!(what.contains("did you mean `revocation:partners`?"), "{what}");
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

const INPUT: &str = "[[input]]\nname = \"groups\"\n";

#[test]
fn an_input_that_nothing_toggles_is_said() {
    insta::assert_snapshot!(said(INPUT, &[]));
}

#[test]
fn an_input_is_toggled_by_a_change_that_can_be_undone_and_gets_what_it_takes() {
    let wrong = [
        "change = \"rase risk\"\n",
        "change = \"raise risk\"\n",
        "change = \"raise risk\"\nwith = { level = \"high\", role = \"writer\" }\n",
        "change = \"delete subject\"\n",
    ];
    let more: String = wrong.iter().map(|one| format!("{INPUT}{one}\n")).collect();
    insta::assert_snapshot!(said(&more, &[]));
    let absent = "[[absent]]\ncapability = \"context-inputs\"\nreason = \"r\"\n";
    insta::assert_snapshot!(said(absent, &[]));
}
