//! A run of two scenarios in three shards, so that one of them is empty; and the same run whole.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use recant::report::{MANIFEST, Manifest};
use serde_json::Value;

/// A script that both scenarios ask about: it is driven in each of their shards.
pub const FEATURE: &str = "\
Feature: What is lost is gone
  Scenario: at services
    Given the scenario \"role-removal\" has happened
    Then every service refuses the earlier token for what was lost, within its bound

  Scenario: at the issuer
    Given the scenario \"role-removal\" has happened
    Then introspection tells what is true now
";

/// The second of them only the first scenario is evidence for.
pub const CONTROLS: &str = "PR.AC-4,ASVS v5.0.0-8.3.2";

pub struct Shared {
    folder: tempfile::TempDir,
}

/// Copies of what was run, to be altered.
pub struct Stage {
    folder: tempfile::TempDir,
}

pub fn recant(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(args).env_remove("RECANT_LOG").env_remove("GITHUB_ACTIONS");
    command.output().expect("the binary runs")
}

/// Exit code and everything that was said.
pub fn said(args: &[&str]) -> (i32, String) {
    let output = recant(args);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("it was not killed"), String::from_utf8_lossy(&text).into_owned())
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a kind").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("copied")),
        }
    }
}

impl Shared {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, out: &str, feature: &str, more: &[&str]) {
        let (out, feature) = (self.path(out), self.path(feature));
        let run = ["run", "--quiet", "--out", text(&out)];
        let (code, said) = said(&[&run[..], more, &[text(&feature)]].concat());
        assert_eq!(code, 0, "{said}");
    }
}

/// `1`, `2` and `3` are the shards, `whole` is the run in one, `merged` what the shards are merged to, `key` signs; the others
/// are shards of other plans.
pub fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let shared = Shared { folder: tempfile::tempdir().expect("a folder") };
        std::fs::write(shared.path("x.feature"), FEATURE).expect("written");
        std::fs::create_dir(shared.path("more")).expect("a folder");
        std::fs::write(shared.path("more/x.feature"), format!("{FEATURE}# more\n"))
            .expect("written");
        assert_eq!(said(&["keygen", "--out", text(&shared.path("key"))]).0, 0);
        let asked = ["--controls", CONTROLS];
        shared.run("whole", "x.feature", &asked);
        for shard in ["1", "2", "3"] {
            let cut = format!("{shard}/3");
            shared.run(shard, "x.feature", &[&asked[..], &["--shard", &cut]].concat());
        }
        for (name, more) in [
            ("uncontrolled", &["--shard", "1/3"][..]),
            ("seeded", &["--seed", "7", "--controls", CONTROLS, "--shard", "1/3"]),
            ("fewer", &["--controls", CONTROLS, "--shard", "1/2"]),
            ("again", &["--controls", CONTROLS, "--shard", "1/3"]),
        ] {
            shared.run(name, "x.feature", more);
        }
        shared.run("suite", "more/x.feature", &[&asked[..], &["--shard", "1/3"]].concat());
        let [a, b, c, out] = ["1", "2", "3", "merged"].map(|name| shared.path(name));
        // In another order than they are numbered in.
        let merge = ["merge", "--quiet", text(&c), text(&a), text(&b), "--out", text(&out)];
        let (code, said) = said(&merge);
        assert_eq!(code, 0, "{said}");
        shared
    })
}

/// Copies of some of it, by name.
pub fn stage(names: &[&str]) -> Stage {
    let stage = Stage { folder: tempfile::tempdir().expect("a folder") };
    for name in names {
        copy(&shared().path(name), &stage.path(name));
    }
    stage
}

impl Stage {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path(file)).expect(file)
    }

    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), bytes).expect(file);
    }

    pub fn edit(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.read(file)).expect(file);
        edit(&mut value);
        self.write(file, serde_json::to_vec_pretty(&value).expect("JSON"));
    }

    pub fn replace(&self, file: &str, was: &str, is: &str) {
        let text = String::from_utf8(self.read(file)).expect("UTF-8");
        assert!(text.contains(was), "{file} has no {was:?}");
        self.write(file, text.replacen(was, is, 1));
    }

    /// Alters one byte in the middle.
    pub fn flip(&self, file: &str) {
        let mut bytes = self.read(file);
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        self.write(file, bytes);
    }

    pub fn swap(&self, a: &str, b: &str) {
        let (a, b) = (self.path(a), self.path(b));
        let between = self.path("between");
        std::fs::rename(&a, &between).expect("moved");
        std::fs::rename(&b, &a).expect("moved");
        std::fs::rename(&between, &b).expect("moved");
    }

    /// Writes the manifest of a folder anew over whatever lies there.
    pub fn seal(&self, folder: &str) {
        let path = self.path(folder).join(MANIFEST);
        let was: Manifest =
            serde_json::from_slice(&std::fs::read(&path).expect("it")).expect("the manifest");
        let now = Manifest::of(&self.path(folder), &was.run, &was.history_head).expect("read");
        std::fs::write(path, serde_json::to_vec_pretty(&now).expect("JSON")).expect("written");
    }

    /// Seals a shard of the merged run anew, says so in the plan, and seals the whole anew.
    pub fn seal_shard(&self, number: usize) {
        self.seal(&format!("merged/shards/{number}"));
        let manifest = self.path(&format!("merged/shards/{number}")).join(MANIFEST);
        let (_, sha256) = recant::report::digest(&manifest).expect("read");
        self.edit("merged/plan.json", |p| p["shards"][number - 1]["manifest"] = sha256.into());
        self.seal("merged");
    }
}
