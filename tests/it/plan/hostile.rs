//! Odd and hostile files: refused politely, never a panic, never a secret in what is said.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use recant::error::render_problems;
use recant::plan::feature::Sheet;
use recant::plan::{Named, Overlay, Scripts, Source, Suite, load_target};

fn said(path: &Path) -> String {
    let problems = load_target(path, &Overlay::default()).expect_err("it is wrong");
    let folder = path.parent().unwrap().display().to_string();
    render_problems(&problems, false).replace(&folder, "DIR")
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn said_of(bytes: &[u8]) -> String {
    let (_folder, path) = written("t.toml", bytes);
    said(&path)
}

#[test]
fn a_folder_instead_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("t.toml");
    std::fs::create_dir(&inner).unwrap();
    insta::assert_snapshot!(said(&inner), @r"
    error: DIR/t.toml can't be read: it is a folder
      = help: name a file in it
    ");
}

#[test]
fn no_file_at_all() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(said(&folder.path().join("t.toml")), @"error: DIR/t.toml can't be read: no such file or directory");
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(said_of(b""));
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let text = said_of("\u{feff}target = 1".as_bytes());
    assert!(text.contains("t.toml:1:10"), "{text}");
}

#[test]
fn nul_bytes() {
    insta::assert_snapshot!(said_of(b"[target]\nname = \"a\0b\""), @r"
    error: there is a NUL byte here; this is no text file
      --> DIR/t.toml:2:10
      = help: save the file as UTF-8 (UTF-16 looks like this)
    ");
}

#[test]
fn no_utf8() {
    insta::assert_snapshot!(said_of(b"[target]\nname = \"\xff\xfe\""), @r"
    error: this is no UTF-8 text
      --> DIR/t.toml:2:9
      = help: save the file as UTF-8
    ");
}

#[test]
fn too_large() {
    insta::assert_snapshot!(said_of(&vec![b'#'; 10 << 20]), @r"
    error: DIR/t.toml can't be read: it is larger than 4 MiB
      = help: split it into several files
    ");
}

#[test]
fn nested_too_deeply() {
    let text = said_of(format!("a = {}", "[".repeat(100_000)).as_bytes());
    assert!(text.len() < 20_000, "{}", text.len());
    let text = said_of(format!("{}a = 1", "a.".repeat(1_000_000)).as_bytes());
    assert!(text.contains("nested too deeply"), "{text}");
}

#[test]
fn a_hundred_thousand_unknown_keys_are_not_all_listed() {
    let text: String = (0..100_000).map(|n| format!("key{n} = 1\n")).collect();
    let said = said_of(text.as_bytes());
    assert!(said.contains("further mistakes"), "{}", said.len());
    assert!(said.len() < 200_000, "{}", said.len());
}

#[test]
fn several_syntax_errors_at_once() {
    insta::assert_snapshot!(said_of(
        b"[target\nname = \nenvironment = \"lab\nrecipe = 'x'\nrecipe = 'y'\n"
    ));
}

#[test]
fn terminal_sequences_are_made_visible() {
    let text = said_of(b"[target]\n\"\\u001b[31mred\" = 1\n");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn secrets_that_stand_in_the_file_are_not_shown() {
    let text = said_of(
        br#"
[secrets]
admin = "s3cret-one"
[client.app]
id = "app"
auth = "client_secret_basic"
secret = "s3cret-two"
[client.b]
secret = { env = "RECANT_TEST_UNSET", x = "y" }
key = "s3cret-three" junk
[grant.user]
kind = 7
password = "s3cret-four" junk
[decision-log]
headers = { authorization = "Bearer s3cret-five" } junk
url = "https://user:s3cret-six@host/"
"#,
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_user_in_a_url_is_not_shown() {
    let text = said_of(b"[service.a]\nurl = \"https://user:s3cret-seven@host/\"\n");
    assert!(text.contains("has no user or password"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn paths_that_are_no_features() {
    let (folder, path) = written("notes.txt", b"hello");
    let missing = folder.path().join("missing.feature");
    let wrong = Named::find(&[path, folder.path().join("nothing")]).unwrap_err();
    assert_eq!(wrong.len(), 2);
    let named = Named::find(&[missing]).unwrap();
    assert!(Suite::of(&named.features).is_err());
}

#[test]
fn folders_are_walked_for_features_and_scenarios() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in
        ["b/two.feature", "a/one.feature", "scenarios/x.toml", "other/y.toml", ".hidden/z.feature"]
    {
        std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
        std::fs::write(at(name), "Feature: x\n  Scenario: y\n    Then z\n").unwrap();
    }
    std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
    let found = Named::find(&[at("a"), at("scenarios"), at("other")]).unwrap();
    assert_eq!(found.features, [(at("a/one.feature"), None)]);
    assert_eq!(found.scripts, [at("scenarios/x.toml")]);
    let all = Named::find(&[folder.path().to_owned()]).unwrap();
    assert_eq!(all.features.len(), 2);
    let one = Named::find(&[at("b/two.feature:2")]).unwrap();
    assert_eq!(one.features, [(at("b/two.feature"), Some(2))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_makes_the_readers_panic(text in "(?s).{0,400}") {
        let _ = Sheet::read(&Source::of_text("x.feature", &text));
        let (_folder, path) = written("t.toml", text.as_bytes());
        let _ = load_target(&path, &Overlay::default()).map_err(|p| render_problems(&p, true));
        let _ = Scripts::default().with_files(&[path]);
    }

    #[test]
    fn no_gherkin_like_text_makes_the_reader_panic(
        lines in proptest::collection::vec("( {0,3})(Feature: a|Rule:|Background:|Scenario: b|Scenario Outline: <c>|Examples:|Given <c>|And x|@t @u|\\| c \\| d|\\| c \\||\"\"\"|```json|# x|Senario: y|)", 0..40)
    ) {
        let text = lines.join("\n");
        if let Ok(sheet) = Sheet::read(&Source::of_text("x.feature", &text)) {
            prop_assert!(Sheet::rows(&sheet).count() <= lines.len());
        }
    }

    #[test]
    fn a_target_cut_anywhere_makes_no_panic(at in 0usize..8000, insert in "(?s).{0,3}") {
        let (_, text) = recant::plan::shipped::target("reference").unwrap();
        let at = (0..=at.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap();
        let cut = format!("{}{insert}", &text[..at]);
        let (_folder, path) = written("t.toml", cut.as_bytes());
        let _ = load_target(&path, &Overlay::default()).map_err(|p| render_problems(&p, false));
    }
}
