//! What goes wrong with recant itself. Findings about a target are `judge::Finding`: the two never mix.

use crate::model::Place;

/// Something wrong with what a person gave recant: a file, an option, the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, if in a file.
    pub place: Option<Place>,
    /// How many characters it spans from there (for the caret); 1 where unknown.
    pub width: usize,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem that stands nowhere in a file.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { place: None, width: 1, what: what.into(), help: None }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Place, width: usize) -> Self {
        self.place = Some(place);
        self.width = width.max(1);
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a command ended without doing its job. Each has its own exit code (`exit.rs`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Usage, configuration or an undefined step: all that is wrong, at once. Nothing was sent.
    Problems(Vec<Problem>),
    /// The selection is empty.
    Nothing(String),
    /// recant could not run: disk, target down, a run folder that can't be read.
    Broken(String),
}
