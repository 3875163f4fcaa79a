//! The target's wall time of moment zero. What a target dates (tokens, records of its logs) is dated by its own clock, which
//! somebody may have moved before the run: recant's clock then says nothing of it.

use crate::history::{Action, Op, View};

/// The target's wall time of moment zero, seconds since 1970: as its clock was read; else, where it can be moved, as the
/// `iat` of the tokens that were given tells, if they tell of more than the skew that is accepted; else as recant's own
/// clock says. `None` where the record does not tell when it began.
pub(super) fn of(view: &View) -> Option<f64> {
    let begin = view.begin.as_deref()?;
    let started = begin.started_seconds()?;
    if let Some(ahead) = begin.ahead {
        return Some(started + ahead as f64 / 1000.0);
    }
    // A clock that nobody can move is taken for right, as recant's is: what is issued with a wrong date is a fault to be seen.
    if !begin.facts.provides.iter().any(|c| c == "movable-clock") {
        return Some(started);
    }
    let skew = begin.facts.bounds.skew as f64 / 1000.0;
    let ahead = ahead_by_tokens(view, started).filter(|ahead| ahead.abs() > skew);
    Some(started + ahead.unwrap_or_default())
}

/// By how much the tokens' dates are ahead of when they were asked for, seconds: the middle one, because one may be wrong.
fn ahead_by_tokens(view: &View, started: f64) -> Option<f64> {
    let dated = |op: &Op| {
        let given = matches!(
            op.action,
            Action::Issue { .. } | Action::Refresh { .. } | Action::Exchange { .. }
        );
        let asked = started + op.start.seconds();
        let tokens = op.seen.tokens.iter().filter(move |_| given);
        let dates = tokens.filter_map(|token| token.seconds("iat"));
        dates.map(move |iat| iat - asked).filter(|ahead| ahead.is_finite()).collect::<Vec<_>>()
    };
    let mut all: Vec<f64> = view.ops.iter().flat_map(dated).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
