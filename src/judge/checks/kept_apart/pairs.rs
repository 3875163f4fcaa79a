//! Pairs of calls that differ in one thing, read off the record: what must be refused, and what was accepted just before it.

use crate::judge::{Called, Case, Changed, REACH_MS};
use crate::model::{Moment, ServiceFacts};

/// In what two calls differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    Subject,
    Token,
    Audience,
    Action,
    Context,
}

/// Why a call must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The token is another service's.
    Audience,
    /// Its subject was never given the right.
    Subject,
    /// The token covers less than its subject may do.
    Narrower,
    /// A change took the right away, and the service had its time to notice.
    Context,
}

/// A call that must be refused, with the latest one that was accepted before it and differs from it in one thing.
pub struct Pair<'a> {
    pub shown: Called<'a>,
    pub kind: Kind,
    pub warmed: Option<(Apart, Called<'a>)>,
}

impl Apart {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Subject => "the subject",
            Self::Token => "the token",
            Self::Audience => "the token's audience",
            Self::Action => "the action",
            Self::Context => "the subject's context",
        }
    }
}

impl Pair<'_> {
    /// In what its calls differ, where there are two.
    pub fn apart(&self) -> Option<Apart> {
        self.warmed.map(|(apart, _)| apart)
    }

    /// Ops that show it.
    pub fn proof(&self) -> impl Iterator<Item = u64> {
        let warm = self.warmed.map(|(_, warm)| warm.op.index);
        warm.into_iter().chain([self.shown.op.index])
    }
}

/// Each call at a service that must be refused.
pub fn at_service<'a>(case: &Case<'a>, service: &'a str, declared: &ServiceFacts) -> Vec<Pair<'a>> {
    let calls: Vec<Called<'a>> = case.calls_at(service).filter(|call| case.live(call)).collect();
    let kinds: Vec<Option<Kind>> = calls.iter().map(|call| kind(case, call, declared)).collect();
    let sound = |call: &&Called| {
        call.op.outcome.is_allow() && at_home(case, call) && loss(case, call).is_none()
    };
    let good = calls.iter().zip(&kinds).filter(|(_, kind)| kind.is_none());
    let good: Vec<&Called<'a>> = good.map(|(call, _)| call).filter(sound).collect();
    let shown = calls.iter().zip(&kinds).filter(|(call, _)| case.covers(call.operation));
    shown
        .filter_map(|(call, kind)| {
            let kind = (*kind)?;
            Some(Pair { shown: *call, kind, warmed: warmed(case, call, kind, &good) })
        })
        .collect()
}

/// True where the target's own words make such pairs possible at a service.
pub fn possible(case: &Case, service: &str, declared: &ServiceFacts, apart: Apart) -> bool {
    let needs = || declared.operations.values().map(|operation| &operation.needs);
    let given = || {
        let scopes = needs().filter_map(|needs| needs.scope.as_ref());
        scopes.filter(|s| case.facts.roles.values().any(|role| role.scopes.contains(*s)))
    };
    match apart {
        Apart::Audience => {
            case.facts.services.values().any(|other| other.audience != declared.audience)
        }
        Apart::Action => needs().any(|one| needs().next() != Some(one)),
        Apart::Subject | Apart::Token => given().any(|scope| given().next() != Some(scope)),
        Apart::Context => {
            let takes = |change: &Changed| {
                let loses = change.loses.as_ref();
                change.at.is_none_or(|at| at == service)
                    && needs().any(|n| {
                        loses.everything
                            || n.scope.as_ref().is_some_and(|s| loses.scopes.contains(s))
                    })
            };
            case.bound(declared).is_some() && case.timeline.changes.iter().any(takes)
        }
    }
}

/// Why a call must be refused, if it must.
fn kind(case: &Case, call: &Called, declared: &ServiceFacts) -> Option<Kind> {
    let issued = case.timeline.issued(call.token)?;
    if !at_home(case, call) {
        return is_foreign(case, call, declared).then_some(Kind::Audience);
    }
    let needs = &declared.operations.get(call.operation)?.needs;
    let scopes = issued.scopes();
    let lacks = |scope: &String| scopes.as_ref().is_some_and(|scopes| !scopes.contains(scope));
    let narrow = needs.scope.as_ref().is_some_and(lacks);
    let entitled = case.entitled(call.subject, call.service, call.operation);
    if case.knows(call.subject)
        && !entitled
        && (narrow || scopes.is_none() || needs.scope.is_none())
    {
        return Some(Kind::Subject);
    }
    if narrow {
        return Some(Kind::Narrower);
    }
    let bound = case.bound(declared)?;
    let due = |change: &Changed| change.ack.is_some_and(|ack| call.op.start > ack.plus_ms(bound));
    loss(case, call).filter(|change| due(change)).map(|_| Kind::Context)
}

/// The change in force that took from a token what it is used for.
fn loss<'c, 'a>(case: &'c Case<'a>, call: &Called) -> Option<&'c Changed<'a>> {
    case.timeline.changes.iter().find(|change| {
        call.op.start > change.inv
            && change.until.is_none_or(|until| call.op.start < until)
            && case.lost(change, call.token, call.service, call.operation)
    })
}

fn at_home(case: &Case, call: &Called) -> bool {
    let issued = case.timeline.issued(call.token);
    issued.is_some_and(|i| i.token.service.as_deref().is_none_or(|home| home == call.service))
}

/// The token is for another audience and does not name this one.
fn is_foreign(case: &Case, call: &Called, declared: &ServiceFacts) -> bool {
    let Some(issued) = case.timeline.issued(call.token) else { return false };
    let home = issued.token.service.as_deref();
    let theirs = home.and_then(|home| case.facts.services.get(home)).map(|s| s.audience.as_str());
    let here = declared.audience.as_str();
    let named = issued.token.claims.as_ref().and_then(|claims| claims.get("aud"));
    let names_us = match named {
        Some(serde_json::Value::Array(all)) => all.iter().any(|aud| aud.as_str() == Some(here)),
        Some(one) => one.as_str() == Some(here),
        None => false,
    };
    theirs.is_some_and(|theirs| theirs != here) && !names_us
}

/// What was accepted last, shortly before a call, and differs from it in one thing.
fn warmed<'a>(
    case: &Case<'a>,
    shown: &Called<'a>,
    kind: Kind,
    good: &[&Called<'a>],
) -> Option<(Apart, Called<'a>)> {
    let earliest = Moment(shown.op.start.0.saturating_sub(REACH_MS * 1_000_000));
    let before = |call: &&Called| {
        call.op.start >= earliest && call.op.end.is_some_and(|end| end <= shown.op.start)
    };
    let in_use = kind != Kind::Audience
        || case.calls().any(|call| {
            call.token == shown.token
                && at_home(case, &call)
                && call.op.outcome.is_allow()
                && before(&&call)
        });
    let pairs = good.iter().filter(|call| in_use && before(call)).filter_map(|call| {
        let same = (
            call.subject == shown.subject,
            call.token == shown.token,
            call.operation == shown.operation,
        );
        let apart = match (kind, same) {
            (Kind::Audience, (true, false, true)) => Apart::Audience,
            (Kind::Context, (false, false, true)) => Apart::Context,
            (Kind::Subject, (false, false, true)) => Apart::Subject,
            (Kind::Narrower, (true, false, true)) => Apart::Token,
            (Kind::Context | Kind::Subject | Kind::Narrower, (true, true, false)) => Apart::Action,
            _ => return None,
        };
        Some((apart, **call))
    });
    pairs.max_by_key(|(_, call)| (call.op.end, call.op.index))
}
