//! Words, marks and anchors as the page shows them. Text that came from outside is made visible here, and escaped by the
//! templates; nothing of it reaches markup, style or a URL.

use std::collections::BTreeSet;

use crate::report::{fingerprint, visible};

/// Longest text in a cell, characters.
const CELL: usize = 300;

/// A verdict's word with a sign, so that colour is never all that tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The word.
    pub word: &'static str,
    /// A sign before it.
    pub sign: &'static str,
    /// Class of the style sheet.
    pub class: &'static str,
}

/// A short link to another part of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The anchor.
    pub to: String,
    /// Its words.
    pub text: String,
    /// What it stands at, where it is about something judged.
    pub mark: Option<Mark>,
}

/// Anchors that were given; each only once.
#[derive(Debug, Default)]
pub struct Anchors(BTreeSet<String>);

impl Mark {
    /// The mark of a finding's or a run's word.
    #[must_use]
    pub fn of(word: &'static str) -> Self {
        let (sign, class) = match word {
            "pass" | "conformant" | "clean shard" => ("✓", "pass"),
            "bounded" => ("◐", "bounded"),
            "fail" | "nonconformant" | "not restored" | "could not run" => ("✕", "fail"),
            "warning" => ("!", "warn"),
            "fail, waived" | "warning, waived" | "conformant but for waivers" => ("◷", "warn"),
            "not applicable" => ("–", "none"),
            _ => ("?", "open"),
        };
        Self { word, sign, class }
    }
}

impl Anchors {
    /// An anchor that nobody else on the page has. The same text in the same order gives the same anchor.
    pub fn give(&mut self, wanted: String) -> String {
        let mut anchor = wanted.clone();
        let mut n = 1;
        while !self.0.insert(anchor.clone()) {
            n += 1;
            anchor = format!("{wanted}-{n}");
        }
        anchor
    }
}

/// Text from outside for a cell or a sentence.
#[must_use]
pub fn text(text: &str) -> String {
    visible::line_upto(text, CELL).into_owned()
}

/// The same where it may be long: one sentence of a judge or a log.
#[must_use]
pub fn long(text: &str) -> String {
    visible::line_upto(text, 3 * CELL).into_owned()
}

/// An anchor made of a kind and a name: the name itself where it is plain, else with a digest of it.
#[must_use]
pub fn anchor(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .take(60)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | ' ' | '_'));
    if name.chars().count() > 60 || name.chars().any(odd) {
        format!("{kind}-{plain}-{}", digest(&[name]))
    } else {
        format!("{kind}-{plain}")
    }
}

/// Eight hex digits that stand for these texts.
#[must_use]
pub fn digest(texts: &[&str]) -> String {
    fingerprint::digest(texts)[..8].to_owned()
}

/// `2026-11-27 12:31:19 UTC`, or the text itself where it is no time.
#[must_use]
pub fn time(written: &str) -> String {
    match written.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => text(written),
    }
}

/// The first of many, and how many are left.
#[must_use]
pub fn first_of<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let left = all.len().saturating_sub(most);
    all.truncate(most);
    (all, left)
}
