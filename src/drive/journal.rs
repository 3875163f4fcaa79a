//! The undo journal: the inverse of a change is on disk before the change is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::confirm::UndoneWhen;
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
        values: BTreeMap<String, serde_json::Value>,
        /// The subject that this is about, and nothing else: what was changed of it is gone when it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// True where the steps remove that subject.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        removes: bool,
        /// What must be read once it is undone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undone: Option<Box<UndoneWhen>>,
        /// The entry of the same change that this one completes, with what the change itself told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        completes: Option<u64>,
        /// Never written. True of an entry that is open although its subject is gone: the target acknowledged its undo and did
        /// not make it, and nothing is left to be undone.
        #[serde(skip)]
        gone: bool,
    },
    /// The target acknowledged the undo of an entry, and showed that it had not made it.
    NotMade {
        /// Number of the entry.
        id: u64,
    },
    /// The change was undone (or was certainly never made).
    Closed {
        /// Number of the entry.
        id: u64,
    },
}

/// A change and its inverse, as they go into the journal.
#[derive(Debug, Clone)]
pub struct Inverse<'a> {
    /// The change, for people.
    pub change: &'a str,
    /// The inverse.
    pub steps: &'a [HttpStep],
    /// Values for the templates (no secrets).
    pub values: BTreeMap<String, serde_json::Value>,
    /// The subject that this is about, and nothing else.
    pub subject: Option<&'a str>,
    /// True where the steps remove that subject.
    pub removes: bool,
    /// What must be read once it is undone.
    pub undone: Option<Box<UndoneWhen>>,
    /// The entry of the same change that this one completes.
    pub completes: Option<u64>,
}

/// An open journal.
pub struct Journal {
    written: Mutex<Written>,
    /// How many lines are known to be on disk. Held during a sync: those who come meanwhile share the next one.
    synced: tokio::sync::Mutex<u64>,
}

struct Written {
    file: Arc<std::fs::File>,
    last_id: u64,
    lines: u64,
    /// After half a line nothing more can be written that would surely be read.
    torn: bool,
}

/// An entry that is written, but perhaps not on disk yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Noted {
    /// Its number.
    pub id: u64,
    line: u64,
}

impl Entry {
    /// The subject that an inverse is about, and nothing else.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::Open { subject, .. } => subject.as_deref(),
            Self::NotMade { .. } | Self::Closed { .. } => None,
        }
    }

    /// The subject that an inverse removes.
    fn removed(&self) -> Option<&str> {
        self.subject().filter(|_| matches!(self, Self::Open { removes: true, .. }))
    }
}

impl Journal {
    /// Creates the journal of a run.
    ///
    /// # Errors
    /// Where the file can't be created.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::OpenOptions::new().append(true).create_new(true).open(path)?;
        // The name of a new file is on disk only when its folder is.
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(Self::over(file))
    }

    /// Opens the journal of an earlier run for closing entries.
    ///
    /// # Errors
    /// Where the file can't be opened.
    pub fn reopen(path: &Path) -> std::io::Result<Self> {
        let mut file = std::fs::OpenOptions::new().append(true).read(true).open(path)?;
        end_torn_line(&mut file)?;
        Ok(Self::over(file))
    }

    fn over(file: std::fs::File) -> Self {
        let written = Written { file: Arc::new(file), last_id: 0, lines: 0, torn: false };
        Self { written: Mutex::new(written), synced: tokio::sync::Mutex::new(0) }
    }

    /// Entries of a journal that are not closed, latest first. What was changed of a subject alone is closed with the
    /// subject's removal, but where its undo was acknowledged and not made. A torn last line (a kill while it was written) is left
    /// out: its change was never sent.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn open_entries(path: &Path) -> std::io::Result<Vec<Entry>> {
        let mut open = BTreeMap::new();
        let (mut made, mut not_made) = (BTreeSet::new(), BTreeSet::new());
        for entry in Self::entries(path)? {
            match entry {
                Entry::Open { id, ref subject, removes, .. } => {
                    made.extend(subject.clone().filter(|_| removes));
                    open.insert(id, entry);
                }
                Entry::NotMade { id } => {
                    not_made.insert(id);
                }
                Entry::Closed { id } => {
                    open.remove(&id);
                }
            }
        }
        let still: BTreeSet<_> = open.values().filter_map(Entry::removed).collect();
        let gone: BTreeSet<_> = made.iter().filter(|s| !still.contains(s.as_str())).collect();
        let is_gone = |e: &Entry| e.subject().is_some_and(|s| gone.iter().any(|g| *g == s));
        let ids: Vec<_> = open.iter().filter(|(_, e)| is_gone(e)).map(|(id, _)| *id).collect();
        for id in ids {
            match open.get_mut(&id) {
                Some(Entry::Open { gone, .. }) if not_made.contains(&id) => *gone = true,
                _ => drop(open.remove(&id)),
            }
        }
        Ok(open.into_values().rev().collect())
    }

    /// How often the journal has each change (`change_in_words`), undone or not.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn changes(path: &Path) -> std::io::Result<BTreeMap<String, usize>> {
        let mut changes = BTreeMap::new();
        for entry in Self::entries(path)? {
            if let Entry::Open { change, removes: false, completes: None, .. } = entry {
                *changes.entry(change).or_default() += 1;
            }
        }
        Ok(changes)
    }

    fn entries(path: &Path) -> std::io::Result<Vec<Entry>> {
        let bytes = match std::fs::read(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect())
    }

    /// Writes an entry. `on_disk` must have returned before its change is sent.
    ///
    /// # Errors
    /// Where it can't be written: the change must then not be sent.
    pub fn note(&self, inverse: Inverse<'_>) -> std::io::Result<Noted> {
        let mut written = self.lock();
        written.last_id += 1;
        let id = written.last_id;
        written.append(&Entry::Open {
            id,
            change: inverse.change.to_owned(),
            steps: inverse.steps.to_vec(),
            values: inverse.values,
            subject: inverse.subject.map(str::to_owned),
            removes: inverse.removes,
            undone: inverse.undone,
            completes: inverse.completes,
            gone: false,
        })?;
        Ok(Noted { id, line: written.lines })
    }

    /// Waits until an entry is on disk. Entries that are noted while the disk is busy share the next sync.
    ///
    /// # Errors
    /// Where the disk says no: the change must then not be sent.
    pub async fn on_disk(&self, noted: Noted) -> std::io::Result<()> {
        let mut synced = self.synced.lock().await;
        if *synced >= noted.line {
            return Ok(());
        }
        let (file, lines) = {
            let written = self.lock();
            (written.file.clone(), written.lines)
        };
        tokio::task::spawn_blocking(move || file.sync_data())
            .await
            .map_err(std::io::Error::other)??;
        *synced = lines;
        Ok(())
    }

    /// Notes that a change is undone. It need not be on disk at once: restoring again is harmless.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn close(&self, id: u64) -> std::io::Result<()> {
        self.lock().append(&Entry::Closed { id })
    }

    /// Notes that the target acknowledged an undo and did not make it.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn not_made(&self, id: u64) -> std::io::Result<()> {
        self.lock().append(&Entry::NotMade { id })
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn append(&mut self, entry: &Entry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if self.torn {
            return Err(std::io::Error::other("an earlier line could not be written whole"));
        }
        self.torn = true;
        (&*self.file).write_all(&line)?;
        self.torn = false;
        self.lines += 1;
        Ok(())
    }
}

/// A kill may have left half a line; what is appended must not be glued to it.
fn end_torn_line(file: &mut std::fs::File) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}
