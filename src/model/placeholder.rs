//! Words that stand where something should be said, and say nothing.

/// Words that are nobody's name and no reason.
const PLACEHOLDERS: [&str; 19] = [
    "todo",
    "tbd",
    "tba",
    "fixme",
    "unknown",
    "none",
    "null",
    "nil",
    "undefined",
    "unspecified",
    "n/a",
    "na",
    "-",
    "--",
    "?",
    "owner",
    "example",
    "nobody",
    "changeme",
];

/// True for a text that fills a place and says nothing: `TODO`, `unknown`, `n/a`, `-`, `<none>`, `you@example.com`, or blanks.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let word = text
        .trim()
        .trim_matches(|c| matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | '.' | ':'))
        .to_lowercase();
    word.is_empty()
        || PLACEHOLDERS.contains(&word.as_str())
        || word.starts_with("todo")
        || word == "you@example.com"
}
