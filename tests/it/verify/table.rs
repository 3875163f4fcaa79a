//! The table of attacks: what somebody does to a signed run, and the check that catches it.

use recant::cli::verify::Name;
use recant::model::{Verdict, Waived, WaiverStanding};
use recant::report::{ATTESTATION, Entry, MANIFEST};
use recant::requirements::Catalog;
use serde_json::{Value, json};

use super::stage::{Stage, day};

/// An attack.
#[derive(Clone, Copy)]
pub struct Attack {
    /// What is done.
    pub what: &'static str,
    /// How.
    pub does: fn(&Stage),
    /// The check that catches it, even without a key.
    pub caught_by: Name,
}

const fn attack(what: &'static str, caught_by: Name, does: fn(&Stage)) -> Attack {
    Attack { what, does, caught_by }
}

/// A token as it goes over the wire; what it says is made up.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

/// Files altered, the manifest as it was.
pub const FILES: &[Attack] = &[
    attack("a byte of the history", Name::Files, |s| s.flip("history.jsonl")),
    attack("a byte of the plan", Name::Files, |s| s.flip("plan.json")),
    attack("a byte of the findings", Name::Files, |s| s.flip("findings.json")),
    attack("a byte of the report", Name::Files, |s| s.flip("report.json")),
    attack("a byte of the Markdown", Name::Files, |s| s.flip("report.md")),
    attack("a byte of the JUnit file", Name::Files, |s| s.flip("junit.xml")),
    attack("a byte of the undo journal", Name::Files, |s| s.flip("undo.jsonl")),
    attack("a file added", Name::Files, |s| s.write("note.txt", "all is well")),
    attack("a hidden file added", Name::Files, |s| s.write(".note", "all is well")),
    attack("text in the lock", Name::Files, |s| s.write(".run.lock", "all is well")),
    attack("a folder added", Name::Files, |s| s.write("more/note.txt", "all is well")),
    attack("an empty folder added", Name::Folder, |s| s.folder("more")),
    attack("a report removed", Name::Files, |s| s.remove("report.md")),
    attack("the history removed", Name::Files, |s| s.remove("history.jsonl")),
    attack("the manifest removed", Name::Manifest, |s| s.remove(MANIFEST)),
    attack("the attestation removed", Name::Signature, |s| s.remove(ATTESTATION)),
    attack("a report cut off", Name::Files, |s| {
        let bytes = s.read("report.md");
        s.write("report.md", &bytes[..bytes.len() - 40]);
    }),
    attack("two files swapped", Name::Files, |s| {
        let (a, b) = (s.read("report.md"), s.read("junit.xml"));
        s.write("report.md", b);
        s.write("junit.xml", a);
    }),
    attack("the history's last line cut off", Name::History, |s| {
        let lines = s.lines("history.jsonl");
        s.write_lines("history.jsonl", &lines[..lines.len() - 1]);
    }),
    attack("the history of another run", Name::Files, |s| s.take("history.jsonl")),
    attack("the report of another run", Name::Files, |s| s.take("report.json")),
    attack("the manifest of another run", Name::Files, |s| s.take(MANIFEST)),
    attack("a name that differs in case only", Name::Folder, |s| s.write("Report.md", "x")),
    #[cfg(unix)]
    attack("a link to a file elsewhere", Name::Folder, |s| {
        s.remove("report.md");
        std::os::unix::fs::symlink("/etc/hostname", s.at("report.md")).expect("a link");
    }),
    #[cfg(unix)]
    attack("a link to a folder elsewhere", Name::Folder, |s| {
        std::os::unix::fs::symlink(&s.other, s.at("more")).expect("a link");
    }),
];

/// The manifest altered.
pub const MANIFESTS: &[Attack] = &[
    attack("a path out of the folder", Name::Manifest, |s| {
        s.edit_manifest(|m| m.files.push(entry("../b/report.md")));
    }),
    attack("an absolute path", Name::Manifest, |s| {
        s.edit_manifest(|m| m.files.insert(0, entry("/etc/hostname")));
    }),
    attack("a file listed twice", Name::Manifest, |s| {
        s.edit_manifest(|m| m.files.insert(1, m.files[0].clone()));
    }),
    attack("files in another order", Name::Manifest, |s| s.edit_manifest(|m| m.files.swap(0, 1))),
    attack("a file no longer listed", Name::Files, |s| {
        s.edit_manifest(|m| m.files.retain(|e| e.path != "report.md"));
    }),
    attack("a size", Name::Files, |s| s.edit_manifest(|m| m.files[0].size += 1)),
    attack("a digest", Name::Root, |s| {
        s.edit_manifest(|m| m.files[0].sha256 = "0".repeat(64));
    }),
    attack("the root", Name::Root, |s| s.edit_manifest(|m| m.root = "0".repeat(64))),
    attack("no root", Name::Root, |s| s.edit_manifest(|m| m.root = String::new())),
    attack("the head of the history", Name::History, |s| {
        s.edit_manifest(|m| m.history_head = "0".repeat(64));
    }),
    attack("the name of the run", Name::Plan, |s| s.edit_manifest(|m| m.run = "another".into())),
    attack("another format", Name::Manifest, |s| {
        s.edit_manifest(|m| m.format = "recant-manifest/v0".into());
    }),
];

/// Files altered, and the manifest written anew over them.
pub const SEALED: &[Attack] = &[
    attack("a verdict in the findings", Name::Findings, |s| {
        s.replace("findings.json", "\"pass\"", "\"fail\"");
        s.seal();
    }),
    attack("a verdict in findings and report", Name::Report, |s| {
        s.report_as(|r| r.findings[0].verdict = Verdict::NotApplicable);
    }),
    attack("a finding less, counted right", Name::Report, |s| {
        s.report_as(|r| {
            r.findings.pop();
            r.counts.findings = recant::report::FindingCounts::of(&r.findings);
        });
    }),
    attack("a reason in the report", Name::Report, |s| {
        s.report_as(|r| r.findings[0].because = "all is well".into());
    }),
    attack("a count", Name::Counts, |s| s.report_as(|r| r.counts.operations.calls += 1)),
    attack("a scenario not run, counted as run", Name::Counts, |s| {
        s.report_as(|r| r.counts.scenarios.run += 1);
    }),
    attack("what is said of the selftest", Name::Report, |s| {
        s.report_as(|r| r.calibration.noticed += 1000);
    }),
    attack("the Markdown", Name::Renders, |s| {
        s.write("report.md", "# all is well\n");
        s.seal();
    }),
    attack("the JUnit file", Name::Renders, |s| {
        s.write("junit.xml", "<testsuites/>");
        s.seal();
    }),
    attack("a report left out", Name::Renders, |s| {
        s.remove("junit.xml");
        s.seal();
    }),
    attack("a file that recant does not write", Name::Renders, |s| {
        s.write("approval.txt", "approved");
        s.seal();
    }),
    attack("the plan of another run", Name::History, |s| {
        s.take("plan.json");
        s.seal();
    }),
    attack("a bound in the plan", Name::Plan, |s| {
        plan(s, |p| p["bounds"]["cache"] = json!(86_400_000));
    }),
    attack("an owner in the plan", Name::Plan, |s| plan(s, |p| p["owners"] = json!([]))),
    attack("a scenario taken out of the plan", Name::Plan, |s| {
        plan(s, |p| p["scenarios"] = json!([]));
    }),
    attack("a scenario that ran said to be left out", Name::Plan, |s| {
        plan(s, |p| p["scenarios"][0]["selected"] = json!(false));
    }),
    attack("the version that drove", Name::Plan, |s| plan(s, |p| p["tool"] = json!("0.0.1"))),
    attack("what is waived taken out of the plan", Name::Plan, |s| {
        plan(s, |p| drop(p.as_object_mut().expect("a plan").remove("waivers")));
    }),
    attack("a waiver's last day in the plan", Name::Waivers, |s| {
        plan(s, |p| p["waivers"]["all"][0]["expires"] = json!(day(60)));
    }),
    attack("who ran it in the plan, reported anew", Name::Plan, |s| {
        s.edit("plan.json", |p| p["by"]["name"] = json!("somebody else"));
        s.report();
    }),
    attack("the target's version in the plan, reported anew", Name::Plan, |s| {
        s.edit("plan.json", |p| p["target_version"] = json!("9.9"));
        s.report();
    }),
    attack("a waiver in the plan, reported anew", Name::Plan, |s| {
        s.edit("plan.json", |p| p["waivers"]["all"][0]["requirements"] = json!(["token/x"]));
        s.report();
    }),
    attack("a control that was asked for taken out of the plan", Name::Plan, |s| {
        plan(s, |p| drop(p.as_object_mut().expect("a plan").remove("controls")));
    }),
    attack("a finding said to be waived", Name::Report, |s| {
        s.report_as(|r| {
            let waived = r.waivers[0].waiver.clone();
            r.findings[0].waiver = Some(Waived {
                standing: WaiverStanding::InForce,
                owner: waived.owner,
                reason: waived.reason,
                created: waived.created,
                expires: waived.expires,
                ticket: waived.ticket,
            });
        });
    }),
    attack("a waiver taken out of the report", Name::Report, |s| {
        s.report_as(|r| r.waivers.clear());
    }),
    attack("a control that was asked for taken out of the report", Name::Report, |s| {
        s.report_as(|r| r.selection.controls.clear());
    }),
    attack("the undo journal emptied", Name::Undo, |s| {
        s.write("undo.jsonl", "");
        s.seal();
    }),
    attack("a change taken out of the undo journal", Name::Undo, |s| {
        let mut lines = s.lines("undo.jsonl");
        lines.retain(|l| !l.contains("remove role"));
        s.write_lines("undo.jsonl", &lines);
        s.seal();
    }),
    attack("an undo that is not closed", Name::Undo, |s| {
        let mut lines = s.lines("undo.jsonl");
        lines.pop();
        s.write_lines("undo.jsonl", &lines);
        s.seal();
    }),
    attack("a token in the plan", Name::Secrets, |s| plan(s, |p| p["command"] = json!([TOKEN]))),
    attack("a token in a header", Name::Secrets, |s| {
        plan(s, |p| p["command"] = json!(["Authorization: Bearer 8f3c1e0a9d7b4c55a1e2d3f4"]));
    }),
    attack("a private key", Name::Secrets, |s| {
        plan(s, |p| p["command"] = json!(["-----BEGIN EC PRIVATE KEY-----"]));
    }),
];

/// The history altered, the manifest written anew over it.
pub const HISTORIES: &[Attack] = &[
    attack("an answer turned", Name::History, |s| {
        s.replace("history.jsonl", "\"accepted\"", "{\"unknown\":\"x\"}");
        s.seal();
    }),
    attack("a line taken out", Name::History, |s| {
        let mut lines = s.lines("history.jsonl");
        lines.remove(40);
        s.write_lines("history.jsonl", &lines);
        s.seal();
    }),
    attack("two lines swapped", Name::History, |s| {
        let mut lines = s.lines("history.jsonl");
        lines.swap(40, 41);
        s.write_lines("history.jsonl", &lines);
        s.seal();
    }),
    attack("a line twice", Name::History, |s| {
        let mut lines = s.lines("history.jsonl");
        lines.insert(41, lines[40].clone());
        s.write_lines("history.jsonl", &lines);
        s.seal();
    }),
    attack("a line after the last", Name::History, |s| {
        let mut lines = s.lines("history.jsonl");
        lines.push(lines[lines.len() - 1].clone());
        s.write_lines("history.jsonl", &lines);
        s.seal();
    }),
    attack("the first line taken out", Name::History, |s| {
        let lines = s.lines("history.jsonl");
        s.write_lines("history.jsonl", &lines[1..]);
        s.seal();
    }),
    attack("the end taken off, and the chain and the seal made good", Name::History, |s| {
        s.chain(|lines| lines.truncate(400));
        s.seal();
    }),
    attack("an answer before its request, chained and reported anew", Name::Times, |s| {
        s.chain(|lines| {
            let late = lines.iter_mut().filter(|l| l.get("complete").is_some()).nth(20);
            late.expect("an answer")["complete"]["at"] = json!(1);
        });
        s.report();
    }),
    attack("an op taken out, chained and reported anew", Name::Times, |s| {
        s.chain(|lines| lines.retain(|l| op(l) != Some(100)));
        s.report();
    }),
    attack("a waiver of a year, chained and reported anew", Name::Waivers, |s| {
        waived(s, |w| w["all"][0]["expires"] = json!(day(365)));
    }),
    attack(
        "a waiver of ten years by its own rule, chained and reported anew",
        Name::Waivers,
        |s| {
            waived(s, |w| {
                w["longest_days"] = json!(3650);
                w["all"][0]["expires"] = json!(day(3000));
            });
        },
    ),
    attack("a waiver made after the run, chained and reported anew", Name::Waivers, |s| {
        waived(s, |w| w["all"][0]["created"] = json!(day(1)));
    }),
    attack("a waiver for another target, chained and reported anew", Name::Waivers, |s| {
        waived(s, |w| w["all"][0]["target"] = json!("another"));
    }),
    attack("a waiver that nobody answers for, chained and reported anew", Name::Waivers, |s| {
        waived(s, |w| w["all"][0]["owner"] = json!("TBD"));
    }),
    attack("a waiver without a day, chained and reported anew", Name::Waivers, |s| {
        waived(s, |w| w["all"][0]["expires"] = json!("never"));
    }),
    attack("an answer turned, chained, reports as they were", Name::Report, |s| {
        s.chain(|lines| turn(lines));
        s.seal();
    }),
];

/// What is consistent in itself: only a key tells.
pub const CONSISTENT: &[Attack] = &[
    attack("answers turned, chained and reported anew", Name::Signature, |s| {
        s.chain(|lines| turn(lines));
        s.report();
    }),
    attack("the plan's command edited and reported anew", Name::Signature, |s| {
        s.edit("plan.json", |p| p["command"] = json!(["recant", "run"]));
        s.report();
    }),
    attack("what was made of what, edited and reported anew", Name::Signature, |s| {
        s.edit("plan.json", |p| p["digests"] = json!({}));
        s.report();
    }),
    attack("the day edited and reported anew", Name::Signature, |s| {
        s.edit("plan.json", |p| p["planned"] = json!("2020-01-01T00:00:00Z"));
        s.chain(|lines| lines[0]["begin"]["started"] = json!("2020-01-01T00:00:00Z"));
        s.report();
    }),
    attack("who ran it, chained and reported anew", Name::Signature, |s| {
        s.edit("plan.json", |p| p["by"]["name"] = json!("somebody else"));
        s.chain(|lines| lines[0]["begin"]["by"]["name"] = json!("somebody else"));
        s.report();
    }),
    attack("a waiver of everything, chained and reported anew", Name::Signature, |s| {
        let all: Vec<_> = Catalog::shipped().all().map(|r| r.id.clone()).collect();
        waived(s, |w| w["all"][0]["requirements"] = json!(all));
    }),
    attack("the controls that were asked for, chained and reported anew", Name::Signature, |s| {
        s.edit("plan.json", |p| p["controls"] = json!([]));
        s.chain(|lines| lines[0]["begin"]["controls"] = json!([]));
        s.report();
    }),
    attack("another run as a whole, with this attestation", Name::Signature, |s| {
        let ours = s.read(ATTESTATION);
        for (path, bytes) in super::stage::snapshot(&s.other) {
            s.write(path.file_name().and_then(|n| n.to_str()).expect("a name"), bytes);
        }
        s.write(ATTESTATION, ours);
    }),
    attack("the attestation of another run", Name::Signature, |s| s.take(ATTESTATION)),
    attack("an empty attestation", Name::Signature, |s| s.write(ATTESTATION, "{}")),
    attack("signed by somebody else", Name::Signature, |s| {
        s.remove(ATTESTATION);
        s.sign_as_somebody();
    }),
    attack("no signature in the attestation", Name::Signature, |s| {
        s.edit(ATTESTATION, |e| e["signatures"] = json!([]));
    }),
    attack("another result in the attestation", Name::Signature, |s| {
        s.edit_statement(|st| st["predicate"]["result"] = json!("FAILED"));
    }),
    attack("a subject less in the attestation", Name::Signature, |s| {
        s.edit_statement(|st| drop(st["subject"].as_array_mut().and_then(Vec::pop)));
    }),
    attack("another type of payload", Name::Signature, |s| {
        s.edit(ATTESTATION, |e| e["payloadType"] = json!("application/json"));
    }),
];

fn entry(path: &str) -> Entry {
    Entry { path: path.into(), size: 1, sha256: "0".repeat(64) }
}

fn plan(s: &Stage, edit: impl FnOnce(&mut Value)) {
    s.edit("plan.json", edit);
    s.seal();
}

/// Edits what is waived in plan and history alike, and writes everything anew.
fn waived(s: &Stage, edit: impl Fn(&mut Value)) {
    s.edit("plan.json", |p| edit(&mut p["waivers"]));
    s.chain(|lines| edit(&mut lines[0]["begin"]["waivers"]));
    s.report();
}

/// The op that a line is of.
fn op(line: &Value) -> Option<u64> {
    ["invoke", "complete"].iter().find_map(|kind| line.get(kind)?["op"].as_u64())
}

/// Turns answers of services in the second half into acceptances.
fn turn(lines: &mut [Value]) {
    let half = lines.len() / 2;
    for line in &mut lines[half..] {
        if let Some(complete) = line.get_mut("complete")
            && complete["outcome"].get("refused").is_some()
        {
            complete["outcome"] = json!("accepted");
        }
    }
}
