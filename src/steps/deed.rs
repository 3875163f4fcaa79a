//! What a step comes to.

use crate::plan::Verb;

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Verbs, in order.
    Perform(Vec<Verb>),
    /// Verbs whose calls must all be accepted; else the scenario's precondition is unmet.
    Require(Vec<Verb>),
    /// A scenario script, once for the whole run.
    Script(String),
    /// Looks that are taken first, and what must then hold.
    Oblige {
        /// Observations that the obligations need and that nothing made yet.
        look: Vec<Verb>,
        /// The obligations.
        asks: Vec<Ask>,
    },
}

/// One obligation, before it is tied to a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Requirement id or alias.
    pub requirement: String,
    /// Narrowed to this service.
    pub service: Option<String>,
    /// Narrowed to this operation.
    pub operation: Option<String>,
    /// Bound that the step gives, milliseconds.
    pub within: Option<u64>,
}

impl Ask {
    /// An obligation that is not narrowed.
    #[must_use]
    pub fn of(requirement: impl Into<String>) -> Self {
        Self { requirement: requirement.into(), service: None, operation: None, within: None }
    }
}
