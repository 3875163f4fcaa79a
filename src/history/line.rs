//! The lines of `history.jsonl`, format version 1.
//!
//! A line is `{"seq":N,"prev":"<sha-256 of the previous line>", ...one Line}`. An op is two lines, invocation and
//! completion, so that a crash leaves an honest record. Lines hold no secret: tokens are `TokenSeen`.

use serde::{Deserialize, Serialize};

use crate::model::{AskedControl, Facts, Moment, Outcome, Place, RanBy, Shard, Waivers};

use super::action::Action;
use super::seen::Seen;

/// Version of the format. A reader refuses a version it does not know.
pub const VERSION: u32 = 1;

/// A line with its place in the chain, to be written.
#[derive(Debug, Serialize)]
pub struct Sealing<'a> {
    /// Position in the file, from 0, without gaps.
    pub seq: u64,
    /// SHA-256 of the previous line's bytes (hex), or 64 zeros for the first.
    pub prev: &'a str,
    /// The line.
    #[serde(flatten)]
    pub line: &'a Line,
}

/// A line with its place in the chain, as it is read back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Members")]
pub struct Sealed {
    /// Position in the file, from 0, without gaps.
    pub seq: u64,
    /// SHA-256 of the previous line's bytes (hex), or 64 zeros for the first.
    pub prev: String,
    /// The line.
    pub line: Line,
}

/// The members of a line as they stand. A flattened enum says the same and buffers each line whole to read it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Members {
    seq: u64,
    prev: String,
    begin: Option<Box<Begin>>,
    invoke: Option<Invocation>,
    complete: Option<Box<Completion>>,
    obligation: Option<Box<Obligation>>,
    unmet: Option<Unmet>,
    ran: Option<Ran>,
    end: Option<End>,
}

#[derive(Deserialize)]
struct Unmet {
    instance: String,
    because: String,
}

#[derive(Deserialize)]
struct Ran {
    scenario: String,
    place: Place,
    #[serde(default)]
    halted: Option<String>,
}

#[derive(Deserialize)]
struct End {
    interrupted: bool,
    unrestored: u32,
}

impl TryFrom<Members> for Sealed {
    type Error = &'static str;

    fn try_from(of: Members) -> Result<Self, Self::Error> {
        let lines = [
            of.begin.map(Line::Begin),
            of.invoke.map(Line::Invoke),
            of.complete.map(Line::Complete),
            of.obligation.map(Line::Obligation),
            of.unmet.map(|Unmet { instance, because }| Line::Unmet { instance, because }),
            of.ran.map(|Ran { scenario, place, halted }| Line::Ran { scenario, place, halted }),
            of.end.map(|End { interrupted, unrestored }| Line::End { interrupted, unrestored }),
        ];
        let mut lines = lines.into_iter().flatten();
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(Self { seq: of.seq, prev: of.prev, line }),
            (None, _) => Err("it is no line of a history"),
            (Some(_), Some(_)) => Err("it is two lines in one"),
        }
    }
}

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "half of all lines are the largest one: a box saves nothing"
)]
pub enum Line {
    /// First line: the run and the declared facts.
    Begin(Box<Begin>),
    /// Something is about to be sent.
    Invoke(Invocation),
    /// What it came to.
    Complete(Box<Completion>),
    /// A `Then` step: something had to hold at this point.
    Obligation(Box<Obligation>),
    /// A scenario could not be carried out: why. Its obligations are inconclusive.
    Unmet {
        /// The scenario instance.
        instance: String,
        /// What was missing.
        because: String,
    },
    /// A scenario of a feature came to its end (or could not be carried out).
    Ran {
        /// `Feature / scenario`, as in the plan.
        scenario: String,
        /// Where it stands.
        place: Place,
        /// Why it was not carried out; `None` where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        halted: Option<String>,
    },
    /// Last line of a run that ended by itself; a history without it was cut off.
    End {
        /// True where the run was interrupted and cleaned up.
        interrupted: bool,
        /// Changes that could not be undone.
        unrestored: u32,
    },
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// Format version of this file.
    pub version: u32,
    /// Name of the run.
    pub run: String,
    /// recant's version.
    pub tool: String,
    /// Wall time of moment zero, RFC 3339 UTC, by recant's own clock.
    pub started: String,
    /// Who ran recant, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RanBy>,
    /// By how much the target's clock was ahead of that, milliseconds, as it was read: one that was moved before stays so.
    /// `None` where it can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<i64>,
    /// The target's declared facts.
    pub facts: Facts,
    /// Failures that somebody answers for, so that they don't fail the run.
    #[serde(default, skip_serializing_if = "Waivers::is_default")]
    pub waivers: Waivers,
    /// Controls that the run is to give evidence for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<AskedControl>,
    /// The part that the run is of the run of its plan, where it is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

impl Begin {
    /// The day on which the run began, by recant's own clock: `2026-11-27`, UTC; `None` where the line does not tell it.
    #[must_use]
    pub fn day(&self) -> Option<String> {
        let started: jiff::Timestamp = self.started.parse().ok()?;
        Some(jiff::tz::Offset::UTC.to_datetime(started).date().to_string())
    }

    /// Moment zero by recant's own clock, seconds since 1970; `None` where the line does not tell it.
    #[must_use]
    pub fn started_seconds(&self) -> Option<f64> {
        let started: jiff::Timestamp = self.started.parse().ok()?;
        Some(started.as_nanosecond() as f64 / 1e9)
    }
}

/// A request or change about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Index of the op within the run.
    pub op: u64,
    /// The scenario instance it belongs to: `role-removal`, or `orders.feature:12` for a team's own steps.
    pub instance: String,
    /// When it was sent.
    pub at: Moment,
    /// What.
    pub action: Action,
}

/// What an op came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// Index of the op.
    pub op: u64,
    /// When the answer was read.
    pub at: Moment,
    /// What it came to.
    pub outcome: Outcome,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
}

/// Something that had to hold at a point of the history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Obligation {
    /// The requirement it is evidence for.
    pub requirement: String,
    /// The check that judges it.
    pub check: String,
    /// The scenario instance it is judged over.
    pub instance: String,
    /// Ops up to and including this index are evidence.
    pub upto: u64,
    /// How many invocation and completion lines the instance had at that point. A judge that finds fewer knows that
    /// evidence was taken away. The recorder fills it in.
    #[serde(default)]
    pub lines: u64,
    /// Why the instance had stopped before this point, if it had. The recorder fills it in, so that a later stop
    /// does not reach back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
    /// Capabilities that the scenario needs (of its script and its verbs): where the target declares one of them
    /// absent, the obligation is not applicable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Narrowed to this service, where the step names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Narrowed to this operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A bound that the step gives instead of the profile's, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
    /// Where the step stands.
    pub place: Place,
    /// The step's text.
    pub text: String,
    /// Feature and scenario, as written.
    pub scenario: String,
}
