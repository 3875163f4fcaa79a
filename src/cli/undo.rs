//! What the undo journal of a run says, for its report; and what the record shows that the journal should have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::drive::{Entry, Journal};
use crate::error::Error;
use crate::history::{Action, Op, change_in_words};
use crate::model::Outcome;
use crate::report::merged::folder_of;
use crate::report::{Record, Undo};

/// Reads `undo.jsonl` of a run folder, or that of each shard of a merged run. A run that changed nothing may have none.
///
/// # Errors
/// Where it is there, but can't be read: then nobody knows what is still changed.
pub fn undo(folder: &Path, record: &Record) -> Result<Undo, Error> {
    let mut all = Undo::default();
    for shard in &record.shards {
        let undo = one(&folder_of(folder, shard.number), &shard.record)?;
        all.changed |= undo.changed;
        let still = undo.unrestored.iter().map(|what| format!("shard {}: {what}", shard.number));
        all.unrestored.extend(still);
        all.shards.insert(shard.number, undo);
    }
    if record.shards.is_empty() { one(folder, record) } else { Ok(all) }
}

fn one(folder: &Path, record: &Record) -> Result<Undo, Error> {
    let path = folder.join("undo.jsonl");
    let broken = |e| Error::Broken(format!("{} can't be read: {e}", path.display()));
    let changed = match std::fs::metadata(&path) {
        Ok(meta) => meta.len() > 0,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
        Err(e) => return Err(broken(e)),
    };
    let open = Journal::open_entries(&path).map_err(broken)?;
    let names = open.into_iter().filter_map(|entry| match entry {
        Entry::Open { change, .. } => Some(change),
        Entry::NotMade { .. } | Entry::Closed { .. } => None,
    });
    let lost = lost(folder, record)?;
    let changed = changed || !lost.is_empty();
    Ok(Undo { changed, unrestored: names.chain(lost).collect(), ..Undo::default() })
}

/// Changes that the record shows without an undoing that worked, and that the journal does not hold, latest first: it was
/// removed, emptied or cut off. A line of it that was cut off by a kill is no loss where its change was never sent: then the
/// record has no such change.
///
/// # Errors
/// Where the journal is there, but can't be read.
pub fn lost(folder: &Path, record: &Record) -> Result<Vec<String>, Error> {
    // The reference system that a run starts ends with it.
    if record.plan.target_file.starts_with("shipped:") {
        return Ok(Vec::new());
    }
    let path = folder.join("undo.jsonl");
    let held = Journal::changes(&path)
        .map_err(|e| Error::Broken(format!("{} can't be read: {e}", path.display())))?;
    let ops = &record.view.ops;
    let undone: BTreeSet<u64> = ops.iter().filter_map(undone_by).collect();
    let mut made: BTreeMap<String, Vec<&Op>> = BTreeMap::new();
    for op in ops {
        if let Action::Change { name, arguments, for_good: false, .. } = &op.action {
            made.entry(change_in_words(name, arguments)).or_default().push(op);
        }
    }
    let mut lost: Vec<(u64, String)> = Vec::new();
    for (what, ops) in made {
        let missing = ops.len().saturating_sub(held.get(&what).copied().unwrap_or_default());
        let in_force = ops.iter().rev().filter(|op| !undone.contains(&op.index) && may_hold(op));
        lost.extend(in_force.take(missing).map(|op| {
            let whose = match &op.action {
                Action::Change { subject: Some(subject), .. } => format!(" of \"{subject}\""),
                _ => String::new(),
            };
            let text = format!(
                "{what}{whose} (op {} of history.jsonl), which undo.jsonl does not hold",
                op.index
            );
            (op.index, text)
        }));
    }
    lost.sort_by_key(|(op, _)| std::cmp::Reverse(*op));
    Ok(lost.into_iter().map(|(_, text)| text).collect())
}

fn undone_by(op: &Op) -> Option<u64> {
    match &op.action {
        Action::Undo { change, .. } if op.outcome.is_allow() => Some(*change),
        _ => None,
    }
}

/// False for a change that certainly was not made.
fn may_hold(op: &Op) -> bool {
    matches!(op.outcome, Outcome::Accepted | Outcome::Unknown(_))
}
