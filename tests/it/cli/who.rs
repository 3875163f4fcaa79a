//! Who ran recant, and which version of the target: told, recorded, and shown.

use std::collections::BTreeMap;

use recant::cli::ran_by::ran_by;
use recant::model::ToldBy;

use super::{code, command, err, out, recant, text};

/// Variables of a job of GitHub Actions.
const GITHUB: &[(&str, &str)] = &[
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_ACTOR", "ann"),
    ("GITHUB_TRIGGERING_ACTOR", "bob"),
    ("GITHUB_SERVER_URL", "https://forge.example"),
    ("GITHUB_REPOSITORY", "shop/payments"),
    ("GITHUB_RUN_ID", "17"),
    ("GITHUB_RUN_ATTEMPT", "2"),
    ("USER", "runner"),
];
const GITLAB: &[(&str, &str)] = &[
    ("GITLAB_CI", "true"),
    ("GITLAB_USER_LOGIN", "cleo"),
    ("CI_JOB_URL", "https://forge.example/shop/-/jobs/5"),
    ("USER", "root"),
];

/// What is told, the variables, and who ran it in words.
type Row = (Option<&'static str>, &'static [(&'static str, &'static str)], Option<&'static str>);

#[test]
fn who_is_told_comes_before_who_the_forge_names_and_the_account_is_last() {
    let rows: &[Row] = &[
        (None, &[], None),
        (None, &[("USER", " ")], None),
        (None, &[("USER", "dan")], Some("dan (the account's name)")),
        (None, &[("USERNAME", "dan")], Some("dan (the account's name)")),
        (Some("Eve, audit"), &[("USER", "dan")], Some("Eve, audit (as told by --by)")),
        (Some(""), &[("USER", "dan")], Some("dan (the account's name)")),
        (
            None,
            GITHUB,
            Some(
                "bob (as GitHub Actions says: https://forge.example/shop/payments/actions/runs/17/attempts/2)",
            ),
        ),
        (None, GITLAB, Some("cleo (as GitLab CI says: https://forge.example/shop/-/jobs/5)")),
        // the job is known all the same
        (
            Some("release"),
            GITLAB,
            Some("release (as told by --by: https://forge.example/shop/-/jobs/5)"),
        ),
        (
            None,
            &[
                ("GITLAB_CI", "true"),
                ("GITLAB_USER_LOGIN", "cleo"),
                ("CI_JOB_URL", "javascript:alert(1)"),
            ],
            Some("cleo (as GitLab CI says)"),
        ),
        (
            None,
            &[("GITHUB_ACTIONS", "true"), ("USER", "runner")],
            Some("runner (the account's name)"),
        ),
    ];
    for (told, variables, expected) in rows {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let found = ran_by(*told, |name| variables.get(name).map(|v| (*v).to_owned()));
        assert_eq!(
            found.as_ref().map(|by| by.words()).as_deref(),
            *expected,
            "{told:?} {variables:?}"
        );
    }
    let long = ran_by(None, |name| (name == "USER").then(|| "x".repeat(100_000)));
    let long = long.expect("somebody");
    assert_eq!((long.name.len(), long.told), (200, ToldBy::Account));
}

#[test]
fn who_ran_it_and_the_targets_version_stand_in_every_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run");
    let args = ["run", "--tags", "@G-04 or @T-09", "--out", text(&path)];
    let run = command(&args)
        .env("RECANT_BY", "Ann Example, release team")
        .env("RECANT_TARGET_VERSION", "2026.11-rc3")
        .output()
        .expect("it runs");
    assert_eq!(code(&run), 0, "{}", err(&run));
    assert!(out(&run).contains("2026.11-rc3 (lab)"), "{}", out(&run));
    for file in
        ["report.html", "report.md", "junit.xml", "report.json", "plan.json", "history.jsonl"]
    {
        let written = std::fs::read_to_string(path.join(file)).expect("written");
        for told in ["Ann Example, release team", "2026.11-rc3"] {
            assert!(written.contains(told), "{file} lacks {told}");
        }
    }
    let kinds = ["oscal", "hdf", "sarif"].map(|kind| format!("{kind}={kind}.json"));
    let judge = command(&["judge", text(&path), "--report", &kinds.join(",")])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(code(&judge), 0, "{}", err(&judge));
    for kind in ["oscal", "hdf", "sarif"] {
        let written =
            std::fs::read_to_string(folder.path().join(format!("{kind}.json"))).expect("written");
        for told in ["Ann Example, release team", "2026.11-rc3"] {
            assert!(written.contains(told), "{kind} lacks {told}");
        }
    }
    let verify = recant(&["verify", text(&path)]);
    assert_eq!(code(&verify), 0, "{}{}", out(&verify), err(&verify));
}

#[test]
fn a_name_of_several_lines_is_refused() {
    for (option, value) in
        [("--by", "ann\nroot"), ("--target-version", "1\u{1b}[2J"), ("--by", &"x".repeat(201))]
    {
        let output = recant(&["run", option, value, "--tags", "@none"]);
        assert_eq!(code(&output), 2, "{}", err(&output));
        assert!(err(&output).contains(option), "{}", err(&output));
        assert!(!err(&output).contains('\u{1b}'), "{}", err(&output));
    }
}
