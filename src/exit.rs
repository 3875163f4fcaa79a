//! How a command ends: one table of exit codes, from which `recant --help` and the README take theirs. The code of a run
//! is a function of its written report, so that `recant verdict` gives it again after a pipe has eaten it.

use serde::{Deserialize, Serialize};

/// How a command ended, and how a run came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// Everything that was asked holds, some of it perhaps only within a declared bound.
    Conformant,
    /// The same, but for failures that somebody has waived until a day.
    ConformantButWaived,
    /// Nothing failed or stayed open in one shard of a run. The whole is judged when its shards are merged.
    CleanShard,
    /// At least one MUST does not hold.
    Nonconformant,
    /// Something is wrong with what recant was given; nothing was sent.
    Usage,
    /// The evidence does not suffice for a verdict.
    Inconclusive,
    /// Nothing was judged: an empty selection, or nothing but requirements that do not apply.
    NothingTested,
    /// recant could not do its job.
    CouldNotRun,
    /// The run was interrupted, and every change was undone.
    Interrupted,
    /// A change could not be undone.
    NotRestored,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub exit: Exit,
    /// The process exit code.
    pub code: u8,
    /// One or two words.
    pub word: &'static str,
    /// What it means, and what to do next.
    pub means: &'static str,
}

/// All results, by their codes. A code never changes its meaning.
pub const TABLE: [Row; 10] = [
    Row {
        exit: Exit::Conformant,
        code: 0,
        word: "conformant",
        means: "every requirement that was judged holds; bounded passes and warnings are listed",
    },
    Row {
        exit: Exit::ConformantButWaived,
        code: 0,
        word: "conformant but for waivers",
        means: "what was judged holds, but for failures waived until a day",
    },
    Row {
        exit: Exit::CleanShard,
        code: 0,
        word: "clean shard",
        means: "nothing failed or stayed open in this shard; `recant merge` judges the whole",
    },
    Row {
        exit: Exit::Nonconformant,
        code: 1,
        word: "nonconformant",
        means: "at least one MUST does not hold, and nobody waives it",
    },
    Row {
        exit: Exit::Usage,
        code: 2,
        word: "usage",
        means: "a mistake in an option, a file, a step or the environment; nothing was sent",
    },
    Row {
        exit: Exit::Inconclusive,
        code: 3,
        word: "inconclusive",
        means: "nothing failed, but the evidence does not suffice, or the record was cut off",
    },
    Row {
        exit: Exit::NothingTested,
        code: 4,
        word: "nothing tested",
        means: "the selection is empty, or nothing of it applies to this target",
    },
    Row {
        exit: Exit::CouldNotRun,
        code: 5,
        word: "could not run",
        means: "the target, the disk or a record let recant down; no verdict on the target",
    },
    Row {
        exit: Exit::Interrupted,
        code: 6,
        word: "interrupted",
        means: "the run was stopped; every change was undone",
    },
    Row {
        exit: Exit::NotRestored,
        code: 7,
        word: "not restored",
        means: "a change could not be undone: `recant restore` tries again",
    },
];

impl Exit {
    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        self.row().code
    }

    /// The word that people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// What it means, in one sentence.
    #[must_use]
    pub fn means(self) -> &'static str {
        self.row().means
    }

    /// True where a run came out with nothing that fails or stays open.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Conformant | Self::ConformantButWaived | Self::CleanShard)
    }

    // The table has a row for each variant in order; a test holds that.
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table in Markdown, for the README.
#[must_use]
pub fn markdown() -> String {
    let rows = TABLE.iter().map(|r| format!("| {} | {} | {} |\n", r.code, r.word, r.means));
    format!("| code | word | meaning |\n|---|---|---|\n{}", rows.collect::<String>())
}

/// The table in plain text, for `recant --help`.
#[must_use]
pub fn plain() -> String {
    let rows = TABLE.iter().map(|r| format!("  {}  {:<15} {}\n", r.code, r.word, r.means));
    format!("Exit codes:\n{}", rows.collect::<String>())
}
