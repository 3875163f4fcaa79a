//! Names as OSCAL wants them. Its lexical rules are narrow: a UUID is of version 4 or 5, a token has neither a colon nor a
//! parenthesis nor a digit in front, a title is one line, the value of a property has no blanks around it.

use uuid::Uuid;

use super::model::Prop;
use crate::report::visible;

/// The namespace of our properties: without one of its own a property is NIST's, with values that NIST lists.
pub const NS: &str = "urn:recant:oscal:1";

/// A name that follows from its parts (RFC 9562 section 5.5): the same parts give the same name, anywhere.
#[must_use]
pub fn uuid(parts: &[&str]) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, NS.as_bytes());
    // Each part with its length: no two lists of parts are the same bytes.
    let mut name = Vec::new();
    for part in parts {
        name.extend((part.len() as u64).to_be_bytes());
        name.extend(part.as_bytes());
    }
    Uuid::new_v5(&namespace, &name)
}

/// A control's id as a token: `AC-3(8)` is `ac-3.8` as in NIST's own catalogue, `NHI7:2025` is `nhi7-2025`. The id as it is
/// published stands in a property.
#[must_use]
pub fn token(id: &str) -> String {
    let mut out = String::new();
    for c in visible::line_upto(id, 100).to_lowercase().chars() {
        match c {
            ')' => {}
            '(' => out.push('.'),
            c if c.is_alphanumeric() || "-._".contains(c) => out.push(c),
            _ => out.push('-'),
        }
    }
    let first = out.chars().next();
    if first.is_none_or(|c| !c.is_alphabetic() && c != '_') {
        out.insert(0, '_');
    }
    out
}

/// A property of ours.
#[must_use]
pub fn prop(name: &'static str, value: &str) -> Prop {
    Prop { name, ns: NS, value: plain(value) }
}

/// Text on one line, with something in it and no blanks around it: no markup is read in it.
#[must_use]
pub fn plain(text: &str) -> String {
    let shown = visible::line(text);
    let trimmed = shown.trim();
    if trimmed.is_empty() { "(empty)".into() } else { trimmed.to_owned() }
}

/// A title: one line of markup in which foreign text stands for itself.
#[must_use]
pub fn title(text: &str) -> String {
    visible::prose(&plain(text))
}
