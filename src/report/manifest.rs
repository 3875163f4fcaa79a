//! `manifest.json`: every file of a run folder with its size and SHA-256, the root of their tree, and the head of the
//! history. Written last; only a signature over it comes later.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::merkle;
use crate::model::hex;

/// Name of the format.
pub const FORMAT: &str = "recant-manifest/v1";
/// Name of the file.
pub const FILE: &str = "manifest.json";
/// The signature over it, which can't be in it.
pub const ATTESTATION: &str = "attestation.dsse.json";
/// The time-stamp over the signature.
pub const TIMESTAMP: &str = "attestation.tsr";
/// Folders are followed this deep, which is more than a run folder has, or one that holds such folders as its shards.
const DEEPEST: usize = 6;

/// All files of a run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// `recant-manifest/v1`.
    pub format: String,
    /// Name of the run.
    pub run: String,
    /// SHA-256 (hex) of the last line of the history: with the chain it fixes all lines.
    pub history_head: String,
    /// Merkle tree hash (RFC 6962, SHA-256, hex) over the files in order; a leaf is `<sha256> <size> <path>`.
    #[serde(default)]
    pub root: String,
    /// Files in order of their path.
    pub files: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Path within the folder, with forward slashes.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

impl Manifest {
    /// Takes down a run folder as it is.
    ///
    /// # Errors
    /// Where a file can't be read.
    pub fn of(folder: &Path, run: &str, history_head: &str) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(folder, "", DEEPEST, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            format: FORMAT.into(),
            run: run.into(),
            history_head: history_head.into(),
            root: root(&files),
            files,
        })
    }

    /// What differs between this and the folder as it is now, one sentence each. The undo journal may have grown since:
    /// a later `restore` writes to it.
    ///
    /// # Errors
    /// Where a file can't be read.
    pub fn differences(&self, folder: &Path) -> io::Result<Vec<String>> {
        let now = Self::of(folder, &self.run, &self.history_head)?;
        let mut all = Vec::new();
        for was in self.files.iter().filter(|e| e.path != "undo.jsonl") {
            match now.files.iter().find(|e| e.path == was.path) {
                None => all.push(format!("{} is gone", was.path)),
                Some(is) if is != was => all.push(format!("{} was changed", was.path)),
                Some(_) => {}
            }
        }
        Ok(all)
    }
}

/// The tree hash over files, as [`Manifest::root`] has it.
#[must_use]
pub fn root(files: &[Entry]) -> String {
    let leaf = |e: &Entry| format!("{} {} {}", e.sha256, e.size, e.path).into_bytes();
    hex(&merkle::root(&files.iter().map(leaf).collect::<Vec<_>>()))
}

/// Size and SHA-256 of a file, read piece by piece.
///
/// # Errors
/// Where it can't be read.
pub fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0_u8; 64 * 1024];
    let mut size = 0;
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            return Ok((size, hex(&hash.finalize())));
        }
        hash.update(&piece[..n]);
        size += n as u64;
    }
}

// Links are left out: what they point to is no part of the record. So are temporary files (they begin with a dot).
fn collect(folder: &Path, prefix: &str, deeper: usize, files: &mut Vec<Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if name.starts_with('.') || [FILE, ATTESTATION, TIMESTAMP].contains(&path.as_str()) {
            continue;
        }
        if kind.is_dir() && deeper > 0 {
            collect(&entry.path(), &format!("{path}/"), deeper - 1, files)?;
        } else if kind.is_file() {
            let (size, sha256) = digest(&entry.path())?;
            files.push(Entry { path, size, sha256 });
        }
    }
    Ok(())
}
