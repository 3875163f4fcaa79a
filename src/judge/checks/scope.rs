//! A service refuses what a token does not cover, on every route that leads to the operation.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Action, Op};
use crate::judge::{Called, Case, Issued, Ruling};
use crate::model::{Detour, Outcome, ServiceFacts, Verdict};

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    case.services().map(|(name, declared)| at(case, name, declared).at(name)).collect()
}

fn at(case: &Case, service: &str, declared: &ServiceFacts) -> Ruling {
    let outside: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && !is_covered(case, call, declared))
        .filter(|call| case.live(call))
        .collect();
    let accepted: Vec<&Called> = outside.iter().filter(|c| c.op.outcome.is_allow()).collect();
    if !accepted.is_empty() {
        let routes: BTreeSet<String> = accepted.iter().map(|call| name(call)).collect();
        let routes: Vec<String> = routes.into_iter().take(8).collect();
        let why = format!("accepted what the token does not cover: {}", routes.join(", "));
        return Ruling::new(Verdict::Fail, why)
            .proved_by(accepted.iter().map(|call| call.op.index));
    }
    if let Some(ruling) = opened(case, service).or_else(|| derived(case, service, declared)) {
        return ruling;
    }
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    if let Some(dark) = outside.iter().find(|c| c.is_dark()) {
        return open(format!("what op {} came to is not known", dark.op.index));
    }
    let refused: Vec<&Called> = outside.iter().filter(|c| c.op.outcome.is_deny()).collect();
    if refused.is_empty() {
        return open(
            "no live token was seen refused for an operation that it does not cover".into(),
        );
    }
    if let Some(missing) = uncontrolled(case, service, declared, &refused)
        .or_else(|| unvisited(&refused, declared))
        .or_else(|| unshown(case, declared, &refused))
    {
        return open(missing).proved_by(refused.iter().map(|call| call.op.index));
    }
    let wrong = refused.iter().filter(|call| !says_insufficient(&call.op.outcome)).count();
    let note = if wrong == 0 {
        String::new()
    } else {
        format!("; {wrong} not as 403 insufficient_scope (RFC 6750 section 3.1)")
    };
    let places: BTreeSet<String> = refused.iter().map(|call| name(call)).collect();
    let why = format!("refused what the token does not cover on {} routes{note}", places.len());
    Ruling::new(Verdict::Pass, why).proved_by(refused.iter().map(|call| call.op.index))
}

/// The failure that a detour leads to an operation without any token, which the declared way refuses.
fn opened(case: &Case, service: &str) -> Option<Ruling> {
    let tried = |by: Option<Detour>, what: &str, allowed: bool| {
        case.view.ops.iter().find(|op| {
            let nobodys = matches!(&op.action, Action::TryDetour { service: at, operation, token: None, detour, .. }
                if at == service && operation == what && *detour == by);
            nobodys && if allowed { op.outcome.is_allow() } else { op.outcome.is_deny() }
        })
    };
    let operations = case.facts.services.get(service)?.operations.keys();
    let mut all = operations.flat_map(|o| Detour::ALL.map(|detour| (o.as_str(), detour)));
    all.find_map(|(operation, detour)| {
        let refused = tried(None, operation, false)?;
        let accepted = tried(Some(detour), operation, true)?;
        let why = format!(
            "\"{operation}\" takes a token that nobody gave by a way that nobody declared ({})",
            detour.words()
        );
        Some(Ruling::new(Verdict::Fail, why).proved_by([refused.index, accepted.index]))
    })
}

/// What was made of a token and gives what the token does not cover: it goes on, or nobody knows whether it does.
fn derived(case: &Case, service: &str, declared: &ServiceFacts) -> Option<Ruling> {
    let beyond = |op: &&Op| {
        let Action::UseDerived { service: at, name, token, .. } = &op.action else { return false };
        let needed = declared.derived.get(name).and_then(|facts| facts.needs.scope.as_ref());
        let scopes = case.timeline.issued(token).and_then(|issued| issued.scopes());
        at == service && needed.zip(scopes).is_some_and(|(scope, scopes)| !scopes.contains(scope))
    };
    let uses: Vec<&Op> = case.view.ops.iter().filter(beyond).collect();
    let open: Vec<&&Op> = uses.iter().filter(|op| op.outcome.is_allow()).collect();
    if let Some(Action::UseDerived { name, token, .. }) = open.first().map(|op| &op.action) {
        let why = format!("made \"{name}\" of {token}, which does not cover what that gives");
        return Some(Ruling::new(Verdict::Fail, why).proved_by(open.iter().map(|op| op.index)));
    }
    let dark = uses.iter().find(|op| matches!(op.outcome, Outcome::Unknown(_)))?;
    let why = format!("what op {} came to is not known", dark.index);
    Some(Ruling::new(Verdict::Inconclusive, why))
}

/// True where the token covers the operation, or where what it covers is not known.
fn is_covered(case: &Case, call: &Called, declared: &ServiceFacts) -> bool {
    let Some(operation) = declared.operations.get(call.operation) else { return true };
    let Some(issued) = case.timeline.issued(call.token) else { return true };
    if issued.token.service.as_deref().is_some_and(|home| home != call.service) {
        return true;
    }
    let scopes = issued.scopes();
    let by_scope = operation
        .needs
        .scope
        .as_ref()
        .is_none_or(|scope| scopes.as_ref().is_none_or(|scopes| scopes.contains(scope)));
    let by_role =
        operation.needs.role.as_ref().is_none_or(|role| {
            !case.knows(call.subject) || case.roles(call.subject).contains(role)
        });
    by_scope && by_role
}

/// Positive controls: the same route of the same operation takes a token that covers it, and the token is accepted for
/// what it covers. For an operation that nobody is entitled to the second one must do.
fn uncontrolled(
    case: &Case,
    service: &str,
    declared: &ServiceFacts,
    refused: &[&Called],
) -> Option<String> {
    let covered: Vec<Called> = case
        .calls_at(service)
        .filter(|call| call.op.outcome.is_allow() && is_covered(case, call, declared))
        .collect();
    for call in refused {
        if !covered.iter().any(|control| control.token == call.token) {
            return Some(format!(
                "{} was accepted for nothing here, so it may be dead",
                call.token
            ));
        }
        let same = |control: &Called| {
            control.operation == call.operation
                && control.route == call.route
                && control.replica == call.replica
        };
        let somebody = case.entitled(call.subject, service, call.operation);
        if somebody && !covered.iter().any(same) {
            return Some(format!("no token that covers it was seen accepted for {}", name(call)));
        }
    }
    None
}

/// Routes and replicas of a refused operation that got no refusal.
fn unvisited(refused: &[&Called], declared: &ServiceFacts) -> Option<String> {
    let mut seen: BTreeMap<&str, BTreeSet<(u32, u32)>> = BTreeMap::new();
    for call in refused {
        seen.entry(call.operation).or_default().insert((call.route, call.replica));
    }
    for (operation, visited) in seen {
        let routes = declared.operations.get(operation).map_or(1, |o| o.routes.max(1));
        for route in 0..routes {
            let silent = (0..declared.replicas.max(1)).find(|r| !visited.contains(&(route, *r)));
            if let Some(replica) = silent {
                return Some(format!(
                    "route {route} of \"{operation}\" was not seen refusing at replica {replica}"
                ));
            }
        }
    }
    None
}

/// A scope that was given because it differs in case only from one that is taken here, and that no refused token carries.
fn unshown(case: &Case, declared: &ServiceFacts, refused: &[&Called]) -> Option<String> {
    let taken = || declared.operations.values().filter_map(|o| o.needs.scope.as_deref());
    let alike = |given: &&String| taken().any(|t| t != *given && t.eq_ignore_ascii_case(given));
    let carried = |given: &str| {
        let issued = refused.iter().filter_map(|call| case.timeline.issued(call.token));
        issued.filter_map(Issued::scopes).any(|scopes| scopes.contains(given))
    };
    let changes = case.timeline.changes.iter();
    let mut given = changes.filter_map(|change| change.gains).flat_map(|gains| &gains.scopes);
    let missing = given.find(|given| alike(given) && !carried(given))?;
    Some(format!(
        "no token with \"{missing}\", which differs in case only from what is taken here, was seen refused"
    ))
}

fn name(call: &Called) -> String {
    if let Some(detour) = call.detour {
        return format!(
            "\"{}\" by a way that nobody declared ({})",
            call.operation,
            detour.words()
        );
    }
    match call.route {
        0 => format!("\"{}\"", call.operation),
        route => format!("\"{}\" by route {route}", call.operation),
    }
}

fn says_insufficient(outcome: &Outcome) -> bool {
    let Outcome::Refused(refusal) = outcome else { return false };
    refusal.status == 403
        && refusal.error.as_deref().is_none_or(|error| error == "insufficient_scope")
}
