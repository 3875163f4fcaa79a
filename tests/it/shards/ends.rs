//! How shards end, and what that makes of the whole: a shard that broke off is never green.

use recant::model::hex;
use recant::report::{MANIFEST, Report};
use sha2::{Digest, Sha256};

use super::stage::{Stage, recant, said, shared, stage, text};

fn report(stage: &Stage, folder: &str) -> Report {
    serde_json::from_slice(&stage.read(&format!("{folder}/report.json"))).expect("the report")
}

#[test]
fn a_shard_is_clean_and_says_that_it_is_not_the_whole() {
    let stage = stage(&["1", "2", "3"]);
    for (number, run, others, controls) in [(1, 1, 1, true), (2, 1, 1, false), (3, 0, 2, false)] {
        let folder = stage.path(&number.to_string());
        let (code, told) = said(&["verdict", text(&folder)]);
        assert_eq!(code, 0, "{told}");
        assert!(told.starts_with(&format!("clean shard {number} of 3 (exit 0)")), "{told}");
        let (code, told) = said(&["judge", text(&folder)]);
        assert_eq!(code, 0, "{told}");
        let counted =
            format!("2 discovered = {run} run + 0 filtered + {others} of other shards + 0 not run");
        assert!(told.contains(&counted), "{told}");
        assert!(told.contains(&format!("result        clean shard {number} of 3")), "{told}");
        assert!(told.contains("the others are not in this report"), "{told}");
        assert!(!told.contains("result        conformant"), "{told}");
        let elsewhere = "no evidence in this shard";
        assert_eq!(!told.contains(elsewhere), controls, "{told}");
        assert!(!told.contains("no evidence for"), "{told}");
        let (code, told) = said(&["verify", text(&folder)]);
        assert_eq!(code, 0, "{told}");
        let report = report(&stage, &number.to_string());
        assert_eq!(report.selection.shard.as_ref().map(|s| (s.number, s.of)), Some((number, 3)));
        assert!(report.contradictions().is_empty(), "{:?}", report.contradictions());
    }
}

/// The history of a shard without its last line, and reports of what is left.
fn cut_off(stage: &Stage, shard: &str) -> i32 {
    let file = format!("{shard}/history.jsonl");
    let history = String::from_utf8(stage.read(&file)).expect("UTF-8");
    let lines: Vec<&str> = history.lines().collect();
    stage.write(
        &file,
        lines[..lines.len() - 1].iter().map(|l| format!("{l}\n")).collect::<String>(),
    );
    std::fs::remove_file(stage.path(shard).join(MANIFEST)).expect("removed");
    said(&["judge", text(&stage.path(shard)), "--write"]).0
}

#[test]
fn a_shard_that_was_killed_is_never_green() {
    for (shard, alone) in [("2", 6), ("3", 3)] {
        // What the second changed was undone; the third changed nothing.
        let stage = stage(&["1", "2", "3"]);
        assert_eq!(cut_off(&stage, shard), alone);
        let [a, b, c, out] = ["1", "2", "3", "out"].map(|name| stage.path(name));
        let (code, told) = said(&["merge", text(&a), text(&b), text(&c), "--out", text(&out)]);
        assert_eq!(code, alone, "{told}");
        assert_eq!(said(&["verdict", text(&out)]).0, alone);
        let merged = report(&stage, "out");
        let endings: Vec<_> = merged.shards.iter().map(|s| s.result.code()).collect();
        assert_eq!(endings.iter().filter(|code| **code == alone as u8).count(), 1, "{endings:?}");
        // Nothing is wrong with the evidence; its end is not there.
        assert_eq!(said(&["verify", text(&out)]).0, 3);
    }
}

#[test]
fn a_shard_that_was_interrupted_interrupts_the_whole() {
    let stage = stage(&["1", "2", "3"]);
    let history = String::from_utf8(stage.read("2/history.jsonl")).expect("UTF-8");
    let lines: Vec<&str> = history.lines().collect();
    // All but the first line, what the script did and the end: an interrupted scenario has no `ran`.
    let mut prev = "0".repeat(64);
    let mut out = String::new();
    let kept = lines.iter().filter(|l| !l.contains("\"ran\":") && !l.contains("\"obligation\":"));
    for (seq, line) in kept.enumerate() {
        let mut value: serde_json::Value = serde_json::from_str(line).expect("a line");
        value["seq"] = seq.into();
        value["prev"] = prev.into();
        if value.get("end").is_some() {
            value["end"]["interrupted"] = true.into();
        }
        let line = value.to_string();
        prev = hex(&Sha256::digest(&line));
        out += &(line + "\n");
    }
    stage.write("2/history.jsonl", out);
    std::fs::remove_file(stage.path("2").join(MANIFEST)).expect("removed");
    assert_eq!(said(&["judge", text(&stage.path("2")), "--write"]).0, 6);
    let [a, b, c, out] = ["1", "2", "3", "out"].map(|name| stage.path(name));
    let (code, told) = said(&["merge", text(&a), text(&b), text(&c), "--out", text(&out)]);
    assert_eq!(code, 6, "{told}");
    assert!(told.contains("2 discovered = 1 run + 0 filtered + 1 not run"), "{told}");
    assert!(told.contains("the run was interrupted"), "{told}");
    assert_eq!(said(&["verify", text(&out)]).0, 0);
}

#[test]
fn what_a_shard_could_not_undo_is_told_of_the_whole() {
    let stage = stage(&["1", "2", "3"]);
    let journal = String::from_utf8(stage.read("2/undo.jsonl")).expect("UTF-8");
    let mut lines: Vec<&str> = journal.lines().collect();
    lines.pop();
    stage.write("2/undo.jsonl", lines.iter().map(|l| format!("{l}\n")).collect::<String>());
    std::fs::remove_file(stage.path("2").join(MANIFEST)).expect("removed");
    assert_eq!(said(&["judge", text(&stage.path("2")), "--write"]).0, 7);
    let [a, b, c, out] = ["1", "2", "3", "out"].map(|name| stage.path(name));
    let (code, told) = said(&["merge", text(&a), text(&b), text(&c), "--out", text(&out)]);
    assert_eq!(code, 7, "{told}");
    assert!(told.contains("shard 2: "), "{told}");
    assert!(told.contains("restore the run folder of its shard"), "{told}");
}

#[test]
fn a_shard_that_fails_fails_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let feature = shared().path("x.feature");
    let mut codes = Vec::new();
    for number in 1..=2 {
        let (out, cut) = (at(&number.to_string()), format!("{number}/2"));
        let run = ["run", "--quiet", "--fault", "mu-19", "--shard", &cut, "--out", text(&out)];
        codes.push(recant(&[&run[..], &[text(&feature)]].concat()).status.code());
    }
    assert!(codes.contains(&Some(1)), "{codes:?}");
    let [a, b, merged] = [at("1"), at("2"), at("out")];
    let merge = ["merge", text(&a), text(&b), "--out", text(&merged), "--quiet"];
    let (code, told) = said(&merge);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("nonconformant"), "{told}");
    assert!(told.contains("shards/1/history.jsonl"), "{told}");
    assert_eq!(said(&["verify", text(&merged)]).0, 0);
}
