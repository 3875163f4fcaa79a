//! What fresh tokens carry, compared with one another.

use std::collections::BTreeSet;

use super::observed::{Applied, Fresh, Observed};
use super::{Instance, roles};
use crate::model::TokenSeen;

/// Lifetimes are told in whole seconds.
const SECOND: f64 = 1.0;

/// M-01: with more losses in force there is no more authority.
pub(super) fn loss_never_adds(seen: &Observed) -> Vec<Instance> {
    let pairs = seen.alike().flat_map(|(a, b)| [(a, b), (b, a)]);
    let less = pairs.filter(|(before, after)| {
        let (few, many) = (seen.set(&before.state), seen.set(&after.state));
        let added = after.state.iter().filter_map(|at| seen.changes.get(*at));
        let mut added = added.filter(|c| !few.contains(&c.key()));
        few.is_subset(&many) && few != many && added.all(Applied::takes_only)
    });
    less.map(|(before, after)| within(after, &before.authority, before, "after a loss")).collect()
}

/// M-02: the same changes in the same order, with others made and undone between.
pub(super) fn restored(seen: &Observed) -> Vec<Instance> {
    let pairs = seen.alike().filter(|(a, b)| seen.keys(&a.state) == seen.keys(&b.state));
    let stirred = pairs.filter(|(a, b)| {
        let undone =
            seen.changes.iter().filter(|c| c.concerns(a.subject) && c.op.index > a.op.index);
        let mut undone = undone.filter_map(|c| c.undone);
        undone.any(|(op, ..)| op < b.op.index)
    });
    stirred.map(|(a, b)| equal(a, b, "after a change and its undoing")).collect()
}

/// M-04: the same changes in another order, or one of them twice.
pub(super) fn commute(seen: &Observed) -> Vec<Instance> {
    let pairs = seen.alike().filter(|(a, b)| {
        seen.set(&a.state) == seen.set(&b.state) && seen.keys(&a.state) != seen.keys(&b.state)
    });
    pairs.map(|(a, b)| equal(a, b, "by the same changes in another order or number")).collect()
}

/// M-08: what was asked for by scope is not exceeded, nor is a wide token weaker in use than a narrow one.
pub(super) fn narrow(seen: &Observed) -> Vec<Instance> {
    let mut found = Vec::new();
    for fresh in &seen.fresh {
        let (Some(scope), Some(token)) = (fresh.scope, fresh.token) else { continue };
        let asked: BTreeSet<String> = scope.iter().map(|s| format!("scope:{s}")).collect();
        let more: Vec<_> =
            scopes(&fresh.authority).filter(|s| !asked.contains(*s)).cloned().collect();
        found.push(Instance::of(
            more.is_empty(),
            || {
                format!(
                    "{} was not asked for, and is in the token at {}",
                    more.join(" "),
                    fresh.service
                )
            },
            &[fresh.op.index],
        ));
        for wide in seen.fresh_now(fresh.op.index, fresh.subject, fresh.service) {
            found.extend(wide.token.into_iter().flat_map(|wide| stronger(seen, token, wide)));
        }
    }
    found
}

fn stronger(seen: &Observed, narrow: &TokenSeen, wide: &TokenSeen) -> Vec<Instance> {
    let mut found = Vec::new();
    for call in seen.own(&narrow.id).filter(|c| c.allowed) {
        let since = seen.stirred(call.op.index);
        let same = seen.own(&wide.id).find(|c| {
            c.operation == call.operation && seen.stirred(c.op.index) == since && seen.live(c)
        });
        let Some(same) = same else { continue };
        let why = || {
            format!(
                "{} at {} is open to a narrow token and closed to a wide one",
                call.operation, call.service
            )
        };
        found.push(Instance::of(same.allowed, why, &[call.op.index, same.op.index]));
    }
    found
}

/// M-16: subjects with roles that give the same, under whatever names, get the same scopes.
pub(super) fn names(seen: &Observed) -> Vec<Instance> {
    let given: Vec<_> = seen
        .fresh
        .iter()
        .filter_map(|f| Some((f, roles::given(seen, f)?, roles::others(seen, &f.state))))
        .collect();
    let mut found = Vec::new();
    for (at, (a, of_a, others_a)) in given.iter().enumerate() {
        for (b, of_b, others_b) in &given[at + 1..] {
            let alike = a.service == b.service && a.scope == b.scope && a.subject != b.subject;
            if !alike || of_a != of_b || others_a != others_b {
                continue;
            }
            let same: BTreeSet<_> = scopes(&a.authority).collect();
            found.push(Instance::of(
                scopes(&b.authority).collect::<BTreeSet<_>>() == same,
                || {
                    format!(
                        "{} and {} have roles that give the same, and not the same token at {}",
                        a.subject, b.subject, a.service
                    )
                },
                &[a.op.index, b.op.index],
            ));
        }
    }
    found
}

/// M-17: the same state but for a higher risk.
pub(super) fn risk(seen: &Observed) -> Vec<Instance> {
    let pairs = seen.alike().flat_map(|(a, b)| [(a, b), (b, a)]);
    let riskier = pairs.filter(|(low, high)| {
        let rest = |fresh: &Fresh| {
            let all = fresh.state.iter().filter_map(|at| seen.changes.get(*at));
            all.filter(|c| level(c).is_none()).map(Applied::key).collect::<BTreeSet<_>>()
        };
        rest(low) == rest(high) && highest(seen, low) < highest(seen, high)
    });
    let mut found = Vec::new();
    for (low, high) in riskier {
        found.push(within(high, &low.authority, low, "at a higher risk"));
        let lives = |fresh: &Fresh| lifetime(fresh.token?);
        if let (Some(short), Some(long)) = (lives(high), lives(low)) {
            let why = || format!("at a higher risk the token at {} lives for longer", high.service);
            found.push(Instance::of(short <= long + SECOND, why, &[low.op.index, high.op.index]));
        }
    }
    found
}

fn highest(seen: &Observed, fresh: &Fresh) -> u8 {
    let all = fresh.state.iter().filter_map(|at| seen.changes.get(*at));
    // A later level replaces an earlier one.
    all.filter_map(level).next_back().unwrap_or_default()
}

fn level(change: &Applied) -> Option<u8> {
    let word = change.arguments.get("level").filter(|_| change.name == "raise risk")?;
    ["low", "medium", "high"].iter().position(|l| l == word).and_then(|at| u8::try_from(at).ok())
}

fn lifetime(token: &TokenSeen) -> Option<f64> {
    Some(token.seconds("exp")? - token.seconds("iat")?)
}

/// Only the scopes among authority.
pub(super) fn scopes(authority: &BTreeSet<String>) -> impl Iterator<Item = &String> {
    authority.iter().filter(|entry| entry.starts_with("scope:"))
}

fn within(more: &Fresh, most: &BTreeSet<String>, other: &Fresh, when: &str) -> Instance {
    let excess: Vec<_> = more.authority.difference(most).cloned().collect();
    Instance::of(
        excess.is_empty(),
        || format!("{when} the token at {} has {} on top", more.service, excess.join(" ")),
        &[other.op.index, more.op.index],
    )
}

fn equal(a: &Fresh, b: &Fresh, when: &str) -> Instance {
    let differ: Vec<_> = a.authority.symmetric_difference(&b.authority).cloned().collect();
    Instance::of(
        differ.is_empty(),
        || format!("{when} the tokens at {} differ in {}", a.service, differ.join(" ")),
        &[a.op.index, b.op.index],
    )
}
