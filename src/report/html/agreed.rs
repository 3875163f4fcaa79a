//! Waivers and asked-for controls on the first screen.

use super::shown::{Mark, long, text};
use crate::model::WaiverStanding;
use crate::report::{Report, waiver_words, words};

/// Controls that are listed.
const CONTROLS: usize = 24;

/// A waiver.
#[derive(Debug, Clone)]
pub struct WaiverShown {
    /// Its sign and word: in force, expired, not used, ...
    pub mark: Mark,
    /// In words.
    pub text: String,
}

/// Waivers, those that need attention first.
#[must_use]
pub fn waivers(report: &Report) -> Vec<WaiverShown> {
    let mut all: Vec<_> = report.waivers.iter().collect();
    all.sort_by_key(|w| (w.in_force(), w.is_used()));
    let shown = all.into_iter().map(|w| {
        let (sign, word, class) = match (w.standing, w.is_used()) {
            (WaiverStanding::InForce, true) => ("◷", "in force", "open"),
            (WaiverStanding::InForce, false) => ("!", "not used", "warn"),
            (WaiverStanding::Expired, _) => ("✕", "expired", "fail"),
            (WaiverStanding::NotYet | WaiverStanding::Void, _) => ("✕", "not in force", "fail"),
        };
        let mark = Mark { word, sign, class };
        WaiverShown { mark, text: long(&waiver_words::waiver(w)) }
    });
    shown.collect()
}

/// Controls that evidence was asked for: true where there is some, and in words.
#[must_use]
pub fn asked(report: &Report) -> Vec<(bool, String)> {
    let each = report.selection.controls.iter().take(CONTROLS);
    each.map(|c| (c.evidence, long(&waiver_words::asked(report, c)))).collect()
}

/// What nobody may overlook of waivers: until when the first of them holds, and those that hold no more or are not needed.
#[must_use]
pub fn beside(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    let used = report.waivers.iter().filter(|w| w.in_force() && w.is_used());
    if let Some(first) = used.map(|w| &w.waiver.expires).min() {
        let n = words::count(report.counts.findings.waived, "failure");
        all.push(text(&format!(
            "{n} waived, the first until {first}: somebody answers for what does not hold."
        )));
    }
    let over = report.waivers.iter().filter(|w| !w.in_force()).count() as u64;
    if over > 0 {
        all.push(format!(
            "{} no longer in force, or void: it waives nothing.",
            words::count(over, "waiver")
        ));
    }
    let idle = report.waivers.iter().filter(|w| w.in_force() && !w.is_used()).count() as u64;
    if idle > 0 {
        all.push(format!(
            "{} not used: nothing that it covers fails.",
            words::count(idle, "waiver")
        ));
    }
    all
}
