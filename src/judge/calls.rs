//! Calls of operations, read out of ops.

use crate::history::{Action, Arm, Op};
use crate::model::{Detour, Outcome};

/// How long before a change a positive control may lie, milliseconds (REQUIREMENTS: section 1).
pub const REACH_MS: u64 = 5_000;

/// One call of an operation of a service.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// The op.
    pub op: &'a Op,
    /// Who called.
    pub subject: &'a str,
    /// Where.
    pub service: &'a str,
    /// What.
    pub operation: &'a str,
    /// With which token.
    pub token: &'a str,
    /// By which route; 0 is the main one.
    pub route: u32,
    /// At which replica.
    pub replica: u32,
    /// Which arm of a timing measurement.
    pub arm: Arm,
    /// The detour, where it took one: a route of its own then.
    pub detour: Option<Detour>,
}

impl<'a> Called<'a> {
    /// The call that an op is, if it is one.
    #[must_use]
    pub fn of(op: &'a Op) -> Option<Self> {
        match &op.action {
            Action::Call { subject, service, operation, token, route, replica, arm, detour } => {
                Some(Self {
                    op,
                    subject,
                    service,
                    operation,
                    token,
                    route: detour.map_or(*route, Detour::as_route),
                    replica: *replica,
                    arm: *arm,
                    detour: *detour,
                })
            }
            _ => None,
        }
    }

    /// True where nobody knows what it came to.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        matches!(self.op.outcome, Outcome::Unknown(_))
    }

    /// True where both are the same op.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.op.index == other.op.index
    }
}
