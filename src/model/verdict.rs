//! The five words a finding can end in.

use serde::{Deserialize, Serialize};

/// The judgement of one requirement in one scenario. Ordered so that the larger one wins when verdicts are
/// combined: a failure hides nothing, and nothing hides a failure.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target declares the capability absent, so the requirement asks nothing of it.
    NotApplicable,
    /// The evidence shows that the requirement holds.
    Pass,
    /// Authority outlives the change, but no longer than the declared bound of a self-contained token
    /// (the residual is printed in seconds). Its own word: never shown as a pass.
    Bounded,
    /// The evidence does not suffice for a verdict.
    Inconclusive,
    /// The evidence shows that the requirement does not hold.
    Fail,
}

impl Verdict {
    /// The word as people read it in a terminal or report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
            Self::Bounded => "bounded",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }

    /// The worst of several verdicts; `Inconclusive` when there is none, because nothing tested is not a pass.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or(Self::Inconclusive)
    }
}
