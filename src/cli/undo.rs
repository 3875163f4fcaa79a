//! What the undo journal of a run says, for its report.

use std::path::Path;

use crate::drive::{Entry, Journal};
use crate::error::Error;
use crate::report::Undo;

/// Reads `undo.jsonl` of a run folder. A run that changed nothing may have none.
///
/// # Errors
/// Where it is there, but can't be read: then nobody knows what is still changed.
pub fn undo(folder: &Path) -> Result<Undo, Error> {
    let path = folder.join("undo.jsonl");
    let broken = |e| Error::Broken(format!("{} can't be read: {e}", path.display()));
    let changed = match std::fs::metadata(&path) {
        Ok(meta) => meta.len() > 0,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Undo::default()),
        Err(e) => return Err(broken(e)),
    };
    let open = Journal::open_entries(&path).map_err(broken)?;
    let names = open.into_iter().filter_map(|entry| match entry {
        Entry::Open { change, .. } => Some(change),
        Entry::Closed { .. } => None,
    });
    Ok(Undo { unrestored: names.collect(), changed })
}
