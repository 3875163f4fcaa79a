//! The README tells the truth: its examples are checked by recant itself, its table of exit codes is the one in the code.

use std::path::{Path, PathBuf};
use std::process::Command;

use recant::exit;

const BEGIN: &str = "<!-- exit codes: generated from src/exit.rs -->\n";
const END: &str = "<!-- end -->";

fn readme() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).expect("README.md");
    (path, text)
}

/// Code blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    text.split(&open)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_table_of_exit_codes_is_the_codes() {
    let (path, text) = readme();
    let (before, rest) = text.split_once(BEGIN).expect("the marker of the table");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    let fresh = format!("{before}{BEGIN}\n{}\n{END}{after}", exit::markdown().trim());
    if std::env::var_os("RECANT_BLESS").is_some() {
        std::fs::write(path, &fresh).expect("README.md");
    } else {
        assert_eq!(text, fresh, "run RECANT_BLESS=1 cargo test to write it anew");
    }
}

#[test]
fn the_examples_pass_recants_own_check() {
    let (_, text) = readme();
    let toml = blocks(&text, "toml");
    let folder = tempfile::tempdir().expect("folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("write");
    write("payments.toml", &toml[0]);
    write("payments-recipe.toml", &toml[1]);
    write("example.feature", &blocks(&text, "gherkin")[0]);
    // The feature of its own, and the shipped suite.
    for features in [&["example.feature"][..], &[]] {
        let out = Command::new(env!("CARGO_BIN_EXE_recant"))
            .args(["check", "--target", "payments.toml"])
            .args(features)
            .current_dir(folder.path())
            .envs([
                ("ADMIN_TOKEN", "a-secret"),
                ("APP_SECRET", "b-secret"),
                ("GATEWAY_SECRET", "c-secret"),
            ])
            .output()
            .expect("recant");
        let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{said}");
        assert!(!said.contains("warning"), "{said}");
    }
}
