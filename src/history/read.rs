//! Reading a history back: line by line with bounded size, every link of the chain checked. What does not follow from the
//! line before is said; nothing is repaired and nothing after it is used.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::line::{Line, Sealed, VERSION};
use crate::model::hex;

/// Longest line that is read, bytes. The recorder writes bounded answers, so a longer one is damage.
pub const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// A history as it stands on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The lines whose chain holds, in order.
    pub lines: Vec<Line>,
    /// SHA-256 (hex) of the last of them; 64 zeros where there is none.
    pub head: String,
    /// Whether that is all.
    pub state: Integrity,
}

/// Whether a history is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// From its first line to its last.
    Whole,
    /// The chain holds, but the last line is not there: a crash or a kill. Says where it stops.
    CutOff(String),
    /// A line does not follow from the one before: altered, removed, added or damaged.
    Broken {
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong there.
        why: String,
    },
}

/// Reads `history.jsonl`.
///
/// # Errors
/// Where the file can't be read at all. What is wrong in it is told by [`Recorded::state`].
pub fn read(path: &Path) -> io::Result<Recorded> {
    read_from(BufReader::with_capacity(256 * 1024, File::open(path)?))
}

/// Reads a history from anything.
///
/// # Errors
/// Where reading fails.
pub fn read_from(mut from: impl BufRead) -> io::Result<Recorded> {
    let mut so_far = Recorded {
        lines: Vec::new(),
        head: "0".repeat(64),
        state: Integrity::CutOff("it is empty".into()),
    };
    let mut bytes = Vec::new();
    loop {
        let line = so_far.lines.len() as u64 + 1;
        bytes.clear();
        let n = from.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes)?;
        if n == 0 {
            return Ok(so_far);
        }
        let whole = bytes.pop_if(|b| *b == b'\n').is_some();
        if !whole && n as u64 > LONGEST_LINE {
            so_far.state = Integrity::Broken { line, why: "it is longer than 16 MiB".into() };
            return Ok(so_far);
        }
        if !whole {
            so_far.state = Integrity::CutOff(format!("line {line} is torn"));
            return Ok(so_far);
        }
        if let Err(why) = so_far.add(&bytes) {
            so_far.state = Integrity::Broken { line, why };
            return Ok(so_far);
        }
    }
}

impl Recorded {
    /// Takes a line whose link holds; says what is wrong with any other.
    fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.state == Integrity::Whole {
            return Err("it stands after the last line".into());
        }
        if let Some(version) = begun_version(bytes).filter(|v| *v != u64::from(VERSION)) {
            return Err(format!("its format version is {version}, this recant reads {VERSION}"));
        }
        let sealed: Sealed =
            serde_json::from_slice(bytes).map_err(|e| format!("it can't be read: {e}"))?;
        let expected = self.lines.len() as u64;
        if sealed.seq != expected {
            return Err(format!("its number is {}, {expected} was to come", sealed.seq));
        }
        if sealed.prev != self.head {
            return Err(
                "it does not follow from the line before: one of the two was altered".into()
            );
        }
        match (&sealed.line, self.lines.is_empty()) {
            (Line::Begin(_), false) => return Err("it begins a second history".into()),
            (Line::Begin(_), true) | (_, false) => {}
            (_, true) => return Err("a history begins with another line".into()),
        }
        self.state = if matches!(sealed.line, Line::End { .. }) {
            Integrity::Whole
        } else {
            Integrity::CutOff(format!("it stops after line {}", expected + 1))
        };
        self.head = hex(&Sha256::digest(bytes));
        self.lines.push(sealed.line);
        Ok(())
    }
}

// Read before the rest of the line: another version may have other members.
fn begun_version(bytes: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct First {
        begin: Version,
    }
    #[derive(serde::Deserialize)]
    struct Version {
        version: u64,
    }
    if !bytes.windows(7).take(200).any(|w| w == b"\"begin\"") {
        return None;
    }
    serde_json::from_slice::<First>(bytes).ok().map(|f| f.begin.version)
}
