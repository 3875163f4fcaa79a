//! What verifying came to, as data: format `recant-verify/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// Name of the format.
pub const FORMAT: &str = "recant-verify/v1";

/// How a check came out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// It holds.
    Ok,
    /// It holds, and somebody who relies on the evidence should know something.
    Beware,
    /// It could not be told.
    Open,
    /// It does not hold: the evidence is not to be trusted.
    Failed,
}

/// What is checked, in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Nothing in the folder leads out of it or is too large.
    Folder,
    /// The manifest is well-formed, and of this run.
    Manifest,
    /// Every file of the manifest is there, as it says, and no other.
    Files,
    /// The root of the manifest's tree.
    Root,
    /// The history is whole, gapless, and ends as sealed.
    History,
    /// Plan and history tell of the same run.
    Plan,
    /// What was waived could be waived when the run began, and is what the history holds.
    Waivers,
    /// Times go forward, within the run.
    Times,
    /// The undo journal holds every change, and every change was undone.
    Undo,
    /// The stored report is what the record gives when it is judged again.
    Report,
    /// So are the stored findings.
    Findings,
    /// The other reports say the same as the stored one.
    Renders,
    /// Numbers reconcile.
    Counts,
    /// The report says what the selftest said of recant.
    Calibration,
    /// Nothing looks like a credential.
    Secrets,
    /// Who vouches for all this.
    Signature,
    /// When that was at the latest. Only where a time-stamp is attached, or asked for.
    Timestamp,
}

/// A check with what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Which.
    pub check: Name,
    /// How it came out.
    pub word: Word,
    /// One sentence.
    pub says: String,
}

/// What the checks come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Every check holds.
    Intact,
    /// None fails, but some could not be told.
    Open,
    /// At least one fails.
    NotToBeTrusted,
}

/// What verifying a run folder came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// `recant-verify/v1`.
    pub format: String,
    /// Name of the run, as its plan has it; absent where there is no plan to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What the run came to, by its stored report; absent where there is none to read. Worth as much as the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Exit>,
    /// What the checks come to.
    pub evidence: Evidence,
    /// The process exit code: 0 intact, 3 open, 5 not to be trusted. It tells nothing of the target.
    pub exit_code: u8,
    /// All checks.
    pub checks: Vec<Check>,
    /// What follows from none of them.
    pub not_proven: Vec<String>,
}

impl Name {
    /// All, in their order.
    pub const ALL: [Self; 17] = [
        Self::Folder,
        Self::Manifest,
        Self::Files,
        Self::Root,
        Self::History,
        Self::Plan,
        Self::Waivers,
        Self::Times,
        Self::Undo,
        Self::Report,
        Self::Findings,
        Self::Renders,
        Self::Counts,
        Self::Calibration,
        Self::Secrets,
        Self::Signature,
        Self::Timestamp,
    ];

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Manifest => "manifest",
            Self::Files => "files",
            Self::Root => "root",
            Self::History => "history",
            Self::Plan => "plan",
            Self::Waivers => "waivers",
            Self::Times => "times",
            Self::Undo => "undo",
            Self::Report => "report",
            Self::Findings => "findings",
            Self::Renders => "renders",
            Self::Counts => "counts",
            Self::Calibration => "calibration",
            Self::Secrets => "secrets",
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
        }
    }

    /// This check, come out so.
    pub fn is(self, word: Word, says: impl Into<String>) -> Check {
        Check { check: self, word, says: says.into() }
    }

    /// This check: it holds where nothing is wrong, else the first thing that is wrong is told, and how many more there are.
    pub fn holds_unless(self, wrong: &[String], holds: impl Into<String>) -> Check {
        match wrong {
            [] => self.is(Word::Ok, holds),
            [only] => self.is(Word::Failed, only),
            [first, more @ ..] => {
                self.is(Word::Failed, format!("{first} (and {} more)", more.len()))
            }
        }
    }
}

impl Word {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Beware => "beware",
            Self::Open => "open",
            Self::Failed => "failed",
        }
    }
}

impl Evidence {
    /// What checks come to. Where `strict`, what somebody should know leaves it open.
    #[must_use]
    pub fn of(checks: &[Check], strict: bool) -> Self {
        match checks.iter().map(|c| c.word).max() {
            Some(Word::Failed) => Self::NotToBeTrusted,
            Some(Word::Open) | None => Self::Open,
            Some(Word::Beware) if strict => Self::Open,
            Some(Word::Beware | Word::Ok) => Self::Intact,
        }
    }

    /// Exit code: a record that is not what was written lets recant down (5), one of which not enough is known is open (3).
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Intact => Exit::Conformant,
            Self::Open => Exit::Inconclusive,
            Self::NotToBeTrusted => Exit::CouldNotRun,
        }
    }

    /// The words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Open => "open",
            Self::NotToBeTrusted => "not to be trusted",
        }
    }
}
