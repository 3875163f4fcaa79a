//! A service whose tokens come of an exchange, on the reference system as a process: what is scripted reaches it through its
//! exchange, and what goes wrong there is noticed there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const ADMIN: &str = "admin-secret-of-this-test";

const ASKED: &str = "@T-07 or @T-08 or @T-14 or @P-07 or @E-03 or @E-11 or @E-13";

/// The reference system, and a target file in which `orders` stands behind an exchange of its own.
struct System {
    process: Child,
    target: PathBuf,
}

impl System {
    /// `orders` has the grant `by`: `swap` is its own, `exchange` that of the subjects.
    fn start(folder: &Path, by: &str, fault: Option<&str>) -> Self {
        let target = folder.join("target.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        command.args(["reference", "--listen", "127.0.0.1:0", "--write-target"]).arg(&target);
        command.args(fault.iter().flat_map(|fault| ["--fault", fault]));
        command.env("RECANT_REFERENCE_ADMIN", ADMIN).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let shipped = std::fs::read_to_string(&target).unwrap();
        let own = format!("[service.orders]\ngrant = \"{by}\"");
        let swap = "[grant.swap]\nkind = \"token-exchange\"\nissuer = \"main\"\nclient = \"gateway\"\n\
                    parameters = { resource = \"{audience}\" }\n\n[subject]\n";
        let text = shipped.replacen("[service.orders]", &own, 1).replacen("[subject]\n", swap, 1);
        assert_ne!(text, shipped);
        std::fs::write(&target, text).unwrap();
        Self { process, target }
    }

    /// Verdicts at `orders` by requirement and scenario, and the exit code.
    fn findings(&self, out: &Path) -> (i32, Vec<(String, String, String)>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        command.args(["run", "--quiet", "--tags", ASKED, "--target"]).arg(&self.target);
        command.arg("--out").arg(out).env("RECANT_REFERENCE_ADMIN", ADMIN);
        command.envs(recant::reference::client_secrets());
        let done = command.output().unwrap();
        let text = std::fs::read_to_string(out.join("findings.json"));
        let text = text.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        let word = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("").to_owned();
        let here = all.iter().filter(|finding| finding["service"] == "orders");
        let here = here.map(|f| (word(f, "alias"), word(f, "scenario"), word(f, "verdict")));
        (done.status.code().unwrap(), here.collect())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn what_is_right_there_is_seen_to_be_right() {
    all_is_right("swap");
}

#[test]
fn so_it_is_behind_the_exchange_of_the_subjects() {
    all_is_right("exchange");
}

fn all_is_right(by: &str) {
    let folder = tempfile::tempdir().unwrap();
    let system = System::start(folder.path(), by, None);
    let (code, found) = system.findings(&folder.path().join("run"));
    let other: Vec<_> = found.iter().filter(|(.., v)| v != "pass" && v != "bounded").collect();
    assert!(other.is_empty() && code == 0, "exit {code}: {other:?}");
    for (alias, scenario) in [
        ("T-07", "token-exchange"),
        ("T-08", "token-exchange"),
        ("T-14", "token-exchange"),
        ("T-14", "refreshed-later"),
        ("E-03", "client-disabled"),
        ("E-13", "restart-after-revocation"),
    ] {
        let passed =
            |(a, s, v): &(String, String, String)| a == alias && s == scenario && v == "pass";
        assert!(found.iter().any(passed), "{alias} after {scenario}: {found:?}");
    }
}

#[test]
fn a_revoked_sign_in_that_is_still_exchanged_is_noticed_there() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::start(folder.path(), "swap", Some("exchange-of-the-dead"));
    let (code, found) = system.findings(&folder.path().join("run"));
    let failed =
        |(alias, _, verdict): &&(String, String, String)| alias == "T-08" && verdict == "fail";
    let mut after: Vec<_> = found.iter().filter(failed).map(|(_, after, _)| &**after).collect();
    after.sort_unstable();
    let every = [
        "exchange-after-consent-withdrawn",
        "exchange-after-expiry",
        "exchange-after-sessions-ended",
        "token-exchange",
    ];
    assert_eq!((code, after), (1, every.to_vec()), "{found:?}");
}
