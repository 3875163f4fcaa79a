//! The files of a run folder, each read once and with suspicion: links, devices and giants are not followed or opened.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::secrets;
use crate::model::hex;

/// Larger files are no files of a run, bytes.
const LARGEST: u64 = 512 * 1024 * 1024;
/// More files than a run folder has.
const MOST: usize = 10_000;
/// Deeper than a run folder is, or one that holds such folders as its shards.
const DEEPEST: usize = 6;

/// The files by their path within the folder, with forward slashes.
#[derive(Debug, Default)]
pub struct Tree {
    /// The files.
    pub files: BTreeMap<String, FileSeen>,
    /// What must not be in a run folder, one sentence each. Such things were not opened.
    pub wrong: Vec<String>,
}

/// What was read of a file.
#[derive(Debug)]
pub struct FileSeen {
    /// Bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// Kinds of credentials that something in it looks like.
    pub secrets: Vec<&'static str>,
}

impl Tree {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where it, or something in it, can't be read.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        tree.walk(folder, "", DEEPEST)?;
        let mut seen = BTreeMap::new();
        for path in tree.files.keys() {
            if let Some(other) = seen.insert(path.to_lowercase(), path) {
                let what = format!("{path} and {other} are one name where case does not matter");
                tree.wrong.push(what);
            }
        }
        Ok(tree)
    }

    fn walk(&mut self, folder: &Path, prefix: &str, deeper: usize) -> Result<(), String> {
        let broken = |e: std::io::Error| format!("{} can't be read: {e}", folder.display());
        for entry in fs::read_dir(folder).map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let Ok(name) = entry.file_name().into_string() else {
                self.wrong.push(format!("{prefix}: a name in it is not UTF-8"));
                continue;
            };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(broken)?;
            if kind.is_dir() && deeper > 0 {
                let before = self.files.len() + self.wrong.len();
                self.walk(&entry.path(), &format!("{path}/"), deeper - 1)?;
                if self.files.len() + self.wrong.len() == before {
                    self.wrong.push(format!("{path} is an empty folder"));
                }
            } else if !kind.is_file() {
                let what = if kind.is_symlink() { "a link" } else { "no file of a run" };
                self.wrong.push(format!("{path} is {what}"));
            } else if self.files.len() >= MOST {
                return Err(format!("it has more than {MOST} files"));
            } else {
                self.file(path, &entry.path())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, at: &Path) -> Result<(), String> {
        let broken = |e: std::io::Error| format!("{} can't be read: {e}", at.display());
        let mut bytes = Vec::new();
        File::open(at)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(broken)?;
        if bytes.len() as u64 > LARGEST {
            self.wrong.push(format!("{path} is larger than any file of a run"));
            return Ok(());
        }
        let seen = FileSeen {
            size: bytes.len() as u64,
            sha256: hex(&Sha256::digest(&bytes)),
            secrets: secrets::kinds(&bytes),
        };
        self.files.insert(path, seen);
        Ok(())
    }
}
