//! The README tells the truth: its examples are checked by recant itself, its table of exit codes is the one in the code.

use std::path::{Path, PathBuf};
use std::process::Command;

use recant::exit;
use recant::model::{Bounds, Profile};

const BEGIN: &str = "<!-- exit codes: generated from src/exit.rs -->\n";
const END: &str = "<!-- end -->";
const BOUNDS: &str = "<!-- bounds: generated from src/model/facts.rs -->\n";
const END_OF_BOUNDS: &str = "<!-- end of bounds -->";

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

/// One test, because both tables are in one file.
#[test]
fn the_tables_of_the_readme_are_those_of_the_code() {
    let (path, text) = readme();
    let fresh = with_table(&text, (BEGIN, END), exit::markdown().trim());
    let fresh = with_table(&fresh, (BOUNDS, END_OF_BOUNDS), &bounds());
    if std::env::var_os("RECANT_BLESS").is_some() {
        std::fs::write(path, &fresh).expect("README.md");
    } else {
        assert_eq!(text, fresh, "run RECANT_BLESS=1 cargo test to write it anew");
    }
}

fn with_table(text: &str, (begin, end): (&str, &str), table: &str) -> String {
    let (before, rest) = text.split_once(begin).expect("the marker of the table");
    let (_, after) = rest.split_once(end).expect("the end of the table");
    format!("{before}{begin}\n{table}\n{end}{after}")
}

/// A bound, milliseconds, by its name, with what it is about.
type Bound = (&'static str, &'static str, fn(&Bounds) -> u64);

/// The bounds of the profiles, and what each is about.
fn bounds() -> String {
    let [strict, standard, relaxed] =
        [Profile::Strict, Profile::Standard, Profile::Relaxed].map(Bounds::of);
    let rows: [Bound; 10] = [
        ("decision", "a change shows in what is issued and refreshed", |b| b.decision),
        ("revocation", "a revocation shows at the issuer", |b| b.revocation),
        ("event", "a service or receiver acts on an event", |b| b.event),
        ("cache", "a service keeps an answer (class `introspect-cache`)", |b| b.cache),
        ("self-contained", "a token that nobody asks about goes on", |b| b.self_contained),
        ("skew", "a token is accepted after it expired", |b| b.skew),
        ("keys", "a retired key is accepted", |b| b.keys),
        ("status-list", "a status list is kept", |b| b.status_list),
        ("connection", "a stream or a derived credential outlives the right", |b| b.connection),
        ("log", "a record takes to be readable", |b| b.log),
    ];
    let row = |(name, about, of): &Bound| {
        let of = |bounds: &Bounds| format!("{} s", of(bounds) / 1000);
        let (strict, standard, relaxed) = (of(&strict), of(&standard), of(&relaxed));
        format!("| `{name}` | {about} | {strict} | {standard} | {relaxed} |")
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    let probes = [&strict, &standard, &relaxed].map(|b| b.probes.to_string()).join(" | ");
    let head = "| bound | at most so long | strict | standard | relaxed |\n|---|---|---|---|---|";
    format!("{head}\n{}\n| `probes` | refusals that a pass takes | {probes} |", rows.join("\n"))
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
