//! Signing in again. What ends tokens or sessions ends what the subject held and not the subject; and a subject, a client or a
//! consent that is back gives tokens again.

use crate::history::{Action, Op};
use crate::judge::{Case, Cause, Changed};
use crate::model::Moment;

/// Dates in tokens are whole seconds: within one a service can't tell what came after a change from what came before it.
const SECOND_MS: u64 = 1000;

/// Sign-ins at a service that no change speaks against, each with the latest change before it.
pub(super) fn sign_ins<'a, 'c>(
    case: &Case<'a>,
    changes: &[&'c Changed<'a>],
    service: &str,
) -> Vec<(&'a Op, &'c Changed<'a>)> {
    let worked = |op: &Op| {
        let same = |other: &&Op| other.action == op.action && other.outcome.is_allow();
        case.view.ops.iter().filter(same).any(|other| other.start < op.start)
    };
    let latest = |op: &'a Op| {
        let Action::Issue { subject, service: at, scope: None, token: None, .. } = &op.action
        else {
            return None;
        };
        let concerns = |change: &&&Changed| {
            change.inv <= op.start && change.subject.is_none_or(|who| who == subject)
        };
        let before: Vec<&Changed> = changes.iter().filter(concerns).copied().collect();
        let free = |change: &&Changed| free_from(case, change).is_some_and(|from| op.start > from);
        let latest = before.last().copied().filter(|_| before.iter().all(free))?;
        (at == service && worked(op)).then_some((op, latest))
    };
    case.view.ops.iter().filter_map(latest).collect()
}

/// From when on a change leaves its subject free to sign in; `None` where it may keep the subject out, or nobody knows.
pub(super) fn free_from(case: &Case, change: &Changed) -> Option<Moment> {
    let since = match change.cause {
        Cause::Token => change.ack,
        _ if change.leaves_sign_in() => change.ack,
        Cause::Subject | Cause::Client => change.back,
        _ => None,
    };
    Some(since?.plus_ms(case.decision_bound().max(SECOND_MS)))
}
