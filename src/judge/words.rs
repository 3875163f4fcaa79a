//! Numbers as people read them in a finding, and words as they stand in a reason.

use std::collections::BTreeSet;

/// "never", "once", "3 times".
pub(super) fn times(n: usize) -> String {
    match n {
        0 => "never".into(),
        1 => "once".into(),
        n => format!("{n} times"),
    }
}

/// Milliseconds: `250 ms`, `14.2 s`, `300 s`; above a minute whole seconds. Rounded up: for "at most" and "up to".
pub(super) fn spell(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { seconds(ms.div_ceil(step(ms)) * step(ms)) }
}

/// The same rounded down: what follows "at least" must not be more than was seen.
pub(super) fn spell_least(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { seconds(ms / step(ms) * step(ms)) }
}

fn step(ms: u64) -> u64 {
    if ms > 60_000 { 1000 } else { 100 }
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    }
}

/// When a bound is over: `after the change` where it is zero, `after the bound of 10 s`.
pub(super) fn past(bound_ms: u64) -> String {
    if bound_ms == 0 {
        "after the change".into()
    } else {
        format!("after the bound of {}", spell(bound_ms))
    }
}

/// Names in quotes: `"read"`, `"read" and "write"`, `"read", "write" and 2 more`.
pub(super) fn named(all: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = all.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
    }
}

/// ` (3 in all)` where there is more than the one that a sentence names.
pub(super) fn in_all(n: usize) -> String {
    if n > 1 { format!(" ({n} in all)") } else { String::new() }
}

/// True where the reason of a claim names a role as a word of its own. The claim's value is no word of the reason.
pub(super) fn names(reason: &str, value: &str, role: &str) -> bool {
    let reason = reason.replace(value, " ").to_lowercase();
    let role = role.to_lowercase();
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !role.is_empty()
        && reason.match_indices(&role).any(|(at, found)| {
            !inside(reason[..at].chars().next_back())
                && !inside(reason[at + found.len()..].chars().next())
        })
}
