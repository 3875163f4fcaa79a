//! Undoing what a run left behind that was killed: from its journal on disk, with secrets resolved anew.

use std::path::Path;
use std::sync::Arc;

use super::start::Reach;
use super::{Entry, Given, Halt, Journal, confirm, given::PASSWORD, subject, trust, undo};
use crate::plan::{Declared, Overlay};

/// What restoring did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// What was undone, for people, in the order in which it was.
    pub undone: Vec<String>,
    /// What could not be undone, and why. The journal still has it: restoring can be tried again.
    pub unrestored: Vec<String>,
}

/// Undoes everything that the journal of a run folder has open, latest first. Doing it twice does no harm.
///
/// # Errors
/// `Halt::Broken` where the journal can't be read or written, or a secret can't be resolved. What could be undone
/// before that is in the journal as closed.
pub async fn restore(
    dir: &Path,
    declared: Arc<Declared>,
    overlay: &Overlay,
) -> Result<Restored, Halt> {
    let path = dir.join("undo.jsonl");
    let broken = |e: std::io::Error| Halt::Broken(format!("{}: {e}", path.display()));
    if !dir.is_dir() {
        return Err(Halt::Broken(format!("there is no run folder {}", dir.display())));
    }
    let open = Journal::open_entries(&path).map_err(broken)?;
    let mut restored = Restored::default();
    if open.is_empty() {
        return Ok(restored);
    }
    let journal = Journal::reopen(&path).map_err(broken)?;
    let mut left = undo::Left::default();
    let reach = Reach::open(&declared, &overlay.env).await?;
    let within = declared.bounds().decision;
    let mut failed: Vec<(u64, Option<String>)> = Vec::new();
    for entry in open {
        let Entry::Open { id, change, steps, values, subject, removes, undone, gone, .. } = entry
        else {
            continue;
        };
        if gone {
            journal.close(id).map_err(broken)?;
            restored.undone.push(format!("{change}: it went with its subject"));
            continue;
        }
        if let Err(why) = trust::own(&declared, &steps, undone.as_deref(), &values) {
            left.failed(format!("{change} is not undone: {why}"), subject, removes);
            continue;
        }
        let mut given = Given::of_journal(values);
        // A password is never written down. Where an inverse sets one, any does: its subject is thrown away.
        let password = subject::password();
        reach.vault.learn("subject password", &password);
        given.set_secret(PASSWORD, password);
        let done = undo::steps(&reach.admin, &steps, given.clone()).await;
        let done = match (done.map_err(|s| s.stopped.why), &undone) {
            (Ok(_), Some(when)) => {
                let shown = confirm::undone(&reach.admin, when, &given, within).await;
                shown.map_err(|unshown| unshown.why)
            }
            (done, _) => done.map(drop),
        };
        match done {
            Ok(()) => {
                journal.close(id).map_err(broken)?;
                restored.undone.push(change);
                if removes {
                    left.removed(subject);
                }
            }
            Err(why) => {
                let why = format!("{change} could not be undone: {why}");
                failed.push((id, subject.clone()));
                left.failed(why, subject, removes);
            }
        }
    }
    // What was changed of a subject alone is gone with it, however its own undo ended.
    for (id, _) in failed.iter().filter(|(_, s)| s.as_ref().is_some_and(|s| left.is_gone(s))) {
        journal.close(*id).map_err(broken)?;
    }
    restored.unrestored = left.whys();
    Ok(restored)
}
