//! What one event says of the state before is what the event before it said of the state then.

use std::collections::BTreeSet;

use super::heard::Heard;
use crate::history::Action;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, Verdict};

/// Events that tell of a state, with their members for the one of before and the one of now (CAEP 1.0 sections 3.5 and 3.6).
const STATES: [(&str, &str, &str); 2] = [
    ("risk-level-change", "previous_level", "current_level"),
    ("device-compliance-change", "previous_status", "current_status"),
];

/// The ruling where two events about one subject don't fit together, or where nobody knows whether they do. `previous_*` may be left out;
/// nothing is asked then.
pub(super) fn broken(case: &Case, heard: &[Heard]) -> Option<Ruling> {
    let changed: BTreeSet<&str> = case.timeline.changes.iter().filter_map(|c| c.subject).collect();
    let mut all = changed.iter().flat_map(|subject| STATES.map(|state| (*subject, state)));
    all.find_map(|(subject, state)| unlike(case, heard, subject, state)).or_else(|| unread(case))
}

fn unlike(
    case: &Case,
    heard: &[Heard],
    subject: &str,
    (word, before, now): (&str, &str, &str),
) -> Option<Ruling> {
    let tells = |h: &&Heard| h.word() == word && h.is_about(case, subject);
    let mut told: Vec<(f64, &Heard)> =
        heard.iter().filter(tells).filter_map(|h| Some((h.happened()?, h))).collect();
    told.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let said = |h: &Heard, member: &str| Some(h.event()?.1.get(member)?.as_str()?.to_uppercase());
    told.windows(2).find_map(|pair| {
        let ((at, earlier), (later_at, later)) = (pair[0], pair[1]);
        let (was, became) = (said(later, before)?, said(earlier, now)?);
        // Within a second nobody can tell which came first.
        (later_at - at > 1.0 && was != became).then(|| {
            let why = format!(
                "{word} says {before} \"{was}\", the one before it told that it had become \"{became}\""
            );
            Ruling::new(Verdict::Fail, why).proved_by([earlier.op.index, later.op.index])
        })
    })
}

/// A state was given back, and what a reading of the stream after it came to is not known.
fn unread(case: &Case) -> Option<Ruling> {
    let back = case.timeline.changes.iter().filter_map(|change| change.until).min()?;
    let dark = case.view.ops.iter().find(|op| {
        matches!(op.action, Action::ReadSignals | Action::TakeSignal)
            && matches!(op.outcome, Outcome::Unknown(_))
            && op.start >= back
    })?;
    let why = format!("what op {}, a reading of the stream, came to is not known", dark.index);
    Some(Ruling::new(Verdict::Inconclusive, why))
}
