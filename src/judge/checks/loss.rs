//! What a change took away is refused once its bound has passed. `with.cause` says which changes: `entitlement`,
//! `token`, `subject`, `client`, `key`; without it any. `with.bound = "keys"` takes the bound of key sets for all services.

use crate::judge::loss::weigh;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::Verdict;

/// One ruling for each service at which something was taken away.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let cause = case.requirement.with.get("cause").and_then(|cause| cause.as_str());
    let keys = case.requirement.with.get("bound").is_some_and(|b| b.as_str() == Some("keys"));
    rulings(case, |change| cause.is_none_or(|cause| is(change, cause)), keys)
}

/// The same for the earlier token of a team's own scenario: whatever the change was.
pub(super) fn any(case: &Case) -> Vec<Ruling> {
    rulings(case, |_| true, false)
}

fn rulings(case: &Case, about: impl Fn(&Changed) -> bool, keys: bool) -> Vec<Ruling> {
    let changes: Vec<&Changed> = case
        .timeline
        .changes
        .iter()
        .filter(|change| change.cause != Cause::Nothing && about(change))
        .collect();
    if changes.is_empty() {
        let why = "no change of this kind was made in this scenario";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    }
    let weighed = case.services().filter_map(|(name, declared)| {
        let for_keys = case.obligation.within.or(Some(case.facts.bounds.keys));
        let bound = if keys { for_keys } else { case.bound(declared) };
        weigh(case, (name, declared), &changes, bound)
    });
    let rulings: Vec<Ruling> = weighed.map(|weighed| weighed.ruling).collect();
    if rulings.is_empty() {
        let why = "the change takes nothing away that a token held before it was good for";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    }
    rulings
}

fn is(change: &Changed, cause: &str) -> bool {
    match cause {
        "entitlement" => change.cause == Cause::Entitlement,
        "subject" => change.cause == Cause::Subject,
        "client" => change.cause == Cause::Client,
        "token" => change.cause == Cause::Token,
        "key" => change.cause == Cause::Key,
        _ => false,
    }
}
