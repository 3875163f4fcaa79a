//! The commands as people and pipelines use them.

use std::path::{Path, PathBuf};
use std::process::Output;

use recant::report::{ATTESTATION, MANIFEST};
use serde_json::Value;

use super::stage::{recant, shared, snapshot, stage};

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn verifying_says_what_it_looked_at_and_what_it_does_not_prove() {
    let stage = stage();
    let before = snapshot(&stage.run);
    let key = shared().path("key.pem.pub.pem");
    let output = recant(&["verify", text(&stage.run), "--key", text(&key)]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    for said in [
        "history      ok      ",
        "findings     ok      ",
        "signature    ok      manifest and reports are signed by the key ",
        "not proven   that the owner of the key made this",
        "not proven   that the system which was driven is the one that is named",
        "evidence     intact",
    ] {
        assert!(out(&output).contains(said), "{said}: {}", out(&output));
    }
    assert_eq!(snapshot(&stage.run), before, "nothing was written");
    let output = recant(&["verify", text(&stage.run)]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("signature    beware  signed, but no key was given"));
    assert_eq!(code(&recant(&["verify", "--strict", text(&stage.run)])), 3);
    let quiet = recant(&["verify", "--quiet", text(&stage.run)]);
    assert!(!out(&quiet).contains(" ok "), "{}", out(&quiet));
}

#[test]
fn programs_read_it() {
    let stage = stage();
    stage.write("note.txt", "\u{1b}[2J");
    let output = recant(&["verify", "--format", "json", text(&stage.run)]);
    assert_eq!(code(&output), 5);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["evidence"], "not-to-be-trusted");
    assert_eq!(said["exit_code"], 5);
    let schema = recant::cli::verify::verify_schema().to_value();
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(schema.is_valid(&said), "{said}");
    let checks = said["checks"].as_array().expect("checks");
    let files = checks.iter().find(|c| c["check"] == "files").expect("files");
    assert_eq!(files["word"], "failed");
}

#[test]
fn what_is_no_run_or_no_key_is_said() {
    let stage = stage();
    let output = recant(&["verify", text(&stage.run.join("nowhere"))]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    let private = shared().path("key.pem");
    for key in [private.as_path(), Path::new("no-such-key.pem"), &stage.at("plan.json")] {
        let output = recant(&["verify", text(&stage.run), "--key", text(key)]);
        assert_eq!(code(&output), 2, "{}", err(&output));
        assert!(err(&output).contains(text(key)), "{}", err(&output));
        assert!(!err(&output).contains("MC4"), "nothing of a key is shown: {}", err(&output));
    }
    let empty = tempfile::tempdir().expect("a folder");
    let output = recant(&["verify", text(empty.path())]);
    assert_eq!(code(&output), 5);
    assert!(out(&output).contains("there is no manifest.json"), "{}", out(&output));
}

#[test]
fn a_key_is_made_for_its_owner_only_and_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key.pem");
    let output = recant(&["keygen", "--out", text(&key)]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let private = std::fs::read_to_string(&key).expect("the key");
    let digits = private.lines().nth(1).expect("a line");
    assert!(!out(&output).contains(digits));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&key).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // One that others may read is not used.
        let other = folder.path().join("open.pem");
        std::fs::write(&other, &private).expect("written");
        std::fs::set_permissions(&other, PermissionsExt::from_mode(0o644)).expect("set");
        let output = recant(&["sign", text(&stage().run), "--key", text(&other)]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("chmod 600"), "{}", err(&output));
    }
    let again = recant(&["keygen", "--out", text(&key)]);
    assert_eq!(code(&again), 2, "{}", err(&again));
    assert_eq!(std::fs::read_to_string(&key).expect("the key"), private);
}

#[test]
fn a_run_signs_itself_and_keeps_its_key_to_itself() {
    let private = std::fs::read_to_string(shared().path("key.pem")).expect("the key");
    let digits = private.lines().nth(1).expect("a line");
    for (path, bytes) in snapshot(&shared().path("a")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(digits), "{} holds the key", path.display());
    }
    // A key that can't be read is told before anything is sent.
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let output = recant(&["run", "--sign-key", "no-such-key.pem", "--out", text(&run)]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(!run.exists());
}

/// A new key in a folder: the private part, and the public one.
fn another_key(folder: &Path) -> (PathBuf, PathBuf) {
    let private = folder.join("other.pem");
    assert_eq!(code(&recant(&["keygen", "--quiet", "--out", text(&private)])), 0);
    (private, folder.join("other.pem.pub.pem"))
}

#[test]
fn only_what_verifies_is_signed_and_a_second_key_signs_beside_the_first() {
    let stage = stage();
    let folder = tempfile::tempdir().expect("a folder");
    let (second, public) = another_key(folder.path());
    let output = recant(&["sign", text(&stage.run), "--key", text(&second)]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let first = shared().path("key.pem.pub.pem");
    let both = ["--key", text(&first), "--key", text(&public)];
    let verify = |keys: &[&str]| code(&recant(&[&["verify", text(&stage.run)], keys].concat()));
    assert_eq!(verify(&both), 0, "each of both has signed");
    // What is reported anew is something else: the old signatures go.
    stage.report();
    assert_eq!(code(&recant(&["sign", text(&stage.run), "--key", text(&second)])), 0);
    assert_eq!(verify(&["--key", text(&public)]), 0);
    stage.edit("plan.json", |plan| plan["command"] = serde_json::json!(["recant"]));
    let before = stage.read(ATTESTATION);
    let output = recant(&["sign", text(&stage.run), "--key", text(&second)]);
    assert_eq!(code(&output), 5);
    assert!(err(&output).contains("nothing is signed"), "{}", err(&output));
    assert_eq!(stage.read(ATTESTATION), before);
}

#[test]
fn a_signature_in_the_place_of_the_one_that_was_to_be_is_told() {
    let stage = stage();
    let folder = tempfile::tempdir().expect("a folder");
    let (other, public) = another_key(folder.path());
    stage.remove(ATTESTATION);
    assert_eq!(code(&recant(&["sign", text(&stage.run), "--key", text(&other)])), 0);
    let output = recant(&["verify", "--strict", text(&stage.run), "--key", text(&public)]);
    assert_eq!(code(&output), 3, "{}", out(&output));
    assert!(out(&output).contains("; it was to be signed by the key"), "{}", out(&output));
}

#[test]
fn assessment_results_are_signed_as_trestle_reads_them() {
    use recant::attest::{Envelope, PublicKey};
    use recant::report::oscal::signing::Signing;
    let stage = stage();
    let folder = tempfile::tempdir().expect("a folder");
    let key = shared().path("key.pem");
    let path = folder.path().join("out/ar.json");
    let sign = |path: &Path| {
        recant(&["sign", text(&stage.run), "--key", text(&key), "--oscal", text(path)])
    };
    let output = sign(&path);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let read = |path: &Path| std::fs::read(path).expect("written");
    let document: Value = serde_json::from_slice(&read(&path)).expect("JSON");
    let envelope = folder.path().join("out/ar.json.dsse.json");
    let envelope: Envelope = serde_json::from_slice(&read(&envelope)).expect("an envelope");
    let public = std::fs::read_to_string(shared().path("key.pem.pub.pem")).expect("the key");
    let public = PublicKey::from_pem(&public).expect("a public key");
    let payload = envelope.verified("application/vnd.in-toto+json", &[public]).expect("signed");
    let signed: Signing = serde_json::from_slice(&payload).expect("a statement");
    assert_eq!(signed, Signing::of("ar.json", &document).expect("canonical"));
    let mut altered = document;
    altered["assessment-results"]["metadata"]["title"] = "another".into();
    assert_ne!(signed, Signing::of("ar.json", &altered).expect("canonical"));
    // The run folder is sealed: nothing is added to it.
    let output = sign(&stage.run.join("ar.json"));
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(!stage.run.join("ar.json").exists());
}

#[test]
fn the_statement_is_one_of_in_toto() {
    use base64::Engine as _;
    let stage = stage();
    let envelope: Value = serde_json::from_slice(&stage.read(ATTESTATION)).expect("JSON");
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    let payload = envelope["payload"].as_str().expect("a payload");
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).expect("base64");
    let statement: Value = serde_json::from_slice(&payload).expect("a statement");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
    let (_, manifest) = recant::report::digest(&stage.at(MANIFEST)).expect("the manifest");
    assert_eq!(statement["subject"][0]["name"], MANIFEST);
    assert_eq!(statement["subject"][0]["digest"]["sha256"], manifest.as_str());
    let predicate = &statement["predicate"];
    assert_eq!(predicate["result"], "PASSED");
    assert_eq!(predicate["passedTests"], serde_json::json!(["enforcement/old-token-refused"]));
    assert_eq!(predicate["failedTests"], serde_json::json!([]));
    assert_eq!(predicate["configuration"][0]["name"], "plan.json");
}
