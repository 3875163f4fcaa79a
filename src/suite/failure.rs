//! Why a step did not pass: typed, inside cucumber's untyped failure.

use crate::drive::Halt;
use crate::judge::Finding;
use crate::model::Verdict;

/// Why a step did not pass.
#[derive(Debug, Clone, PartialEq)]
pub enum StepFailure {
    /// What had to hold does not.
    Nonconformant(Vec<Finding>),
    /// The evidence does not suffice.
    Inconclusive(Vec<Finding>),
    /// The step could not be carried out.
    Halted(Halt),
}

impl StepFailure {
    /// One line for people who watch a run; the report says more.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Halted(halt) => halt.to_string(),
            Self::Nonconformant(all) => worst(all, Verdict::Fail),
            Self::Inconclusive(all) => worst(all, Verdict::Inconclusive),
        }
    }
}

fn worst(findings: &[Finding], verdict: Verdict) -> String {
    let such: Vec<_> = findings.iter().filter(|f| f.verdict == verdict && !f.advisory).collect();
    // Waived or not, the step is red; what nobody waives is told first.
    let first = such.iter().find(|f| !f.is_waived()).or(such.first());
    let Some(first) = first else { return verdict.word().to_owned() };
    let waived = if first.is_waived() { ", waived" } else { "" };
    let at = first.service.as_deref().map(|s| format!(" at {s}")).unwrap_or_default();
    let more = match such.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    format!("{} {}{waived}{at}: {}{more}", first.alias, verdict.word(), first.because)
}
