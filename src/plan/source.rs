//! Reading files that people wrote: bounded, and politely wrong. Knows nothing of what stands in them.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Problem;
use crate::model::{Place, hex};

/// Largest file that is read, in bytes. Whoever needs more has generated it, and can split it.
pub const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// A text file with the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path as the user gave it, or `shipped:...`.
    pub file: String,
    /// Its text, without a byte order mark.
    pub text: String,
    /// SHA-256 of the file as it is on disk, hex.
    pub digest: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read, is a folder or a device, is larger than [`LARGEST_FILE`], or is no text.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = path.display().to_string();
        let wrong = |why: &str| Problem::new(format!("{file} can't be read: {why}"));
        let facts = std::fs::metadata(path).map_err(|e| wrong(&plainly(&e)))?;
        if facts.is_dir() {
            return Err(wrong("it is a folder").help("name a file in it"));
        }
        if !facts.is_file() {
            return Err(wrong("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|f| f.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
            .map_err(|e| wrong(&plainly(&e)))?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(wrong(&format!("it is larger than {} MiB", LARGEST_FILE / 1024 / 1024))
                .help("split it into several files"));
        }
        Self::of_bytes(file, &bytes)
    }

    /// A text that is built in; `name` becomes `shipped:name`.
    #[must_use]
    pub fn shipped(name: &str, text: &str) -> Self {
        Self::of_text(format!("shipped:{name}"), text)
    }

    /// A text under a name.
    #[must_use]
    pub fn of_text(file: impl Into<String>, text: &str) -> Self {
        let digest = digest(text.as_bytes());
        Self { file: file.into(), text: text.trim_start_matches('\u{feff}').to_owned(), digest }
    }

    fn of_bytes(file: String, bytes: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let before = String::from_utf8_lossy(&bytes[..e.valid_up_to()]).into_owned();
            let at = Self { file: file.clone(), text: before, digest: String::new() };
            Problem::new("this is no UTF-8 text")
                .at(at.place(at.text.len()), 1)
                .help("save the file as UTF-8")
        })?;
        let source = Self::of_text(file, text);
        match source.text.find('\0') {
            Some(offset) => Err(Problem::new("there is a NUL byte here; this is no text file")
                .at(source.place(offset), 1)
                .help("save the file as UTF-8 (UTF-16 looks like this)")),
            None => Ok(source),
        }
    }

    /// The place of a byte offset.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        Place {
            file: self.file.clone(),
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// A line by its number, from 1; without its line break.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<&str> {
        self.text.lines().nth(number.checked_sub(1)?)
    }

    /// A problem at a byte range, with the line that it starts in.
    #[must_use]
    pub fn problem(&self, span: std::ops::Range<usize>, what: impl Into<String>) -> Problem {
        let place = self.place(span.start);
        let spanned = self.text.get(span).unwrap_or_default();
        let width = spanned.lines().next().unwrap_or_default().chars().count();
        let line = self.line(place.line).unwrap_or_default().to_owned();
        Problem::new(what).at(place, width).excerpt(line)
    }
}

/// SHA-256, hex.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// What the operating system says, without its error number.
#[must_use]
pub fn plainly(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}
