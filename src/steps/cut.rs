//! What a change takes away, as far as its name tells: which requirement a refusal is evidence for.

use crate::plan::Verb;

/// What was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Some rights of a subject.
    Rights,
    /// A subject as a whole.
    Subject,
    /// Tokens, one by one.
    Token,
    /// Every token that a key signed.
    Key,
}

impl Cut {
    /// What a verb takes away, if it does.
    #[must_use]
    pub fn by(verb: &Verb) -> Option<Self> {
        match verb {
            Verb::Revoke { .. } => Some(Self::Token),
            Verb::Change { name, .. } => match name.as_str() {
                "disable subject" | "delete subject" | "end sessions" | "reset password" => {
                    Some(Self::Subject)
                }
                "retire key" => Some(Self::Key),
                "give role"
                | "create role"
                | "add permission"
                | "recreate subject"
                | "restart issuer"
                | "register logout address"
                | "stop decision source"
                | "slow decision source"
                | "garble decision source"
                | "spoil status list" => None,
                _ => Some(Self::Rights),
            },
            _ => None,
        }
    }
}
