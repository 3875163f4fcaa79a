//! The undo journal: the inverse of a change is on disk before the change is sent.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::plan::HttpStep;

/// One line of `undo.jsonl`. Steps hold templates: a secret is named in them, never written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "journal")]
pub enum Entry {
    /// A change is about to be made; these steps undo it.
    Open {
        /// Number within the run.
        id: u64,
        /// The change, for people.
        change: String,
        /// The inverse.
        steps: Vec<HttpStep>,
        /// Values for the templates (no secrets).
        values: BTreeMap<String, String>,
    },
    /// The change was undone (or was certainly never made).
    Closed {
        /// Number of the entry.
        id: u64,
    },
}

/// An open journal.
pub struct Journal {
    inner: Mutex<(std::fs::File, u64)>,
}

impl Journal {
    /// Creates the journal of a run.
    ///
    /// # Errors
    /// Where the file can't be created.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self { inner: Mutex::new((file, 0)) })
    }

    /// Opens the journal of an earlier run for closing entries.
    ///
    /// # Errors
    /// Where the file can't be opened.
    pub fn reopen(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::OpenOptions::new().append(true).open(path)?;
        Ok(Self { inner: Mutex::new((file, u64::MAX / 2)) })
    }

    /// Entries of a journal that are not closed, latest first. A torn last line (a kill while it was written) is left
    /// out: its change was never sent.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn open_entries(path: &Path) -> std::io::Result<Vec<Entry>> {
        let text = match std::fs::read_to_string(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut open = BTreeMap::new();
        for entry in text.lines().filter_map(|l| serde_json::from_str::<Entry>(l).ok()) {
            match entry {
                Entry::Open { id, .. } => {
                    open.insert(id, entry);
                }
                Entry::Closed { id } => {
                    open.remove(&id);
                }
            }
        }
        Ok(open.into_values().rev().collect())
    }

    /// Writes an entry and waits until it is on disk; returns its number.
    ///
    /// # Errors
    /// Where it can't be written: the change must then not be sent.
    pub fn open(
        &self,
        change: &str,
        steps: Vec<HttpStep>,
        values: BTreeMap<String, String>,
    ) -> std::io::Result<u64> {
        let mut inner = self.lock();
        inner.1 += 1;
        let id = inner.1;
        write(&mut inner.0, &Entry::Open { id, change: change.to_owned(), steps, values })?;
        Ok(id)
    }

    /// Notes that a change is undone.
    ///
    /// # Errors
    /// Where it can't be written; restoring again is harmless then.
    pub fn close(&self, id: u64) -> std::io::Result<()> {
        write(&mut self.lock().0, &Entry::Closed { id })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (std::fs::File, u64)> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn write(file: &mut std::fs::File, entry: &Entry) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}
