//! The shards of a merged run: each verified by itself, as it would be alone, and what that comes to for the whole.

use std::path::Path;

use super::outcome::{Check, Name, Verified, Word};
use crate::report::merged::folder_of;
use crate::report::{Manifest, Record};

/// A shard, verified by itself.
pub struct Part {
    number: u32,
    verified: Verified,
}

/// Verifies each shard in its own folder. Who signed a shard is asked there; the whole has a signature of its own.
pub fn each(folder: &Path, record: &Record) -> Vec<Part> {
    let one = |number: u32| {
        let verified = super::verify(&folder_of(folder, number), &[], false);
        Part { number, verified }
    };
    record.shards.iter().map(|s| one(s.number)).collect()
}

/// That the plan is that of its shards was checked when the record was opened; here, that it is sealed so.
pub fn plan(record: &Record, manifest: Option<&Manifest>) -> Check {
    let plan = &record.plan;
    if let Some(manifest) = manifest.filter(|m| m.run != plan.run) {
        let why = format!("the manifest is of the run {}, the plan of {}", manifest.run, plan.run);
        return Name::Plan.is(Word::Failed, why);
    }
    let (scenarios, shards) = (plan.scenarios.len(), record.shards.len());
    let says =
        format!("{scenarios} scenarios, dealt out to {shards} shards of one plan, all there");
    Name::Plan.is(Word::Ok, says)
}

/// What each shard's own checks of its times and its undo journal come to is told with theirs.
pub fn times(record: &Record) -> Check {
    let ops: usize = record.shards.iter().map(|s| s.record.view.ops.len()).sum();
    Name::Times.is(Word::Ok, format!("{ops} ops, in the times of {} runs", record.shards.len()))
}

/// As [`times`].
pub fn undo_journal(record: &Record) -> Check {
    let says = format!("{} journals, each with all that its shard changed", record.shards.len());
    Name::Undo.is(Word::Ok, says)
}

/// Where a shard's check came out worse than the same check of the whole, that is what counts.
pub fn fold(checks: &mut [Check], parts: &[Part]) {
    for check in checks {
        for Part { number, verified } in parts {
            // Whether it is signed and calibrated is told of the whole.
            let worse =
                |c: &&Check| c.check == check.check && c.word > check.word.max(Word::Beware);
            let Some(c) = verified.checks.iter().find(worse) else { continue };
            *check = c.check.is(c.word, format!("shard {number}: {}", c.says));
        }
    }
}
