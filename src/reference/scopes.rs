//! Scopes (RFC 6749 section 3.3). All services share one set of names; a token's audience says where they count.

use std::collections::BTreeSet;

/// A set of scopes.
pub type Scopes = BTreeSet<String>;

/// Reading items.
pub const READ: &str = "items:read";
/// Changing items.
pub const WRITE: &str = "items:write";
/// Reading the audit trail: no role gives it at the start.
pub const AUDIT: &str = "items:audit";

/// Scopes from a space-separated list.
pub fn parse(text: &str) -> Scopes {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// A space-separated list.
pub fn join(scopes: &Scopes) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Scopes from names.
pub fn of(names: &[&str]) -> Scopes {
    names.iter().map(|&name| name.to_owned()).collect()
}
