//! The judge's only product.

use serde::{Deserialize, Serialize};

use crate::model::{Place, Verdict, Waived, WaiverStanding};

/// The judgement of one requirement in one scenario, at one service where it is about one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Requirement id: `enforcement/old-token-refused`.
    pub requirement: String,
    /// Short id: `E-01`.
    pub alias: String,
    /// The scenario instance whose history was judged.
    pub scenario: String,
    /// The service, where the finding is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// True where the requirement is a SHOULD: a failure is shown as a warning and does not fail the run.
    #[serde(default)]
    pub advisory: bool,
    /// The waiver that covers it, where it is a failure that one covers. It changes no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waived>,
    /// One sentence for people: what was observed against what was asked.
    pub because: String,
    /// Indices of the ops that prove it, in the history of its shard where there is one.
    pub evidence: Vec<u64>,
    /// In a merged run: the shard whose record was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// Enforcement lag, where one was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
    /// Residual of a bounded pass, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_seconds: Option<u64>,
    /// Where the obligation stands.
    pub place: Place,
    /// The obligation's words.
    pub obligation: String,
}

impl Finding {
    /// True for a failure that a waiver in force covers: the run does not fail for it.
    #[must_use]
    pub fn is_waived(&self) -> bool {
        let in_force = |w: &Waived| w.standing == WaiverStanding::InForce;
        self.verdict == Verdict::Fail && self.waiver.as_ref().is_some_and(in_force)
    }

    /// True for a MUST that does not hold and that nobody answers for.
    #[must_use]
    pub fn fails_the_run(&self) -> bool {
        self.verdict == Verdict::Fail && !self.advisory && !self.is_waived()
    }
}

/// From a change being acknowledged to the last acceptance: always an interval, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Lag {
    /// Start of the latest accepted request minus the acknowledgement; 0 where none was accepted after it.
    pub at_least_ms: u64,
    /// End of the earliest refusal after which nothing was accepted, minus the sending of the change; `None` where
    /// nothing was refused.
    pub at_most_ms: Option<u64>,
    /// Accepted again after a refusal.
    pub flapped: bool,
    /// Within which time the service had to follow, milliseconds; absent where its tokens may be used until they expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_ms: Option<u64>,
}
