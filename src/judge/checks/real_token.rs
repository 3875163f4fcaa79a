//! The control of everything that shows a service what it must refuse: the real token, shown as it should be.

use crate::judge::{Called, Case};
use crate::model::Moment;

/// What was shown in its place, and from when to when.
pub struct InPlaceOf<'a> {
    /// The real token.
    pub token: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// When the first was sent.
    pub begin: Moment,
    /// When the last was answered.
    pub end: Moment,
}

impl InPlaceOf<'_> {
    /// What is missing for a refusal to mean something: the real token, accepted for the same operation before and after.
    pub fn uncontrolled(&self, case: &Case, service: &str) -> Option<String> {
        let Self { token, operation, begin, end } = self;
        let accepted = |call: &Called| {
            call.token == *token && call.operation == *operation && call.op.outcome.is_allow()
        };
        let mut calls = case.calls_at(service);
        if !calls.any(|call| accepted(&call) && call.op.end.is_some_and(|end| end <= *begin)) {
            return Some(format!(
                "{token} itself was not seen accepted for \"{operation}\" before"
            ));
        }
        let after = case.calls_at(service).any(|call| accepted(&call) && call.op.start >= *end);
        (!after)
            .then(|| format!("{token} itself was not seen accepted for \"{operation}\" afterwards"))
    }
}
