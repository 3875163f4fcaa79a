//! What the suite needs of a run. The real one is `Live`; tests bring their own and need no target.

use std::sync::Arc;
use std::time::Duration;

use crate::drive::Halt;
use crate::history::{Line, Obligation};
use crate::judge::Finding;
use crate::model::Place;
use crate::plan::{Scripts, Touches, Verb};

/// A run under way, as scenarios see it.
pub trait Driver: Send + Sync + 'static {
    /// Who performs a scenario.
    type Actor: Actor;

    /// A scenario instance begins.
    fn enter(self: &Arc<Self>, instance: &str, touches: Touches) -> Self::Actor;

    /// Whether a change, by name, alters what others use too.
    fn touches(&self, change: &str) -> Touches;

    /// The scripts that scenarios may name.
    fn scripts(&self) -> Arc<Scripts>;

    /// Records an obligation and judges it on the record so far.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    fn oblige(&self, obligation: Obligation) -> Result<Vec<Finding>, Halt>;

    /// The record of an instance so far.
    fn lines_of(&self, instance: &str) -> Vec<Line>;

    /// Records that an instance could not be carried out.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt>;

    /// Records that a scenario of a feature came to its end.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt>;

    /// Nobody will ask for the lines of an instance again.
    fn forget(&self, instance: &str);

    /// Stops every scenario as soon as it can.
    fn interrupt(&self);

    /// Waits until somebody interrupts.
    fn interrupted(&self) -> impl Future<Output = ()> + Send;
}

/// Performs one scenario instance. Dropping it undoes what it changed.
pub trait Actor: Send + 'static {
    /// Performs one verb.
    fn perform(&mut self, verb: &Verb) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Waits until a script has happened, holding nothing meanwhile.
    fn script(&mut self, name: &str) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Undoes everything.
    fn finish(self) -> impl Future<Output = Result<(), Halt>> + Send;
}

/// What no scenario may exceed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time of one verb. Waiting for a borrowed subject, a lock or a script does not count.
    pub verb: Duration,
    /// After an interruption a verb may still bring its request to an end for so long.
    pub grace: Duration,
    /// Scenarios that are begun at once; those that wait count here, but hold no slot of the driver.
    pub open: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { verb: Duration::from_secs(7200), grace: Duration::from_secs(15), open: 1024 }
    }
}
