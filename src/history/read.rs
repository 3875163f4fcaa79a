//! Reading a history back: line by line with bounded size, every link of the chain checked. What does not follow from the
//! line before is said; nothing is repaired and nothing after it is used.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::line::{Line, Sealed, VERSION};
use crate::model::hex;

/// Longest line that is read, bytes. The recorder writes bounded answers, so a longer one is damage.
pub const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Lines that are parsed at once, and bytes of them after which no further one is taken.
const BATCH_LINES: usize = 4096;
const BATCH_BYTES: usize = 4 << 20;

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
    loop {
        let batch = Batch::read(&mut from)?;
        let read: Vec<_> = batch.lines().map(Linked::of).collect();
        for linked in read {
            let line = so_far.lines.len() as u64 + 1;
            if let Err(why) = so_far.add(linked) {
                so_far.state = Integrity::Broken { line, why };
                return Ok(so_far);
            }
        }
        let line = so_far.lines.len() as u64 + 1;
        match batch.then {
            Then::More => continue,
            Then::Nothing => {}
            Then::Torn => so_far.state = Integrity::CutOff(format!("line {line} is torn")),
            Then::TooLong => {
                so_far.state = Integrity::Broken { line, why: "it is longer than 16 MiB".into() };
            }
        }
        return Ok(so_far);
    }
}

/// Lines that are parsed side by side.
struct Batch {
    bytes: Vec<u8>,
    /// Where each line ends, its line feed included.
    ends: Vec<usize>,
    then: Then,
}

/// What comes after a batch.
enum Then {
    More,
    Nothing,
    Torn,
    TooLong,
}

impl Batch {
    fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let mut batch = Self { bytes: Vec::new(), ends: Vec::new(), then: Then::More };
        while batch.ends.len() < BATCH_LINES && batch.bytes.len() < BATCH_BYTES {
            let n = from.take(LONGEST_LINE + 1).read_until(b'\n', &mut batch.bytes)?;
            if n > 0 && batch.bytes.ends_with(b"\n") {
                batch.ends.push(batch.bytes.len());
                continue;
            }
            batch.then = match n as u64 {
                0 => Then::Nothing,
                n if n > LONGEST_LINE => Then::TooLong,
                _ => Then::Torn,
            };
            break;
        }
        Ok(batch)
    }

    /// The lines without their line feeds.
    fn lines(&self) -> impl IndexedParallelIterator<Item = &[u8]> {
        self.ends.par_iter().enumerate().map(|(at, end)| {
            let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.bytes[start..end - 1]
        })
    }
}

/// A line by itself, before its link is looked at.
struct Linked {
    sealed: Result<Sealed, String>,
    /// SHA-256 of its bytes.
    digest: [u8; 32],
}

impl Linked {
    fn of(bytes: &[u8]) -> Self {
        let sealed = match begun_version(bytes).filter(|v| *v != u64::from(VERSION)) {
            Some(v) => Err(format!("its format version is {v}, this recant reads {VERSION}")),
            None => serde_json::from_slice(bytes).map_err(|e| format!("it can't be read: {e}")),
        };
        Self { sealed, digest: Sha256::digest(bytes).into() }
    }
}

impl Recorded {
    /// Takes a line whose link holds; says what is wrong with any other.
    fn add(&mut self, linked: Linked) -> Result<(), String> {
        if self.state == Integrity::Whole {
            return Err("it stands after the last line".into());
        }
        let sealed = linked.sealed?;
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
        self.head = hex(&linked.digest);
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
