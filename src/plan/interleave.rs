//! Pairs of calls that differ in one thing, as a script asks for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Calls in turns: one that is accepted, often enough that whatever is remembered of it is remembered, and right after it one
/// that must be refused and differs in one thing; then both at once. What must be refused is also good for something else, and
/// shows that at the end.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interleave {
    /// Whose tokens are accepted.
    pub of: String,
    /// Their label.
    pub label: String,
    /// Whose tokens must be refused; absent: the same subject's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Label of the tokens that must be refused; absent: the same label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// In what the two differ.
    pub apart: Apart,
    /// Shows only what must be refused, once, before anything like it was accepted: a service that accepts it then has no
    /// cache to blame.
    #[serde(default)]
    pub cold: bool,
}

/// In what two calls differ, of which the first must be accepted and the second refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Apart {
    /// The second is another operation than the token covers; the token is the same.
    Action,
    /// The second token covers less; the subject is the same, and the operation.
    Token,
    /// The second token is another service's; the subject is the same, and the operation.
    Audience,
    /// The second subject lacks the role; the operation is the same.
    Subject,
    /// A change that is in force took the right from the second subject; what its token says is the same, and the operation.
    Context,
}
