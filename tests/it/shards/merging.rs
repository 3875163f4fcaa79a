//! Merged runs as every other command takes them, and what is refused.

use std::path::Path;

use recant::report::kinds::Kind;

use super::stage::{copy, said, shared, stage, text};

#[test]
fn a_merged_run_is_taken_by_every_command() {
    let stage = stage(&["merged"]);
    let (merged, whole) = (stage.path("merged"), shared().path("whole"));
    let merged = text(&merged);
    let (code, told) = said(&["verdict", merged]);
    assert_eq!((code, told.starts_with("conformant (exit 0): ")), (0, true), "{told}");
    let (code, told) = said(&["verify", merged]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("2 scenarios, dealt out to 3 shards of one plan, all there"), "{told}");
    let (code, told) = said(&["diff", text(&whole), merged, "--fail-on", "difference"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("0 regressions, 0 differences"), "{told}");
    let out = |kind: Kind| stage.path(&format!("out/{}", kind.name()));
    let files: Vec<_> = Kind::ALL.into_iter().filter(|(k, _, _)| !k.is_for_the_log()).collect();
    let asked = files.iter().map(|(kind, name, _)| format!("{name}={}", text(&out(*kind))));
    let asked = asked.collect::<Vec<_>>().join(",") + ",github";
    let (code, told) = said(&["judge", merged, "--report", &asked]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("shards        3 runs: "), "{told}");
    assert!(told.contains("2 discovered = 2 run + 0 filtered + 0 not run"), "{told}");
    for (kind, name, _) in files {
        let written = std::fs::read_to_string(out(kind)).expect(name);
        assert!(written.len() > 1, "{name}: {written}");
    }
    let oscal = std::fs::read_to_string(out(Kind::Oscal)).expect("it");
    assert!(oscal.contains("shards/2/history.jsonl"), "evidence is to be found in its shard");
    let page = std::fs::read_to_string(stage.path("merged/report.html")).expect("the page");
    assert!(page.contains("role-removal (shard 1)") && page.contains("role-removal (shard 2)"));
    // Nothing of that has altered it.
    assert_eq!(said(&["verify", merged]).0, 0);
    assert_eq!(said(&["judge", merged, "--write"]).0, 0);
    assert_eq!(said(&["verify", merged]).0, 0);
}

#[test]
fn a_merged_run_is_signed_like_any_other() {
    let stage = stage(&["1", "2", "3"]);
    let (key, public) = (shared().path("key"), shared().path("key.pub.pem"));
    let (key, public) = (text(&key), text(&public));
    let [a, b, c, out] = ["1", "2", "3", "out"].map(|name| stage.path(name));
    // A signature of a shard stays what it was.
    assert_eq!(said(&["sign", text(&b), "--key", key]).0, 0);
    let merge = ["merge", text(&a), text(&b), text(&c), "--out", text(&out), "--sign-key", key];
    let (code, told) = said(&merge);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("signed"), "{told}");
    assert_eq!(said(&["verify", text(&out), "--key", public]).0, 0);
    assert_eq!(said(&["verify", text(&out.join("shards/2")), "--key", public]).0, 0);
    let (code, told) = said(&["verify", text(&out.join("shards/1")), "--key", public]);
    assert_eq!(code, 5, "shard 1 was not signed: {told}");
}

#[test]
fn shards_are_kept_byte_for_byte() {
    let stage = stage(&["merged"]);
    for number in ["1", "2", "3"] {
        let (was, is) = (shared().path(number), stage.path("merged/shards").join(number));
        for entry in std::fs::read_dir(&was).expect("a folder") {
            let name = entry.expect("a file").file_name();
            if name == ".run.lock" {
                continue;
            }
            let read = |folder: &Path| std::fs::read(folder.join(&name)).expect("a file");
            assert!(read(&was) == read(&is), "{name:?} of shard {number}");
        }
        assert_eq!(said(&["verify", text(&is)]).0, 0);
    }
}

/// What is given, and what is said of it.
#[test]
fn what_is_not_every_shard_of_one_plan_once_is_refused() {
    let stage = stage(&["1", "2", "3", "merged"]);
    copy(&shared().path("2"), &stage.path("altered"));
    stage.flip("altered/history.jsonl");
    copy(&shared().path("2"), &stage.path("killed"));
    std::fs::remove_file(stage.path("killed/manifest.json")).expect("removed");
    copy(&shared().path("1"), &stage.path("renumbered"));
    stage.edit("renumbered/plan.json", |p| p["shard"]["number"] = 2.into());
    stage.seal("renumbered");
    let own = |name: &str| match stage.path(name).exists() {
        true => stage.path(name),
        false => shared().path(name),
    };
    let out = stage.path("out");
    for (runs, words) in [
        (&["1", "3"][..], "shard 2/3 is missing"),
        (&["2"], "shards 1/3, 3/3 are missing"),
        (&["1", "2", "3", "1"], "shard 1 is given twice"),
        (&["1", "again", "2", "3"], "shard 1 is given twice"),
        (&["1", "2", "3", "whole"], "is a whole run, no shard"),
        (&["merged"], "is a merged run, no shard"),
        (&["1", "2", "3", "none"], "there is no run folder"),
        (&["1", "2", "3", "more"], "is no run folder: "),
        (&["uncontrolled", "2", "3"], "not of one plan: other is the controls that were asked for"),
        (&["seeded", "2", "3"], "not of one plan: other is the seed"),
        (&["fewer", "2", "3"], "not of one plan: other is how many shards there are"),
        (&["suite", "2", "3"], "x.feature: "),
        (&["1", "altered", "3"], "(shard 2 of 3) does not verify: files: history.jsonl"),
        (&["1", "killed", "3"], "does not verify: manifest: there is no manifest.json"),
        (
            &["1", "renumbered", "3"],
            "does not verify: plan: plan and history do not agree on the shard",
        ),
    ] {
        let runs: Vec<_> = runs.iter().map(|name| own(name)).collect();
        let runs: Vec<_> = runs.iter().map(|path| text(path)).collect();
        let (code, told) = said(&[&["merge"], &runs[..], &["--out", text(&out)]].concat());
        assert_eq!(code, 2, "{runs:?}: {told}");
        assert!(told.contains(words), "{runs:?}: {told}");
        assert!(!out.exists(), "{runs:?}: something was written");
    }
}

#[test]
fn a_folder_that_is_taken_or_would_alter_a_shard_is_refused() {
    let stage = stage(&["1", "2", "3", "merged"]);
    let [a, b, c] = ["1", "2", "3"].map(|name| stage.path(name));
    for (out, words) in [
        (stage.path("merged"), "is not empty"),
        (stage.path("2/plan.json"), "lies in"),
        (stage.path("2/new/out"), "lies in"),
        (stage.path("2"), "lies in"),
    ] {
        let merge = ["merge", text(&a), text(&b), text(&c), "--out", text(&out)];
        let (code, told) = said(&merge);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(said(&["verify", text(&b)]).0, 0, "the shard was altered");
    let (code, told) = said(&["merge", text(&a), text(&b), text(&c)]);
    assert_eq!((code, told.contains("--out")), (2, true), "{told}");
    let (code, told) = said(&["restore", text(&stage.path("merged"))]);
    assert_eq!((code, told.contains("is a merged run")), (2, true), "{told}");
}

#[test]
fn a_shard_that_there_cannot_be_is_refused_before_anything_is_sent() {
    for (shard, words) in [
        ("0/2", "there is none with the number 0"),
        ("3/2", "there is none with the number 3"),
        ("x", "a shard is told as K/N"),
        ("1/0", "not into 0"),
    ] {
        let (code, told) = said(&["run", "--shard", shard]);
        assert_eq!(code, 2, "{shard}: {told}");
        assert!(told.contains(words), "{shard}: {told}");
    }
}
