//! Who works on a run folder: the run that writes it, or a command that alters it afterwards, never two at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::error::Error;

/// Its file; a name that begins with a dot is in no manifest.
pub const FILE: &str = ".run.lock";

/// Held as long as it lives. The system lets go of it when its process ends, however it ends: `kill -9` leaves no lock
/// behind.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of a run folder.
    ///
    /// # Errors
    /// `Error::Broken` where somebody has it, or where it can't be taken.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let broken = |e| Error::Broken(format!("{} can't be locked: {e}", path.display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(broken)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display();
                return Err(Error::Broken(format!(
                    "the run in {folder} is still going, or another command works on it\n\
                     wait until it ends, or interrupt it (Ctrl-C): it undoes its changes itself"
                )));
            }
            // Some file systems have no locks; that must not keep anybody from undoing.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(broken(e)),
        }
        Ok(Self { _file: file })
    }
}
