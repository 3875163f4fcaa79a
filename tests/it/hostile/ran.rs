//! The binary against a system, with what it did to memory, time and its folder.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use tokio::process::{Child, Command};

use super::system::{ADMIN_SECRET, APP_SECRET, System};

const TARGET: &str = include_str!("target.toml");
pub const FEATURE: &str = include_str!("hostile.feature");

/// More children at once would only make each other slow.
static AT_ONCE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(3);

/// A folder with a target file, a recipe and a feature.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

/// What a run came to.
pub struct Ran {
    pub code: Option<i32>,
    pub said: String,
    /// `VmHWM`, MiB.
    pub peak: u64,
    pub took: Duration,
}

impl Bench {
    /// `edits` are replacements in the target file.
    pub fn new(base: &str, edits: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut target = TARGET.replace("BASE", base);
        for (from, to) in edits {
            assert!(target.contains(from), "{from}");
            target = target.replace(from, to);
        }
        let bench = Self { folder };
        bench.write("target.toml", &target);
        bench.write("recipe.toml", include_str!("recipe.toml"));
        bench.write("hostile.feature", FEATURE);
        bench
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        for name in ["RECANT_LOG", "NO_COLOR", "CLICOLOR_FORCE", "http_proxy", "https_proxy"] {
            command.env_remove(name);
        }
        command.args(args).current_dir(self.folder.path()).kill_on_drop(true);
        command.env("HOSTILE_ADMIN", ADMIN_SECRET).env("HOSTILE_APP", APP_SECRET);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `recant run` on the bench's files.
    pub fn run(&self) -> Command {
        let file = ["run", "--target", "target.toml", "--out", "out", "hostile.feature"];
        self.command(&file)
    }

    pub async fn ran(&self) -> Ran {
        let _turn = AT_ONCE.acquire().await.unwrap();
        let began = Instant::now();
        let child = self.run().spawn().unwrap();
        let (output, peak) = watched(child).await;
        Ran { code: output.status.code(), said: said(&output), peak, took: began.elapsed() }
    }

    /// The exit code and the words of another command.
    pub async fn ask(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = self.command(args).output().await.unwrap();
        (output.status.code(), said(&output))
    }

    /// Everything that lies in the run folder, by name.
    pub fn wrote(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        files(&self.path("out"), &mut all);
        all
    }
}

pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn files(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), all);
        } else {
            let text = std::fs::read(entry.path()).unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            all.push((name, String::from_utf8(text).expect("recant writes UTF-8")));
        }
    }
}

/// Waits for a child and looks at its peak memory meanwhile: the kernel forgets it when the child ends.
async fn watched(child: Child) -> (Output, u64) {
    let status = format!("/proc/{}/status", child.id().unwrap());
    let mut peak = 0;
    let mut ended = std::pin::pin!(child.wait_with_output());
    loop {
        tokio::select! {
            output = &mut ended => return (output.unwrap(), peak),
            () = tokio::time::sleep(Duration::from_millis(15)) => {
                let text = std::fs::read_to_string(&status).unwrap_or_default();
                let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
                let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
                peak = peak.max(kib.unwrap_or_default() / 1024);
            }
        }
    }
}

/// What must hold of every run, whatever the system did: bounded, no panic, no secret, nothing that a terminal or a
/// reader of reports would obey. Says what is wrong.
pub fn wrong_with(ran: &Ran, bench: &Bench, system: &System) -> Vec<String> {
    let mut wrong = Vec::new();
    if ran.peak > 300 {
        wrong.push(format!("{} MiB of memory", ran.peak));
    }
    if ran.took > Duration::from_secs(60) {
        wrong.push(format!("{:?}", ran.took));
    }
    let mut all = bench.wrote();
    all.push(("terminal".into(), ran.said.clone()));
    let secrets = secrets(system);
    for (name, text) in &all {
        for mark in ["panicked", "recant made a mistake", "RUST_BACKTRACE", "please report"] {
            if text.contains(mark) {
                wrong.push(format!("{name}: {mark}"));
            }
        }
        for secret in &secrets {
            if let Some(at) = text.find(secret.as_str()) {
                let before: String = text[..at].chars().rev().take(120).collect();
                let before: String = before.chars().rev().collect();
                wrong.push(format!("{name}: a secret {secret:.12} after {before:?}"));
                break;
            }
        }
        let obeyed =
            matches!(name.as_str(), "terminal" | "report.md" | "report.html" | "junit.xml");
        if let Some(c) = text.chars().find(|c| obeyed && is_obeyed(*c)) {
            let line = text.lines().find(|l| l.contains(c)).unwrap_or_default();
            wrong.push(format!("{name}: {c:?} in {line:.200?}"));
        }
        if let Some(line) = text.lines().find(|l| obeyed && is_command(l)) {
            wrong.push(format!("{name}: {line:.200?}"));
        }
    }
    wrong
}

/// Secrets in the forms in which software repeats them.
fn secrets(system: &System) -> Vec<String> {
    let mut plain: Vec<String> = system.world().secrets.clone();
    plain.extend([APP_SECRET.to_owned(), ADMIN_SECRET.to_owned()]);
    plain.retain(|s| s.len() >= 8);
    // The beginning of a secret is more than anybody should see.
    plain.extend([APP_SECRET[..12].to_owned(), ADMIN_SECRET[..12].to_owned()]);
    let mut all = Vec::new();
    for secret in plain {
        all.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        all.push(secret.replace('/', "\\/"));
        all.push(base64::engine::general_purpose::STANDARD.encode(&secret));
        all.push(secret);
    }
    all.sort();
    all.dedup();
    all
}

fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
}

fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##vso[") || line.contains("##[")
}
