//! What a wall is.

use super::source::Source;

/// A rule about one source file.
pub struct Wall {
    /// What must hold, as a sentence without its full stop.
    pub name: &'static str,
    /// Why: goes on after "because".
    pub because: &'static str,
    /// Where a file breaks it.
    pub breaches: fn(&Source) -> Vec<Breach>,
    /// Paths and texts that break it. A line `<<9>>` stands for nine lines.
    pub broken: &'static [(&'static str, &'static str)],
    /// Paths and texts that keep it, close to the edge.
    pub kept: &'static [(&'static str, &'static str)],
}

/// A place where a wall is broken.
pub struct Breach {
    /// Line, from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
}

impl Breach {
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}
