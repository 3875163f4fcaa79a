//! Runs to alter, and what somebody who alters them has at hand: a text editor, `sha256sum`, and recant itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use recant::attest::PublicKey;
use recant::model::hex;
use recant::report::{self, ATTESTATION, MANIFEST, Manifest, Record, Undo};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A scenario of three seconds.
const FEATURE: &str = "\
@requirement:enforcement/old-token-refused
Feature: An old token is refused
  Scenario: after role-removal
    Given the scenario \"role-removal\" has happened
    Then every service refuses the earlier token for what was lost, within its bound
";

/// What all tests share: written once, only read afterwards.
pub struct Shared {
    folder: tempfile::TempDir,
    /// The key that signed the runs.
    pub key: PublicKey,
}

/// A copy of a signed run, to be altered.
pub struct Stage {
    _folder: tempfile::TempDir,
    /// The run folder.
    pub run: PathBuf,
    /// Another run of the same suite, signed with the same key; not to be altered.
    pub other: PathBuf,
}

/// A day from today, UTC.
pub fn day(days: i64) -> String {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    today.saturating_add(jiff::Span::new().days(days)).to_string()
}

/// A waiver of the requirement that the run is about.
fn waiver(created: &str, expires: &str) -> String {
    format!(
        "[[waiver]]\nrequirement = \"E-01\"\ntarget = \"reference\"\nreason = \"a new gateway comes\"\n\
         owner = \"Reports team\"\ncreated = \"{created}\"\nexpires = \"{expires}\"\nticket = \"REP-17\"\n"
    )
}

pub fn recant(args: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(args).env_remove("RECANT_LOG").env("RECANT_BY", "the stage");
    command.output().expect("the binary runs")
}

pub fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        std::fs::write(at("x.feature"), FEATURE).expect("written");
        let waivers = at("waivers.toml");
        std::fs::write(&waivers, waiver(&day(0), &day(30))).expect("written");
        let key = at("key.pem");
        assert!(recant(&["keygen", "--out", &key]).status.success());
        for name in ["a", "b"] {
            let (out, feature) = (at(name), at("x.feature"));
            let run = ["run", "--quiet", "--sign-key", &key, "--out", &out, "--waivers", &waivers];
            let run = recant(&[&run[..], &["--controls", "PR.AC-4", &feature]].concat());
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        }
        let pem = std::fs::read_to_string(at("key.pem.pub.pem")).expect("the public key");
        let key = PublicKey::from_pem(&pem).expect("a key");
        Shared { folder, key }
    })
}

impl Shared {
    /// The path of something that was written once.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub fn stage() -> Stage {
    let shared = shared();
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("a folder");
    for entry in std::fs::read_dir(shared.path("a")).expect("the run") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), run.join(entry.file_name())).expect("copied");
    }
    Stage { _folder: folder, run, other: shared.path("b") }
}

impl Stage {
    pub fn at(&self, file: &str) -> PathBuf {
        self.run.join(file)
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.at(file)).expect(file)
    }

    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let at = self.at(file);
        std::fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
        std::fs::write(at, bytes).expect(file);
    }

    pub fn folder(&self, name: &str) {
        std::fs::create_dir(self.at(name)).expect("a folder");
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.at(file)).expect(file);
    }

    /// Takes a file of the other run.
    pub fn take(&self, file: &str) {
        std::fs::copy(self.other.join(file), self.at(file)).expect(file);
    }

    /// Alters one byte in the middle.
    pub fn flip(&self, file: &str) {
        let mut bytes = self.read(file);
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        self.write(file, bytes);
    }

    pub fn replace(&self, file: &str, was: &str, is: &str) {
        let text = String::from_utf8(self.read(file)).expect("UTF-8");
        assert!(text.contains(was), "{file} has no {was:?}");
        self.write(file, text.replacen(was, is, 1));
    }

    /// Edits a JSON file, keeping recant's way of writing it as far as order allows.
    pub fn edit(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.read(file)).expect(file);
        edit(&mut value);
        self.write(file, serde_json::to_vec_pretty(&value).expect("JSON"));
    }

    pub fn lines(&self, file: &str) -> Vec<String> {
        let text = String::from_utf8(self.read(file)).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }

    pub fn write_lines(&self, file: &str, lines: &[String]) {
        self.write(file, lines.iter().map(|l| format!("{l}\n")).collect::<String>());
    }

    /// Writes the manifest anew over whatever lies there, as somebody does who knows how it is made.
    pub fn seal(&self) {
        let was: Manifest = serde_json::from_slice(&self.read(MANIFEST)).expect("the manifest");
        let head = self.lines("history.jsonl").last().map(|l| hex(&Sha256::digest(l)));
        let head = head.unwrap_or_else(|| "0".repeat(64));
        let manifest = Manifest::of(&self.run, &was.run, &head).expect("read");
        self.write(MANIFEST, serde_json::to_vec_pretty(&manifest).expect("JSON"));
    }

    /// Edits the manifest itself.
    pub fn edit_manifest(&self, edit: impl FnOnce(&mut Manifest)) {
        let mut manifest: Manifest = serde_json::from_slice(&self.read(MANIFEST)).expect("it");
        edit(&mut manifest);
        self.write(MANIFEST, serde_json::to_vec_pretty(&manifest).expect("JSON"));
    }

    /// Rewrites the history as a chain that holds.
    pub fn chain(&self, edit: impl FnOnce(&mut Vec<Value>)) {
        let lines = self.lines("history.jsonl");
        let mut values: Vec<Value> =
            lines.iter().map(|l| serde_json::from_str(l).expect("a line")).collect();
        edit(&mut values);
        let mut prev = "0".repeat(64);
        let mut out = Vec::new();
        for (seq, mut value) in values.into_iter().enumerate() {
            value["seq"] = seq.into();
            value["prev"] = prev.into();
            let line = value.to_string();
            prev = hex(&Sha256::digest(&line));
            out.push(line);
        }
        self.write_lines("history.jsonl", &out);
    }

    /// Judges the record as it is now and writes every report and the manifest, with recant itself.
    pub fn report(&self) {
        self.remove(MANIFEST);
        let record = Record::open(&self.run).expect("a record");
        let undo = Undo { unrestored: Vec::new(), changed: true, ..Undo::default() };
        let report = record.report(&record.judge(), &undo);
        report::write(&self.run, &report, &record.view).expect("written");
    }

    /// Edits the stored report and writes everything that is made of it, consistently.
    pub fn report_as(&self, edit: impl FnOnce(&mut report::Report)) {
        let mut report = report::read(&self.run).expect("the report");
        edit(&mut report);
        let record = Record::open(&self.run).expect("a record");
        report::write(&self.run, &report, &record.view).expect("written");
    }

    /// Signs with a key that nobody trusts.
    pub fn sign_as_somebody(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.pem");
        let key = key.to_str().expect("UTF-8");
        assert!(recant(&["keygen", "--out", key]).status.success());
        let run = self.run.to_str().expect("UTF-8");
        let signed = recant(&["sign", run, "--key", key]);
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    }

    /// Edits what the attestation says, without a key.
    pub fn edit_statement(&self, edit: impl FnOnce(&mut Value)) {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        self.edit(ATTESTATION, |envelope| {
            let payload = envelope["payload"].as_str().expect("a payload");
            let payload = STANDARD.decode(payload).expect("base64");
            let mut statement: Value = serde_json::from_slice(&payload).expect("a statement");
            edit(&mut statement);
            envelope["payload"] = STANDARD.encode(statement.to_string()).into();
        });
    }
}

/// Every file with its bytes.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").path());
    entries.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
}
