//! Every attack of the table is caught by the check that it names; a run that nobody touched is not.

use recant::cli::verify::{Check, Evidence, Name, Verified, Word, verify};
use recant::report::ATTESTATION;

use super::stage::{shared, stage};
use super::table::{Attack, CONSISTENT, FILES, HISTORIES, MANIFESTS, SEALED};

fn check(verified: &Verified, name: Name) -> &Check {
    verified.checks.iter().find(|c| c.check == name).expect("every check is told of")
}

/// Alters a run and verifies it: without a key, but for what only a key tells.
fn caught(attacks: &[Attack]) {
    let mut missed = String::new();
    for attack in attacks {
        let stage = stage();
        (attack.does)(&stage);
        let name = attack.caught_by;
        let key = std::slice::from_ref(&shared().key);
        let keys = if name == Name::Signature { key } else { &[] };
        let verified = verify(&stage.run, keys, false);
        let check = check(&verified, name);
        let caught = matches!(check.word, Word::Failed | Word::Open)
            && !check.says.contains("not looked at")
            && verified.evidence != Evidence::Intact;
        if !caught {
            let all = &verified.checks;
            missed += &format!("{}: {name:?} says {check:?} of {all:#?}\n", attack.what);
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn what_nobody_touched_is_intact() {
    let stage = stage();
    let keys = std::slice::from_ref(&shared().key);
    let verified = verify(&stage.run, keys, false);
    for check in &verified.checks {
        // Whether this build was tested is not the run's doing.
        let untested = check.check == Name::Calibration && check.word == Word::Beware;
        assert!(check.word == Word::Ok || untested, "{check:?}");
    }
    assert_eq!(verified.evidence, Evidence::Intact);
    // All but that of a time-stamp, which nobody attached or asked for.
    let looked_at: Vec<_> = verified.checks.iter().map(|c| c.check).collect();
    let others = Name::ALL.into_iter().filter(|name| *name != Name::Timestamp);
    assert_eq!(looked_at, others.collect::<Vec<_>>());
    // Without a key nobody has signed anything.
    let without = verify(&stage.run, &[], false);
    assert_eq!(check(&without, Name::Signature).word, Word::Beware);
    assert_eq!(without.evidence, Evidence::Intact);
    assert!(without.not_proven[0].contains("can make all of it anew"));
    assert_eq!(verify(&stage.run, &[], true).evidence, Evidence::Open);
}

#[test]
fn the_table_is_long_enough_and_names_each_attack_once() {
    let all: Vec<_> =
        [FILES, MANIFESTS, SEALED, HISTORIES, CONSISTENT].concat().iter().map(|a| a.what).collect();
    let once: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(once.len(), all.len());
    assert!(all.len() >= 30, "{}", all.len());
}

#[test]
fn altered_files_are_caught() {
    caught(FILES);
}

#[test]
fn an_altered_manifest_is_caught() {
    caught(MANIFESTS);
}

#[test]
fn what_is_sealed_anew_is_caught() {
    caught(SEALED);
}

#[test]
fn an_altered_history_is_caught() {
    caught(HISTORIES);
}

#[test]
fn what_is_consistent_in_itself_is_caught_with_a_key() {
    caught(CONSISTENT);
}

#[test]
fn a_wholly_made_up_record_passes_without_a_key_and_it_is_said() {
    let stage = stage();
    stage.remove(ATTESTATION);
    stage.edit("plan.json", |p| drop(p.as_object_mut().expect("a plan").remove("signer")));
    (CONSISTENT[0].does)(&stage);
    let verified = verify(&stage.run, &[], false);
    assert_eq!(verified.evidence, Evidence::Intact, "{:#?}", verified.checks);
    assert!(verified.not_proven[0].contains("whoever can write the folder"));
}

/// Any byte of any file. In the attestation all but its layout and the name of the key, which nobody signs.
#[test]
fn any_byte_is_caught() {
    let keys = std::slice::from_ref(&shared().key);
    let stage = stage();
    for file in ["history.jsonl", "plan.json", "report.json", "manifest.json", ATTESTATION] {
        let whole = stage.read(file);
        let steps = if file == "history.jsonl" { 4 } else { 6 };
        for step in 0..steps {
            let mut at = (whole.len() - 2) * step / (steps - 1).max(1);
            let layout = |b: u8| b.is_ascii_whitespace();
            while layout(whole[at]) {
                at += 1;
            }
            let mut bytes = whole.clone();
            bytes[at] ^= 0x02;
            stage.write(file, &bytes);
            let verified = verify(&stage.run, keys, false);
            assert_ne!(verified.evidence, Evidence::Intact, "byte {at} of {file}");
        }
        stage.write(file, &whole);
    }
    assert_eq!(verify(&stage.run, keys, false).evidence, Evidence::Intact);
}
