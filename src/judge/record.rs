//! Whether a record is whole. A verdict that rests on the absence of something needs all lines to be there.

use crate::history::{Action, Obligation, View};

/// What is missing from the part of a history that an obligation is judged over, in words; `None` where it is whole.
/// `part` is `View::of_instance` of the obligation.
#[must_use]
pub fn gap(part: &View, obligation: &Obligation) -> Option<String> {
    let lines: u64 = part.ops.iter().map(|op| 1 + u64::from(op.end.is_some())).sum();
    if lines != obligation.lines {
        return Some(format!(
            "the record has gaps: {lines} of the {} lines about this scenario are there",
            obligation.lines
        ));
    }
    for op in &part.ops {
        let token = match &op.action {
            Action::Issue { token: Some(token), .. }
            | Action::Refresh { token, .. }
            | Action::RefreshByAnother { token, .. }
            | Action::Exchange { token, .. }
            | Action::Introspect { token, .. }
            | Action::Revoke { token, .. }
            | Action::CallDirect { token, .. }
            | Action::ShowUnproven { token, .. }
            | Action::CallElsewhere { token, .. }
            | Action::TryDetour { token: Some(token), .. }
            | Action::Call { token, .. } => token,
            _ => continue,
        };
        if !part.tokens.contains_key(token) {
            return Some(format!(
                "the record has gaps: op {} uses the token {token}, which no answer gave",
                op.index
            ));
        }
    }
    None
}

/// Why a whole history must not be taken for a run that came to its end; `None` where it may. Findings do not depend
/// on it (a `Then` is judged before the end is written); the outcome of a run does.
#[must_use]
pub fn cut_off(view: &View) -> Option<String> {
    if view.begin.is_none() {
        return Some("the first line is missing".into());
    }
    match view.end {
        None => Some("the last line is missing: the run was cut off".into()),
        Some((true, _)) => Some("the run was interrupted".into()),
        Some((false, _)) => None,
    }
}
