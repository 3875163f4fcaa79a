//! What a change took away is refused once its bound has passed. `with.cause` says which changes, one word or a list of:
//! `entitlement`, `token`, `subject`, `client`, `key`; without it any. `with.bound = "keys"` takes the bound of key sets for all services.

use std::collections::BTreeMap;

use crate::history::Action;
use crate::judge::loss::{weigh, worse};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Outcome, ServiceFacts, TokenKind, Verdict};

/// One ruling for each service at which something was taken away.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let causes: Option<Vec<&str>> = case.requirement.with.get("cause").map(|cause| {
        let words = cause.as_array().into_iter().flatten().chain([cause]);
        words.filter_map(|word| word.as_str()).collect()
    });
    let keys = case.requirement.with.get("bound").is_some_and(|b| b.as_str() == Some("keys"));
    rulings(
        case,
        |change| causes.as_ref().is_none_or(|causes| causes.iter().any(|c| is(change, c))),
        keys,
    )
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
        .filter(|change| !unsupported(case, change))
        .collect();
    if changes.is_empty() {
        let why = "no change of this kind was made in this scenario";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    }
    let mut rulings = Vec::new();
    for (name, declared) in case.services() {
        let for_keys = case.obligation.within.or(Some(case.facts.bounds.keys));
        let bound = if keys { for_keys } else { case.bound(declared) };
        let weighed = weigh(case, (name, declared), &changes, bound).map(|weighed| weighed.ruling);
        let all = weighed.into_iter().chain(revived(case, &changes, name));
        let ruling = all
            .reduce(worse)
            .or_else(|| untried(case, &changes, name, declared))
            .or_else(|| other_key(case, &changes, (name, declared)));
        rulings.extend(ruling);
    }
    if rulings.is_empty() {
        let why = "the change takes nothing away that a token held before it was good for";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    }
    rulings
}

/// True for an access token that was said to be a refresh token, where the issuer was not seen to take back an access token of that
/// service that was called what it is: it has to look among the kinds that it supports only (RFC 7009 section 2.1), and 200 is its
/// answer to a token that it does not find.
fn unsupported(case: &Case, change: &Changed) -> bool {
    let Action::Revoke { token, hint: Some(TokenKind::Refresh), .. } = &change.op.action else {
        return false;
    };
    let issued = |token: &str| case.timeline.issued(token).map(|issued| issued.token);
    let home = issued(token).and_then(|token| token.service.as_deref());
    case.timeline.changes.iter().any(|other| {
        let Action::Revoke { token: plain, hint: None, .. } = &other.op.action else {
            return false;
        };
        let alike = issued(plain).is_none_or(|plain| {
            plain.kind == TokenKind::Access && plain.service.as_deref() == home
        });
        alike && !other.op.outcome.is_allow()
    })
}

/// A revoked refresh token that still gives tokens.
fn revived(case: &Case, changes: &[&Changed], service: &str) -> Option<Ruling> {
    let revoked = changes.iter().filter(|change| change.cause == Cause::Token);
    let mut worst = None;
    for change in revoked {
        let Some(ack) = change.ack else { continue };
        let deadline = ack.plus_ms(case.facts.bounds.revocation);
        for op in case.view.ops.iter().filter(|op| op.start > deadline) {
            let Action::Refresh { token, service: at, .. } = &op.action else { continue };
            if at != service || !change.hits.contains(token.as_str()) {
                continue;
            }
            let ruling = match &op.outcome {
                Outcome::Accepted => {
                    Ruling::new(Verdict::Fail, "the revoked refresh token still gives tokens")
                }
                Outcome::Unknown(_) => Ruling::new(
                    Verdict::Inconclusive,
                    "what the use of the revoked refresh token came to is not known",
                ),
                _ => continue,
            };
            let ruling = ruling.at(service).proved_by([change.op.index, op.index]);
            worst = worst.into_iter().chain([ruling]).reduce(worse);
        }
    }
    worst
}

/// A service at which the change takes something away, and no token for it was held that could show it.
fn untried(
    case: &Case,
    changes: &[&Changed],
    service: &str,
    declared: &ServiceFacts,
) -> Option<Ruling> {
    let held = case.timeline.tokens.values().any(|issued| {
        issued.token.kind == TokenKind::Access
            && issued.token.service.as_deref().is_none_or(|s| s == service)
    });
    let concerned = changes.iter().any(|change| {
        let loses = change.loses.as_ref();
        let mut operations = declared.operations.values();
        loses.everything || operations.any(|operation| loses.takes(&operation.needs))
    });
    let why = "no token for this service was held when the change was made";
    (!held && concerned).then(|| Ruling::new(Verdict::Inconclusive, why).at(service))
}

/// A service whose tokens tell their key, and none of them was signed by the retired one: with an issuer of its own it
/// was not tried at all. So it is where nobody knows whether a token was given.
fn other_key(
    case: &Case,
    changes: &[&Changed],
    (service, declared): (&str, &ServiceFacts),
) -> Option<Ruling> {
    let retired = changes.iter().find(|change| change.cause == Cause::Key)?;
    let proof = |op: u64| [retired.op.index, op];
    let open = |why: String| Some(Ruling::new(Verdict::Inconclusive, why).at(service));
    let mut others: BTreeMap<&str, u64> = BTreeMap::new();
    for issued in case.timeline.tokens.values() {
        let here = issued.token.service.as_deref().is_none_or(|s| s == service);
        let hit = retired.hits.contains(issued.token.id.as_str());
        let shown = issued.token.kind == TokenKind::Access && !issued.is_sign_in();
        if !here || !shown || issued.at > retired.inv {
            continue;
        }
        if hit {
            return None;
        }
        if let Some(kid) = issued.kid() {
            others.entry(kid).or_insert(issued.op.index);
        }
    }
    if let Some((kid, op)) = others.first_key_value() {
        let more = match others.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        if let Some(reason) = &declared.key_stays {
            let why = format!("its key is declared not to be retired by this: {reason}");
            return Some(Ruling::new(Verdict::NotApplicable, why).at(service));
        }
        let why = "its tokens are signed by another key";
        let ruling = open(format!("{why} (kid \"{kid}\"{more}) than the one that was retired"))?;
        return Some(ruling.proved_by(proof(*op)));
    }
    let asked = case.view.ops.iter().filter(|op| op.start <= retired.inv);
    let dark = asked.filter(|op| matches!(op.outcome, Outcome::Unknown(_))).find(|op| {
        matches!(&op.action, Action::Issue { service: at, .. }
            | Action::Refresh { service: at, .. }
            | Action::Exchange { service: at, .. } if at == service)
    })?;
    let ruling =
        open(format!("what op {}, a request for a token, came to is not known", dark.index))?;
    Some(ruling.proved_by(proof(dark.index)))
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
