//! What was refused once stays refused: a credential that is dead and was seen refused never works again, not at
//! another replica, not later, not when the subject is back. Until its bound has passed a service with a cache may
//! still answer now so, now otherwise: that is not counted here.

use crate::history::{Action, Op};
use crate::judge::loss::weigh;
use crate::judge::words::{spell_least, times};
use crate::judge::{Called, Case, Changed, Ruling};
use crate::model::{Moment, Outcome, ServiceFacts, TokenKind, Verdict};

/// One ruling for each service that had dead credentials.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let changes: Vec<&Changed> = case.timeline.changes.iter().filter(|c| c.is_final()).collect();
    let all = case.services().filter_map(|(name, declared)| at(case, &changes, name, declared));
    all.collect()
}

/// Uses of one dead credential.
struct Uses<'c> {
    ops: Vec<&'c Op>,
    /// Until then a service may still be of two minds.
    deadline: Moment,
}

fn at<'a>(
    case: &Case<'a>,
    changes: &[&Changed<'a>],
    service: &'a str,
    declared: &'a ServiceFacts,
) -> Option<Ruling> {
    let weighed = weigh(case, (service, declared), changes, case.bound(declared))?;
    let uses: Vec<Uses> = changes
        .iter()
        .flat_map(|change| change.hits.iter().map(move |token| (*change, *token)))
        .flat_map(|(change, token)| uses(case, change, token, service, declared))
        .collect();
    let back: Vec<(&Op, &Op)> =
        uses.iter().flat_map(resurrected).chain(revived(case, changes, service)).collect();
    if let Some((first, again)) = back.first() {
        let why = format!(
            "a dead credential worked again {}: refused in op {}, accepted in op {}",
            times(back.len()),
            first.index,
            again.index
        );
        let proof = back.iter().flat_map(|(refused, accepted)| [refused.index, accepted.index]);
        return Some(Ruling::new(Verdict::Fail, why).at(service).proved_by(proof));
    }
    let late = weighed.ruling.verdict == Verdict::Fail;
    let dark = uses.iter().find_map(|uses| {
        let unknown = |op: &&&Op| matches!(op.outcome, Outcome::Unknown(_));
        uses.ops.iter().filter(unknown).find(|op| late || op.start > uses.deadline).copied()
    });
    if let Some(dark) = dark {
        let why = format!("what op {} came to is not known", dark.index);
        return Some(Ruling::new(Verdict::Inconclusive, why).at(service));
    }
    let denied = uses.iter().flat_map(|uses| &uses.ops).filter(|op| op.outcome.is_deny());
    let (first, last) =
        (denied.clone().filter_map(|op| op.end).min(), denied.map(|op| op.start).max());
    let watched = first.zip(last).map_or(0, |(first, last)| last.ms_since(first));
    Some(settled(case, weighed.ruling, &weighed.refusals, watched).at(service))
}

/// `watched`: milliseconds from the first refusal of what is dead to the last, also when the subject is back.
fn settled(case: &Case, mut loss: Ruling, refusals: &[Called], watched: u64) -> Ruling {
    match loss.verdict {
        Verdict::Pass => {
            loss.because = format!(
                "refused {} over {}, and not accepted again in that time",
                times(refusals.len()),
                spell_least(watched)
            );
            loss
        }
        // That it took too long is another requirement's affair; whether the denial holds is this one's.
        Verdict::Fail => {
            let wanted = case.facts.bounds.probes.max(1) as usize;
            let bystander = refusals.first().is_some_and(|call| {
                let hit = |change: &&Changed| change.hits.contains(call.token);
                let mut changes = case.timeline.changes.iter().filter(hit);
                changes.any(|c| case.bystander(c, call.service, call.operation).is_some())
            });
            let proof: Vec<u64> = refusals.iter().map(|call| call.op.index).collect();
            let (verdict, why) = if refusals.is_empty() {
                (
                    Verdict::Inconclusive,
                    "it was never refused, so nothing shows that a denial lasts",
                )
            } else if refusals.len() < wanted || !bystander {
                (Verdict::Inconclusive, "too few refusals, or no bystander accepted, to tell")
            } else {
                (Verdict::Pass, "refused late, but then for good")
            };
            Ruling { lag: loss.lag, ..Ruling::new(verdict, why) }.proved_by(proof)
        }
        _ => loss,
    }
}

fn uses<'c>(
    case: &'c Case,
    change: &Changed,
    token: &str,
    service: &str,
    declared: &ServiceFacts,
) -> Vec<Uses<'c>> {
    let Some((issued, ack)) = case.timeline.issued(token).zip(change.ack) else {
        return Vec::new();
    };
    let good = |operation: &str| {
        case.lost(change, token, service, operation) && case.carried(issued, service, operation)
    };
    let is_use = |op: &Op| match &op.action {
        Action::Call { service: at, operation, token: with, .. } => {
            at == service && with == token && good(operation)
        }
        Action::Refresh { token: with, service: at, .. } => at == service && with == token,
        Action::Exchange { token: with, .. } => {
            with == token && issued.token.service.as_deref() == Some(service)
        }
        _ => false,
    };
    let lasted = |op: &Op| issued.exp.is_none_or(|exp| op.start < exp);
    let ops: Vec<&Op> =
        case.view.ops.iter().filter(|op| op.start > ack && lasted(op) && is_use(op)).collect();
    let bound = match issued.token.kind {
        TokenKind::Refresh => case.facts.bounds.revocation,
        TokenKind::Access => case.bound(declared).unwrap_or_default(),
    };
    let deadline = ack.plus_ms(bound);
    // The issuer answers an exchange, the service a call: what one refuses the other has not denied yet.
    let (exchanges, calls): (Vec<&Op>, Vec<&Op>) =
        ops.into_iter().partition(|op| matches!(op.action, Action::Exchange { .. }));
    let all = [exchanges, calls].into_iter().filter(|ops| !ops.is_empty());
    all.map(|ops| Uses { ops, deadline }).collect()
}

/// Accepted after the bound, after it had been refused: pairs of the refusal and the acceptance.
fn resurrected<'c>(uses: &Uses<'c>) -> Vec<(&'c Op, &'c Op)> {
    let refused = uses.ops.iter().filter(|op| op.outcome.is_deny());
    let Some(first) = refused.min_by_key(|op| op.end) else { return Vec::new() };
    uses.ops
        .iter()
        .filter(|op| op.outcome.is_allow() && op.start > uses.deadline)
        .filter(|op| first.end.is_some_and(|end| op.start > end))
        .map(|op| (*first, *op))
        .collect()
}

/// A refresh token that gives tokens once the subject is back, although its grant had been seen dead.
fn revived<'c>(case: &'c Case, changes: &[&'c Changed], service: &str) -> Vec<(&'c Op, &'c Op)> {
    let mut found = Vec::new();
    for change in changes {
        let (Some(ack), Some(back)) = (change.ack, change.until) else { continue };
        for op in case.view.ops.iter().filter(|op| op.start > back && op.outcome.is_allow()) {
            let Action::Refresh { token, service: at, .. } = &op.action else { continue };
            if at != service || !change.hits.contains(token.as_str()) {
                continue;
            }
            let family = case.timeline.family(token);
            let refused = case.calls_at(service).find(|call| {
                let carried = case
                    .timeline
                    .issued(call.token)
                    .is_some_and(|issued| case.carried(issued, service, call.operation));
                family.contains(call.token)
                    && carried
                    && case.live(call)
                    && call.op.outcome.is_deny()
                    && call.op.start > ack
                    && call.op.end.is_some_and(|end| end < op.start)
            });
            found.extend(refused.map(|call| (call.op, op)));
        }
    }
    found
}
