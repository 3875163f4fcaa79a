//! Which of two revisions is the later one: by number, by a number after the same letters, by time, else by their order in a log.

use std::cmp::Ordering;

use super::decisions::placed;

/// How one revision is to another; `None` where nothing tells. `order` has all known ones, earliest first.
#[must_use]
pub fn compare(one: &str, other: &str, order: &[&str]) -> Option<Ordering> {
    let (one, other) = (one.trim(), other.trim());
    if one == other {
        return Some(Ordering::Equal);
    }
    if let (Some((before, n)), Some((same, m))) = (numbered(one), numbered(other))
        && before == same
    {
        return Some(n.cmp(&m));
    }
    // Only where both are written with a date: a bare number is no time.
    if let (true, Some(a), Some(b)) =
        (one.contains(':') && other.contains(':'), placed(one), placed(other))
    {
        return a.partial_cmp(&b);
    }
    let place = |revision: &str| order.iter().rposition(|known| known.trim() == revision);
    Some(place(one)?.cmp(&place(other)?))
}

/// Letters and the whole number after them: `17`, `e17`, `rev-17`.
fn numbered(revision: &str) -> Option<(&str, u128)> {
    let digits = revision.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, number) = revision.split_at(revision.len() - digits);
    // `1.2.10`, `2026-01-02` and digests are no letters with a number.
    if before.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    Some((before, number.parse().ok()?))
}
