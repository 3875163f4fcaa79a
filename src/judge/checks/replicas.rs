//! The replicas of a service agree, and what was taken away stays away after a restart.

use std::collections::BTreeMap;

use crate::history::{Action, Op};
use crate::judge::words::times;
use crate::judge::{Called, Case, Cause, Changed, Ruling};
use crate::model::{Moment, Outcome, ServiceFacts, Verdict};

/// One ruling for each service that has something to agree about or to remember.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    case.services()
        .filter_map(|(name, declared)| Some(at(case, name, declared)?.at(name)))
        .collect()
}

fn at(case: &Case, service: &str, declared: &ServiceFacts) -> Option<Ruling> {
    let pairs = compared(case, service, declared);
    let shown = remembered(case, service, declared);
    let split = pairs.iter().find(|(a, b)| a.op.outcome.is_allow() != b.op.outcome.is_allow());
    if let Some((a, b)) = split {
        let (yes, no) = if a.op.outcome.is_allow() { (a, b) } else { (b, a) };
        let why = format!(
            "replica {} accepted {} for \"{}\", and replica {} refused it",
            yes.replica, yes.token, yes.operation, no.replica
        );
        return Some(Ruling::new(Verdict::Fail, why).proved_by([yes.op.index, no.op.index]));
    }
    if let Some((before, after)) = shown.iter().find(|(_, after)| after.outcome.is_allow()) {
        let why = match Called::of(after) {
            Some(Called { token, operation, .. }) => {
                format!(
                    "refused {token} for \"{operation}\" before a restart, and accepted it after"
                )
            }
            None => "a refresh token that was dead before a restart was accepted after it".into(),
        };
        return Some(Ruling::new(Verdict::Fail, why).proved_by([before.index, after.index]));
    }
    if pairs.is_empty() && shown.is_empty() && declared.replicas < 2 && !has_dark(case, service) {
        return None;
    }
    let open = |why: String| Some(Ruling::new(Verdict::Inconclusive, why));
    if let Some(dark) = dark(case, service) {
        return open(format!("what op {} came to is not known", dark.index));
    }
    if let Some(change) = case.timeline.changes.iter().find(|c| c.ack.is_none()) {
        return open(format!("\"{}\" was not made", change.name));
    }
    let restarted = case.timeline.changes.iter().any(is_restart);
    if !restarted && pairs.is_empty() {
        return open("no token was shown to two replicas while nothing changed".into());
    }
    let took_away = restarted && loses(case, service, declared);
    if restarted && shown.is_empty() && pairs.is_empty() && !took_away {
        return None;
    }
    if shown.is_empty() && took_away {
        return open("nothing that was dead before the restart was shown after it".into());
    }
    if !restarted && !each_replica(&pairs, declared) {
        return open("not every replica was asked".into());
    }
    let compared = pairs.iter().flat_map(|(a, b)| [a.op, b.op]);
    let all = compared.chain(shown.iter().map(|(_, after)| *after));
    let refused = all.filter(|op| op.outcome.is_deny()).map(|op| op.start).min();
    let control = others(case, service, refused.unwrap_or_default());
    let Some(control) = control else {
        return open("nobody else was seen accepted meanwhile, so it may refuse everybody".into());
    };
    let proof = pairs.iter().flat_map(|(a, b)| [a.op.index, b.op.index]);
    let proof = proof.chain(shown.iter().map(|(_, after)| after.index)).take(11);
    let mut said = Vec::new();
    if !pairs.is_empty() {
        said.push(format!("its replicas answered alike {}", times(pairs.len())));
    }
    if !shown.is_empty() {
        said.push(format!("refused {} after a restart what was dead before", times(shown.len())));
    }
    Some(Ruling::new(Verdict::Pass, said.join("; ")).proved_by(proof.chain([control])))
}

/// True where some change takes an operation of a service away from a token for it.
fn loses(case: &Case, service: &str, declared: &ServiceFacts) -> bool {
    let here = |token: &&&str| {
        case.timeline.issued(token).and_then(|i| i.token.service.as_deref()) == Some(service)
    };
    case.timeline.changes.iter().any(|change| {
        change
            .hits
            .iter()
            .filter(here)
            .any(|token| declared.operations.keys().any(|op| case.lost(change, token, service, op)))
    })
}

/// Calls that differ in the replica only, with nothing changing between them and no bound running: the first one of each
/// kind, with each later one at another replica.
fn compared<'a>(
    case: &Case<'a>,
    service: &str,
    declared: &ServiceFacts,
) -> Vec<(Called<'a>, Called<'a>)> {
    let mut first: BTreeMap<(&str, &str, u32, usize), Vec<Called>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for call in case.calls_at(service) {
        let answered = call.op.outcome.is_allow() || call.op.outcome.is_deny();
        if !answered || !case.covers(call.operation) || !case.live(&call) {
            continue;
        }
        let Some(epoch) = epoch(case, declared, &call) else { continue };
        let same = first.entry((call.token, call.operation, call.route, epoch)).or_default();
        let other = same.iter().find(|c| c.replica != call.replica);
        pairs.extend(other.map(|other| (*other, call)));
        if !same.iter().any(|c| {
            c.replica == call.replica && c.op.outcome.is_allow() == call.op.outcome.is_allow()
        }) {
            same.push(call);
        }
    }
    pairs
}

/// In which stretch of time without changes a call lies; `None` where one is still on its way.
fn epoch(case: &Case, declared: &ServiceFacts, call: &Called) -> Option<usize> {
    let end = call.op.end?;
    let mut passed = 0;
    for op in case.view.ops.iter().filter(|op| moves(op)) {
        if end <= op.start {
            continue;
        }
        let settled = op.end?.plus_ms(case.bound(declared)?);
        if call.op.start <= settled {
            return None;
        }
        passed += 1;
    }
    Some(passed)
}

/// True for what may alter what a token is good for.
fn moves(op: &Op) -> bool {
    !matches!(
        op.action,
        Action::Call { .. }
            | Action::Introspect { .. }
            | Action::Issue { .. }
            | Action::Subject { .. }
            | Action::Craft { .. }
            | Action::ShowUnproven { .. }
            | Action::CallElsewhere { .. }
            | Action::TryDetour { .. }
            | Action::ReadDecisions
            | Action::ReadAccesses
            | Action::ReadChanges
            | Action::AdvanceClock { .. }
    )
}

/// Uses after a restart of what was dead before it, each with the op that shows it dead: refused after its loss, or a
/// refresh token that had been exchanged for its successor.
fn remembered<'a>(
    case: &Case<'a>,
    service: &str,
    declared: &ServiceFacts,
) -> Vec<(&'a Op, &'a Op)> {
    let mut found = Vec::new();
    for restart in case.timeline.changes.iter().filter(|c| is_restart(c)) {
        let Some(up) = restart.ack else { continue };
        let after = case.view.ops.iter().filter(|op| op.start >= up);
        for op in after.filter(|op| op.outcome.is_allow() || op.outcome.is_deny()) {
            let death = match &op.action {
                Action::Call { service: at, token, operation, .. } if at == service => {
                    refused_before(case, (service, declared), (token, operation), restart.inv, op)
                }
                Action::Refresh { service: at, token, .. } if at == service => {
                    spent_before(case, token, restart.inv)
                }
                _ => None,
            };
            found.extend(death.map(|death| (death, op)));
        }
    }
    found
}

/// A refusal before the restart, after the bound of a loss that is still in force at the later use.
fn refused_before<'a>(
    case: &Case<'a>,
    (service, declared): (&str, &ServiceFacts),
    (token, operation): (&str, &str),
    down: Moment,
    later: &Op,
) -> Option<&'a Op> {
    let exp = case.timeline.exp(token);
    if exp.is_some_and(|exp| later.start >= exp) {
        return None;
    }
    let bound = case.bound(declared)?;
    // A way of its own may never have refused: that is not about the restart.
    let route = Called::of(later)?.route;
    let lasting = case.timeline.changes.iter().filter(|change| {
        change.cause != Cause::Nothing
            && change.until.is_none_or(|until| until > later.start)
            && case.lost(change, token, service, operation)
    });
    lasting.filter_map(|change| change.ack).find_map(|ack| {
        let mut calls = case.calls_at(service).filter(|call| {
            call.token == token
                && call.operation == operation
                && call.route == route
                && call.op.start > ack.plus_ms(bound)
                && call.op.end.is_some_and(|end| end <= down)
        });
        calls.find(|call| call.op.outcome.is_deny()).map(|call| call.op)
    })
}

/// The use before the restart that shows a refresh token dead from then on.
fn spent_before<'a>(case: &Case<'a>, token: &str, down: Moment) -> Option<&'a Op> {
    case.view.ops.iter().filter(|op| op.end.is_some_and(|end| end <= down)).find(|op| {
        let Action::Refresh { token: used, .. } = &op.action else { return false };
        // rotated: another refresh token came in its place
        let next = || op.seen.tokens.iter().find_map(|t| t.refresh.as_deref());
        let rotated = || op.outcome.is_allow() && next().is_some_and(|next| next != token);
        used == token && (op.outcome.is_deny() || rotated())
    })
}

fn is_restart(change: &Changed) -> bool {
    change.name.starts_with("restart ")
}

/// Something accepted from then on: a call here, or a refresh for here.
fn others(case: &Case, service: &str, since: Moment) -> Option<u64> {
    let here = |op: &&Op| match &op.action {
        Action::Call { service: at, .. } | Action::Refresh { service: at, .. } => at == service,
        _ => false,
    };
    let mut later = case.view.ops.iter().filter(here).filter(|op| op.start >= since);
    later.find(|op| op.outcome.is_allow()).map(|op| op.index)
}

fn each_replica(pairs: &[(Called, Called)], declared: &ServiceFacts) -> bool {
    (0..declared.replicas).all(|n| pairs.iter().any(|(a, b)| a.replica == n || b.replica == n))
}

/// An op that matters here and of which nobody knows what it came to, or a call with a token that nobody knows.
fn dark<'a>(case: &Case<'a>, service: &str) -> Option<&'a Op> {
    case.view.ops.iter().find(|op| match &op.action {
        Action::Call { service: at, token, .. } => {
            at == service
                && (matches!(op.outcome, Outcome::Unknown(_))
                    || case.timeline.issued(token).is_none())
        }
        Action::Issue { service: at, .. } | Action::Exchange { service: at, .. } => {
            at == service && matches!(op.outcome, Outcome::Unknown(_))
        }
        _ => moves(op) && matches!(op.outcome, Outcome::Unknown(_)),
    })
}

fn has_dark(case: &Case, service: &str) -> bool {
    dark(case, service).is_some()
}
