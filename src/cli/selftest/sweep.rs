//! Folders of selftests that a `kill -9` or a power cut left behind: the next selftest clears them away. One that is still going holds
//! the lock of its folder, and one that was kept on purpose has none.

use std::path::Path;

use crate::cli::run_lock::{self, RunLock};

/// What names of such folders begin with.
pub const PREFIX: &str = "recant-selftest-";

/// Removes folders beside `own` that are nobody's any more. What can't be removed stays: it is in nobody's way.
pub fn clear_beside(own: &Path) {
    let Some(within) = own.parent() else { return };
    let Ok(entries) = std::fs::read_dir(within) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let named =
            path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(PREFIX));
        if named && path != own && same_owner(own, &path) && left_behind(&path) {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// True where its lock is there and nobody holds it.
fn left_behind(folder: &Path) -> bool {
    let lock = folder.join(run_lock::FILE);
    let is_file = lock.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file && RunLock::take(folder).is_ok()
}

/// In a folder that all share others may have put what looks like one of ours.
#[cfg(unix)]
fn same_owner(own: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (own, other) = (own.symlink_metadata(), other.symlink_metadata());
    own.ok().zip(other.ok()).is_some_and(|(a, b)| b.is_dir() && a.uid() == b.uid())
}

#[cfg(not(unix))]
fn same_owner(_: &Path, other: &Path) -> bool {
    other.symlink_metadata().is_ok_and(|found| found.is_dir())
}
