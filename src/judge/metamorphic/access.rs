//! What services do with tokens, compared with what they did before and with what they do with others.

use super::Instance;
use super::observed::{Applied, Called, Observed};
use crate::history::Arm;
use crate::model::Moment;

/// M-03: a change about one subject leaves the tokens and the calls of others as they were.
pub(super) fn bystander(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for change in &seen.changes {
        let Some(about) = change.subject else { continue };
        for before in seen
            .calls
            .iter()
            .filter(|c| c.subject != about && c.allowed && c.op.index < change.op.index && own(c))
        {
            let mut after = seen.own(&before.token.id).filter(|c| {
                c.operation == before.operation && c.op.start > change.ack && seen.live(c)
            });
            let Some(after) = after.next() else { continue };
            let untouched = !between(seen, before.subject, before.op.index, after.op.index);
            if untouched {
                let why = || {
                    format!(
                        "{} of one subject closed {} at {} to another",
                        change.name, after.operation, after.service
                    )
                };
                let evidence = [before.op.index, change.op.index, after.op.index];
                found.push(Instance::of(after.allowed, why, &evidence));
            }
        }
        let others = seen.alike().filter(|(a, b)| {
            a.subject != about
                && a.op.index < change.op.index
                && b.op.index > change.op.index
                && !between(seen, a.subject, a.op.index, b.op.index)
        });
        found.extend(others.map(|(a, b)| {
            let why = || format!("{} of one subject altered the token of another", change.name);
            Instance::of(a.authority == b.authority, why, &[a.op.index, b.op.index])
        }));
    }
    found
}

fn own(call: &Called) -> bool {
    call.token.service.as_deref() == Some(call.service)
}

/// True where something about a subject or everybody was changed, undone or revoked between two ops.
fn between(seen: &Observed, subject: &str, from: u64, to: u64) -> bool {
    let within = |op: u64| from < op && op < to;
    let changed = |c: &&Applied| within(c.op.index) || c.undone.is_some_and(|(op, ..)| within(op));
    seen.changes.iter().filter(|c| c.concerns(subject)).any(|c| changed(&c))
        || seen
            .timeline
            .changes
            .iter()
            .any(|c| c.subject.is_none_or(|s| s == subject) && within(c.op.index))
}

/// M-07: once the bound has passed, an old token does nothing that a fresh one may not.
pub(super) fn old_within_new(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for call in seen.calls.iter().filter(|c| c.allowed && own(c) && seen.settled(c)) {
        let given = seen.timeline.issued(&call.token.id).map_or(call.op.index, |i| i.op.index);
        let old = seen.state(given, call.subject);
        if old == seen.state(call.op.index, call.subject) {
            continue;
        }
        for fresh in seen.fresh_now(call.op.index, call.subject, call.service) {
            let with = fresh.token.and_then(|t| {
                seen.own(&t.id).find(|c| c.operation == call.operation && seen.live(c))
            });
            let refused = fresh.token.is_none() || with.is_some_and(|c| !c.allowed);
            let allowed = with.is_some_and(|c| c.allowed);
            if refused || allowed {
                let why = || {
                    format!(
                        "{} at {} is open to an old token and closed to a new one",
                        call.operation, call.service
                    )
                };
                found.push(Instance::of(allowed, why, &[call.op.index, fresh.op.index]));
            }
        }
    }
    found
}

/// M-09: at a service that is not in its audience a token opens nothing.
pub(super) fn audience(seen: &Observed) -> Vec<Instance> {
    let foreign = seen.calls.iter().filter(|call| {
        let Some(claims) = call.token.claims.as_ref() else { return false };
        let Some(service) = seen.facts.services.get(call.service) else { return false };
        let meant = match claims.get("aud") {
            Some(serde_json::Value::String(one)) => *one == service.audience,
            Some(serde_json::Value::Array(all)) => all.iter().any(|a| *a == service.audience),
            _ => return false,
        };
        !meant && !own(call)
    });
    let found = foreign.map(|call| {
        let why = || {
            format!("{} at {} is open to a token for another service", call.operation, call.service)
        };
        Instance::of(!call.allowed, why, &[call.op.index])
    });
    found.collect()
}

/// M-10: the time that a loss takes at a service, against its bound and the time that the gain takes.
pub(super) fn no_slower(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for change in seen.changes.iter().filter(|c| c.takes_only()) {
        let (Some(subject), Some((_, undone, back))) = (change.subject, change.undone) else {
            continue;
        };
        for (token, issued) in &seen.timeline.tokens {
            if issued.at >= change.op.start || issued.token.subject.as_deref() != Some(subject) {
                continue;
            }
            let service = issued.token.service.as_ref().and_then(|s| seen.facts.services.get(s));
            let Some((bound, service)) = service.and_then(|s| Some((s.bound?, s))) else {
                continue;
            };
            for operation in service.operations.keys() {
                let calls = || seen.own(token).filter(|c| c.operation == operation);
                let held: Vec<_> =
                    calls().filter(|c| c.op.start > change.ack && c.op.start < undone).collect();
                // It was open until the change, and closed in the end: what came of an earlier loss is another one's.
                let before = calls().filter(|c| c.op.index < change.op.index).last();
                let lost =
                    before.is_some_and(|c| c.allowed) && held.last().is_some_and(|c| !c.allowed);
                let gained = seen.calls.iter().find(|c| {
                    c.subject == subject
                        && Some(c.service) == issued.token.service.as_deref()
                        && c.operation == operation
                        && c.allowed
                        && c.op.start > back
                });
                let (true, Some(gained)) = (lost, gained) else { continue };
                let last = held.iter().rfind(|c| c.allowed);
                let lag = last.map_or(0, |c| c.op.start.ms_since(change.ack));
                let gain = gained.op.start.ms_since(back);
                let why = || {
                    format!(
                        "{operation} was open for {lag} ms after its loss, {gain} ms to its gain"
                    )
                };
                let evidence = [change.op.index, last.map_or(gained.op.index, |c| c.op.index)];
                found.push(Instance::of(lag <= bound.max(gain), why, &evidence));
            }
        }
    }
    found
}

/// M-18: a change that takes a scope which the subject had shows in its tokens or its calls.
pub(super) fn noticed(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for (before, after) in seen.alike() {
        let added = after.state.iter().filter(|at| !before.state.contains(at));
        let Some(change) = added.filter_map(|at| seen.changes.get(*at)).find(|c| c.takes_only())
        else {
            continue;
        };
        // What an owner declares of a risk is about a high one.
        if change.arguments.get("level").is_some_and(|level| level != "high") {
            continue;
        }
        let had = change.loses.everything && !before.authority.is_empty()
            || change.loses.scopes.iter().any(|s| before.authority.contains(&format!("scope:{s}")));
        if !had || before.state.iter().any(|at| !after.state.contains(at)) {
            continue;
        }
        let same_token = before.authority == after.authority;
        let closed = after.token.is_some_and(|t| {
            seen.own(&t.id).any(|c| {
                let earlier = before.token.and_then(|b| {
                    seen.own(&b.id).find(|e| e.operation == c.operation && e.allowed)
                });
                !c.allowed && earlier.is_some()
            })
        });
        let called = after.token.is_none_or(|t| seen.own(&t.id).next().is_some());
        if called {
            let why = || {
                format!(
                    "{} altered neither the token at {} nor what it opens",
                    change.name, after.service
                )
            };
            let evidence = [before.op.index, change.op.index, after.op.index];
            found.push(Instance::of(!same_token || closed, why, &evidence));
        }
    }
    found
}

/// M-19: after the bound the token that was left alone is answered like the one that was probed.
pub(super) fn hot_and_cold(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for cold in seen.calls.iter().filter(|c| c.arm == Arm::Cold && seen.settled(c) && seen.live(c))
    {
        let hot = seen.calls.iter().filter(|c| {
            c.arm == Arm::Hot
                && c.service == cold.service
                && c.operation == cold.operation
                && c.subject == cold.subject
        });
        let mut hot =
            hot.filter(|c| c.way == cold.way && seen.settled(c) && c.op.index < cold.op.index);
        let Some(hot) = hot.next_back() else { continue };
        if seen.stirred(hot.op.index) != seen.stirred(cold.op.index) {
            continue;
        }
        let why = || {
            format!(
                "{} at {} answers a probed token and one left alone differently",
                cold.operation, cold.service
            )
        };
        found.push(Instance::of(hot.allowed == cold.allowed, why, &[hot.op.index, cold.op.index]));
    }
    found
}

/// M-20: while a source of decisions is down nothing opens that was closed before.
pub(super) fn outage(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for outage in seen.changes.iter().filter(|c| c.name.ends_with("decision source")) {
        let until = outage.undone.map_or(Moment(u64::MAX), |(_, start, _)| start);
        let during = seen.calls.iter().filter(|c| c.op.start > outage.ack && c.op.start < until);
        for call in during {
            let mut before = seen.calls.iter().filter(|c| {
                c.token.id == call.token.id
                    && c.service == call.service
                    && c.operation == call.operation
                    && c.op.index < outage.op.index
            });
            let Some(before) = before.next_back() else { continue };
            let why = || {
                format!("{} at {} opens while decisions can't be had", call.operation, call.service)
            };
            found.push(Instance::of(
                before.allowed || !call.allowed,
                why,
                &[before.op.index, call.op.index],
            ));
        }
    }
    found
}
