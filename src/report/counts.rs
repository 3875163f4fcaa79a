//! Numbers of a report, each with the sum that it must make.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Views;
use crate::history::Action;
use crate::judge::Finding;
use crate::model::{Outcome, Verdict};

/// Scenarios of the features: discovered = run + filtered + other shards + not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioCounts {
    /// Found in the features, outlines expanded.
    pub discovered: u64,
    /// Came to their end.
    pub run: u64,
    /// Left out by the tag expression.
    pub filtered: u64,
    /// Selected, but not (wholly) run.
    pub not_run: u64,
    /// Selected, and left to the other shards of the run; none where the run is not cut into shards.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_shards: u64,
}

/// Findings by verdict; `warning` is a SHOULD that does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingCounts {
    /// All.
    pub total: u64,
    /// Hold.
    pub pass: u64,
    /// Authority outlived the change, within the declared bound of a self-contained token.
    pub bounded: u64,
    /// Do not hold, and must.
    pub fail: u64,
    /// Do not hold, and should.
    pub warning: u64,
    /// The evidence does not suffice.
    pub inconclusive: u64,
    /// Declared absent by the target's owner.
    pub not_applicable: u64,
    /// Of `fail` and `warning`: covered by a waiver in force.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waived: u64,
}

/// What was sent, by kind and by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operations {
    /// All.
    pub total: u64,
    /// Subjects made.
    pub subjects: u64,
    /// Tokens asked for.
    pub issues: u64,
    /// Refresh tokens used.
    pub refreshes: u64,
    /// Tokens exchanged.
    pub exchanges: u64,
    /// Times that tokens were forged.
    #[serde(default)]
    pub forgeries: u64,
    /// Introspections.
    pub introspections: u64,
    /// Revocations.
    pub revocations: u64,
    /// Calls of services.
    pub calls: u64,
    /// Changes made.
    pub changes: u64,
    /// Changes looked for by the recipe's own read.
    #[serde(default)]
    pub confirmations: u64,
    /// Changes undone.
    pub undos: u64,
    /// Readings of the decision log.
    pub log_reads: u64,
    /// Security event tokens sent to receivers.
    #[serde(default)]
    pub signals_sent: u64,
    /// Streams of security events opened, verified, paused and resumed.
    #[serde(default)]
    pub stream_calls: u64,
    /// Readings of such streams, and what was pushed.
    #[serde(default)]
    pub signal_reads: u64,
    /// Moves of the target's clock.
    pub clock_moves: u64,
    /// Outcome: accepted.
    pub accepted: u64,
    /// Outcome: an authorization answer said no.
    pub refused: u64,
    /// Outcome: certainly without effect.
    pub failed: u64,
    /// Outcome: may or may not have had its effect.
    pub unknown: u64,
}

/// What was seen, by evidence point. An answer of unknown outcome is no observation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observations {
    /// The decision: requests for a token (issue, refresh, exchange) that were granted or refused.
    pub policy: u64,
    /// The content: tokens whose content was read, and introspection answers.
    pub token: u64,
    /// The effect: calls of services that were accepted or refused.
    pub enforcement: u64,
    /// The signal: security event tokens that were acknowledged or rejected, and those received.
    #[serde(default)]
    pub signal: u64,
    /// The explanation: decision records read.
    pub governance: u64,
    /// Distinct operations that findings cite as evidence.
    pub cited: u64,
}

impl ScenarioCounts {
    /// True where the parts make the whole.
    #[must_use]
    pub fn reconcile(&self) -> bool {
        sum(&[self.run, self.filtered, self.other_shards, self.not_run]) == Some(self.discovered)
    }
}

impl FindingCounts {
    /// Counts findings.
    #[must_use]
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut n = Self::default();
        for f in findings {
            n.total += 1;
            n.waived += u64::from(f.is_waived());
            match f.verdict {
                Verdict::Pass => n.pass += 1,
                Verdict::Bounded => n.bounded += 1,
                Verdict::Fail if f.advisory => n.warning += 1,
                Verdict::Fail => n.fail += 1,
                Verdict::Inconclusive => n.inconclusive += 1,
                Verdict::NotApplicable => n.not_applicable += 1,
            }
        }
        n
    }
}

impl FindingCounts {
    /// True where something was found that a control can be judged by: it holds, holds within a bound, or does not hold.
    #[must_use]
    pub fn evidence(&self) -> bool {
        self.pass + self.bounded + self.fail + self.warning > 0
    }
}

impl Operations {
    /// Counts the ops of histories.
    #[must_use]
    pub fn of(views: &Views<'_>) -> Self {
        let mut n = Self::default();
        for op in views.each().flat_map(|(_, view)| &view.ops) {
            n.total += 1;
            *n.kind(&op.action) += 1;
            match op.outcome {
                Outcome::Accepted => n.accepted += 1,
                Outcome::Refused(_) => n.refused += 1,
                Outcome::Failed(_) => n.failed += 1,
                Outcome::Unknown(_) => n.unknown += 1,
            }
        }
        n
    }

    /// True where kinds and outcomes each make the whole.
    #[must_use]
    pub fn reconcile(&self) -> bool {
        let kinds = [
            self.subjects,
            self.issues,
            self.refreshes,
            self.exchanges,
            self.forgeries,
            self.introspections,
            self.revocations,
            self.calls,
            self.changes,
            self.confirmations,
            self.undos,
            self.log_reads,
            self.signals_sent,
            self.stream_calls,
            self.signal_reads,
            self.clock_moves,
        ];
        let outcomes = [self.accepted, self.refused, self.failed, self.unknown];
        sum(&kinds) == Some(self.total) && sum(&outcomes) == Some(self.total)
    }

    fn kind(&mut self, action: &Action) -> &mut u64 {
        match action {
            Action::Subject { .. } => &mut self.subjects,
            Action::Issue { .. } | Action::PresentAgain { .. } => &mut self.issues,
            Action::Refresh { .. } | Action::RefreshByAnother { .. } => &mut self.refreshes,
            Action::Exchange { .. } => &mut self.exchanges,
            Action::Craft { .. } => &mut self.forgeries,
            Action::Introspect { .. } => &mut self.introspections,
            Action::Revoke { .. } => &mut self.revocations,
            Action::Call { .. }
            | Action::CallDirect { .. }
            | Action::ShowUnproven { .. }
            | Action::CallElsewhere { .. }
            | Action::TryDetour { .. }
            | Action::Derive { .. }
            | Action::UseDerived { .. } => &mut self.calls,
            Action::Change { .. } => &mut self.changes,
            Action::Confirm { .. } => &mut self.confirmations,
            Action::Undo { .. } => &mut self.undos,
            Action::ReadDecisions | Action::ReadAccesses | Action::ReadChanges => {
                &mut self.log_reads
            }
            Action::SendSignal { .. } => &mut self.signals_sent,
            Action::OpenStream { .. } | Action::VerifyStream { .. } | Action::SetStream { .. } => {
                &mut self.stream_calls
            }
            Action::ReadSignals | Action::TakeSignal => &mut self.signal_reads,
            Action::AdvanceClock { .. } => &mut self.clock_moves,
        }
    }
}

impl Observations {
    /// Counts what histories show and what findings cite of them.
    #[must_use]
    pub fn of(views: &Views<'_>, findings: &[Finding]) -> Self {
        let mut n = Self::default();
        for op in views.each().flat_map(|(_, view)| &view.ops) {
            let answered = u64::from(op.outcome.is_allow() || op.outcome.is_deny());
            match op.action {
                Action::Issue { .. }
                | Action::PresentAgain { .. }
                | Action::Refresh { .. }
                | Action::RefreshByAnother { .. }
                | Action::Exchange { .. } => {
                    n.policy += answered;
                }
                Action::Introspect { .. } => n.token += answered,
                Action::Call { .. }
                | Action::CallDirect { .. }
                | Action::CallElsewhere { .. }
                | Action::TryDetour { .. }
                | Action::ShowUnproven { .. } => {
                    n.enforcement += answered;
                }
                Action::SendSignal { .. } => n.signal += answered,
                _ => {}
            }
            n.token += op.seen.tokens.iter().filter(|t| !t.is_unreadable()).count() as u64;
            n.signal += op.seen.signals.len() as u64;
            n.governance +=
                (op.seen.decisions.len() + op.seen.accesses.len() + op.seen.changes.len()) as u64;
        }
        let of = |f: &'_ Finding| f.evidence.iter().map(|op| (f.shard, *op)).collect::<Vec<_>>();
        let cited: BTreeSet<(Option<u32>, u64)> = findings.iter().flat_map(of).collect();
        n.cited = cited.len() as u64;
        n
    }
}

fn sum(parts: &[u64]) -> Option<u64> {
    parts.iter().try_fold(0_u64, |n, part| n.checked_add(*part))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}
