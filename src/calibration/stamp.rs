//! When, and of which sources, the committed matrix was measured; and what a report says of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Matrix;

/// Name of the format.
pub const STAMP_FORMAT: &str = "recant-calibration/v1";

/// What `recant selftest --write` says of the matrix that it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// `recant-calibration/v1`.
    pub format: String,
    /// recant's version.
    pub tool: String,
    /// The day of the selftest, UTC: the first on which these sources had this matrix.
    pub date: String,
    /// SHA-256 (hex) of the sources of the build that was tested.
    pub sources: String,
    /// SHA-256 (hex) of the matrix, as a file.
    pub matrix: String,
}

/// What the selftest of a build said: a line of every report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// True where the selftest was made with the sources of this very build, and the whole of it.
    pub calibrated: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The version that was tested.
    pub tool: String,
    /// The day of the selftest, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// SHA-256 (hex) of the sources of this build that decide what it notices.
    pub sources: String,
    /// Seeded faults that were tried.
    pub faults: u64,
    /// Those that were noticed by a requirement which must notice them.
    pub noticed: u64,
    /// Requirements that were red where nothing that they ask about was wrong.
    pub false_alarms: u64,
    /// Declared service classes of the healthy system.
    pub classes: u64,
    /// Those in which nothing of it was red or open.
    pub clean_classes: u64,
    /// Seeded faults that were noticed by a requirement which this very run judged: fewer than `noticed` where only a part of
    /// the suite was run.
    #[serde(default)]
    pub within_reach: u64,
    /// True where the run played other features or scripts than the shipped ones, which are the ones that were tested.
    #[serde(default)]
    pub own_suite: bool,
}

impl Calibration {
    /// Compares what a build was made from with what was tested.
    #[must_use]
    pub fn of(sources: &str, tool: &str, matrix: &str, stamp: &str) -> Self {
        let none = |because: &str| Self {
            because: Some(because.to_owned()),
            tool: tool.to_owned(),
            sources: sources.to_owned(),
            ..Self::default()
        };
        let (Ok(stamp), Ok(measured)) =
            (serde_json::from_str::<Stamp>(stamp), serde_json::from_str::<Matrix>(matrix))
        else {
            return none("no selftest was made of this build");
        };
        if stamp.matrix != sha256(matrix) {
            return none("the matrix is not the one that its selftest wrote");
        }
        if stamp.sources != sources {
            return none(
                "this build was made from other sources than the one that was tested last",
            );
        }
        Self {
            calibrated: true,
            because: None,
            tool: stamp.tool,
            date: Some(stamp.date),
            sources: sources.to_owned(),
            faults: measured.faults.len() as u64,
            noticed: measured.noticed(),
            false_alarms: measured.false_alarms(),
            classes: measured.healthy.classes.len() as u64,
            clean_classes: measured.clean_classes(),
            within_reach: 0,
            own_suite: false,
        }
    }

    /// The same, where the run was driven by a build from other sources.
    #[must_use]
    pub fn driven_by(self, sources: &str) -> Self {
        if sources == self.sources || !self.calibrated {
            return self;
        }
        Self {
            because: Some("the run was driven by another build than the one that judges it".into()),
            tool: self.tool,
            sources: self.sources,
            ..Self::default()
        }
    }

    /// True where a green report means something: tested, nothing missed, no false alarm, clean in every class.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.calibrated
            && self.noticed == self.faults
            && self.false_alarms == 0
            && self.clean_classes == self.classes
    }

    /// The line of a report.
    #[must_use]
    pub fn line(&self) -> String {
        if !self.calibrated {
            let because = self.because.as_deref().unwrap_or("nothing is known of a selftest");
            return format!("not calibrated: {because} (recant selftest)");
        }
        let Self { faults, noticed, false_alarms, classes, clean_classes, .. } = self;
        let alarms = if *false_alarms == 1 { "alarm" } else { "alarms" };
        let mut line = format!(
            "{noticed} of {faults} seeded faults noticed, {false_alarms} false {alarms}, \
             healthy clean in {clean_classes} of {classes} service classes"
        );
        if self.own_suite {
            line += ", all with the shipped suite, of which this run is not one";
        } else if self.within_reach < *noticed {
            line += &format!(
                "; the requirements that were judged in this run notice {} of them",
                self.within_reach
            );
        }
        let date = self.date.as_deref().unwrap_or("an unknown day");
        line += &format!(" (selftest of recant {}, {date})", self.tool);
        if self.sound() { line } else { format!("unsound: {line}") }
    }
}

/// SHA-256 (hex) of a text.
#[must_use]
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
