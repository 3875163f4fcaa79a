//! What somebody does to a merged run, and the check that catches it without a key.

use recant::cli::verify::{Evidence, Name, Word, verify};
use recant::report::{self, Record, Undo};

use super::stage::{Stage, copy, shared, stage};

struct Attack {
    what: &'static str,
    does: fn(&Stage),
    caught_by: Name,
}

const fn attack(what: &'static str, caught_by: Name, does: fn(&Stage)) -> Attack {
    Attack { what, does, caught_by }
}

fn remove(stage: &Stage, path: &str) {
    let path = stage.path(path);
    if path.is_dir() {
        std::fs::remove_dir_all(path).expect("removed");
    } else {
        std::fs::remove_file(path).expect("removed");
    }
}

/// Judges the merged record as it is now, and writes every report and the manifest with recant itself.
fn report_anew(stage: &Stage) {
    remove(stage, "merged/manifest.json");
    let folder = stage.path("merged");
    let record = Record::open(&folder).expect("a record");
    let undo = Undo { changed: true, ..Undo::default() };
    let report = record.report(&record.judge(), &undo);
    report::write(&folder, &report, record.views()).expect("written");
}

/// Edits the stored report and writes everything that is made of it, consistently.
fn report_as(stage: &Stage, edit: impl FnOnce(&mut report::Report)) {
    let folder = stage.path("merged");
    let mut report = report::read(&folder).expect("the report");
    edit(&mut report);
    let record = Record::open(&folder).expect("a record");
    report::write(&folder, &report, record.views()).expect("written");
}

const ATTACKS: &[Attack] = &[
    attack("a byte of a shard's history", Name::Files, |s| s.flip("merged/shards/2/history.jsonl")),
    attack("a byte of a shard's plan", Name::Files, |s| s.flip("merged/shards/1/plan.json")),
    attack("a byte of a shard's journal", Name::Files, |s| s.flip("merged/shards/1/undo.jsonl")),
    attack("a byte of a shard's page", Name::Files, |s| s.flip("merged/shards/3/report.html")),
    attack("a byte of a shard's manifest", Name::Files, |s| {
        s.flip("merged/shards/3/manifest.json")
    }),
    attack("a byte of the plan", Name::Files, |s| s.flip("merged/plan.json")),
    attack("a byte of the report", Name::Files, |s| s.flip("merged/report.json")),
    attack("a file added", Name::Files, |s| s.write("merged/note.txt", "all is well")),
    attack("a file added to a shard", Name::Files, |s| {
        s.write("merged/shards/1/note.txt", "all is well");
    }),
    attack("a hidden file added to a shard", Name::Files, |s| {
        s.write("merged/shards/1/.note", "all is well");
    }),
    attack("a shard removed", Name::Files, |s| remove(s, "merged/shards/2")),
    attack("a shard added", Name::Files, |s| {
        copy(&s.path("merged/shards/1"), &s.path("merged/shards/4"))
    }),
    attack("a shard under another number", Name::Files, |s| {
        s.swap("merged/shards/1", "merged/shards/2");
    }),
    attack("a link to a shard elsewhere", Name::Folder, |s| {
        remove(s, "merged/shards/2");
        #[cfg(unix)]
        std::os::unix::fs::symlink(shared().path("2"), s.path("merged/shards/2")).expect("a link");
    }),
];

/// The manifest written anew over it.
const SEALED: &[Attack] = &[
    attack("a shard removed", Name::History, |s| {
        remove(s, "merged/shards/2");
        s.seal("merged");
    }),
    attack("a shard removed, the plan without it", Name::History, |s| {
        remove(s, "merged/shards/3");
        s.edit("merged/plan.json", |p| drop(p["shards"].as_array_mut().expect("them").pop()));
        s.seal("merged");
    }),
    attack("a shard added", Name::Renders, |s| {
        copy(&s.path("merged/shards/1"), &s.path("merged/shards/4"));
        s.seal("merged");
    }),
    attack("a history of its own", Name::Renders, |s| {
        s.write("merged/history.jsonl", s.read("merged/shards/1/history.jsonl"));
        s.seal("merged");
    }),
    attack("two shards swapped", Name::History, |s| {
        s.swap("merged/shards/1", "merged/shards/2");
        s.seal("merged");
    }),
    attack("two shards swapped, in the plan too", Name::History, |s| {
        s.swap("merged/shards/1", "merged/shards/2");
        s.edit("merged/plan.json", |p| {
            let mut shards = p["shards"].as_array().expect("them").clone();
            shards.swap(0, 1);
            (shards[0]["number"], shards[1]["number"]) = (1.into(), 2.into());
            p["shards"] = shards.into();
        });
        s.seal("merged");
    }),
    attack("two histories swapped", Name::History, |s| {
        s.swap("merged/shards/1/history.jsonl", "merged/shards/2/history.jsonl");
        s.seal_shard(1);
        s.seal_shard(2);
    }),
    attack("a shard twice", Name::History, |s| {
        remove(s, "merged/shards/2");
        copy(&s.path("merged/shards/1"), &s.path("merged/shards/2"));
        s.edit("merged/plan.json", |p| {
            let first = p["shards"][0].clone();
            p["shards"][1] = first;
            p["shards"][1]["number"] = 2.into();
        });
        s.seal("merged");
    }),
    attack("a shard renumbered in its own plan", Name::History, |s| {
        remove(s, "merged/shards/2");
        copy(&s.path("merged/shards/1"), &s.path("merged/shards/2"));
        s.edit("merged/shards/2/plan.json", |p| p["shard"]["number"] = 2.into());
        s.edit("merged/plan.json", |p| {
            let first = p["shards"][0].clone();
            p["shards"][1] = first;
            p["shards"][1]["number"] = 2.into();
        });
        s.seal_shard(2);
    }),
    attack("a shard of another plan", Name::History, |s| {
        remove(s, "merged/shards/1");
        copy(&shared().path("uncontrolled"), &s.path("merged/shards/1"));
        remove(s, "merged/shards/1/.run.lock");
        let plan: serde_json::Value =
            serde_json::from_slice(&s.read("merged/shards/1/plan.json")).expect("a plan");
        let manifest: serde_json::Value =
            serde_json::from_slice(&s.read("merged/shards/1/manifest.json")).expect("it");
        s.edit("merged/plan.json", |p| {
            p["shards"][0]["run"] = plan["run"].clone();
            p["shards"][0]["history_head"] = manifest["history_head"].clone();
        });
        s.seal_shard(1);
    }),
    attack("a scenario in the plan", Name::History, |s| {
        s.edit("merged/plan.json", |p| p["scenarios"][0]["selected"] = false.into());
        s.seal("merged");
    }),
    attack("a bound in the plan", Name::History, |s| {
        s.edit("merged/plan.json", |p| p["bounds"]["cache"] = 86_400_000.into());
        s.seal("merged");
    }),
    attack("the run's name in the plan, reported anew", Name::Plan, |s| {
        s.edit("merged/manifest.json", |m| m["run"] = "another".into());
    }),
    attack("a shard's report", Name::Report, |s| {
        s.replace("merged/shards/1/report.json", "\"because\": \"", "\"because\": \"all is well, ");
        s.seal_shard(1);
        report_anew(s);
    }),
    attack("a shard's journal", Name::Undo, |s| {
        s.write("merged/shards/1/undo.jsonl", "");
        s.seal_shard(1);
        report_anew(s);
    }),
    attack("a file of a shard that recant does not write", Name::Renders, |s| {
        s.write("merged/shards/1/approval.txt", "approved");
        s.seal_shard(1);
        report_anew(s);
    }),
    attack("a reason in the report", Name::Report, |s| {
        report_as(s, |r| r.findings[0].because = "all is well".into());
    }),
    attack("the shard of a finding", Name::Report, |s| {
        report_as(s, |r| r.findings[0].shard = Some(3));
    }),
    attack("how a shard ended", Name::Report, |s| {
        report_as(s, |r| r.shards[1].run = "another".into());
    }),
    attack("a shard no longer told of", Name::Report, |s| {
        report_as(s, |r| drop(r.shards.pop()));
    }),
    attack("a count", Name::Counts, |s| report_as(s, |r| r.counts.operations.calls += 1)),
    attack("a verdict in the findings", Name::Findings, |s| {
        s.replace("merged/findings.json", "\"pass\"", "\"bounded\"");
        s.seal("merged");
    }),
    attack("the Markdown", Name::Renders, |s| {
        s.write("merged/report.md", "# all is well\n");
        s.seal("merged");
    }),
    attack("said to be one shard of a run", Name::Report, |s| {
        let shard = Record::open(&shared().path("1")).expect("a record").plan.shard;
        report_as(s, |r| {
            r.selection.shard = shard;
            r.result = r.derive();
            r.exit_code = r.result.code();
        });
    }),
];

fn caught(attacks: &[Attack]) {
    let mut missed = String::new();
    for attack in attacks {
        let stage = stage(&["merged"]);
        (attack.does)(&stage);
        let verified = verify(&stage.path("merged"), &[], false);
        let check = verified.checks.iter().find(|c| c.check == attack.caught_by);
        let check = check.expect("every check is told of");
        let told = !check.says.contains("not looked at");
        if check.word != Word::Failed || !told || verified.evidence != Evidence::NotToBeTrusted {
            missed += &format!("{}: {check:?} of {:#?}\n", attack.what, verified.checks);
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn altered_files_are_caught() {
    caught(ATTACKS);
}

#[test]
fn what_is_sealed_anew_is_caught() {
    caught(SEALED);
}

#[test]
fn what_nobody_touched_is_intact() {
    let verified = verify(&shared().path("merged"), &[], false);
    assert_eq!(verified.evidence, Evidence::Intact, "{:#?}", verified.checks);
}

/// Any byte of any file of any shard.
#[test]
fn any_byte_of_a_shard_is_caught() {
    let stage = stage(&["merged"]);
    for number in [2, 3] {
        for file in ["history.jsonl", "plan.json", "report.json", "undo.jsonl", "manifest.json"] {
            let file = format!("merged/shards/{number}/{file}");
            let whole = stage.read(&file);
            for at in [whole.len() / 3, whole.len().saturating_sub(2)] {
                let mut bytes = whole.clone();
                let Some(byte) = bytes.get_mut(at) else { continue };
                *byte ^= 0x02;
                stage.write(&file, &bytes);
                let verified = verify(&stage.path("merged"), &[], false);
                assert_eq!(verified.evidence, Evidence::NotToBeTrusted, "byte {at} of {file}");
            }
            stage.write(&file, &whole);
        }
    }
    assert_eq!(verify(&stage.path("merged"), &[], false).evidence, Evidence::Intact);
}
