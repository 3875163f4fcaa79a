//! Refusals fit (a SHOULD): nobody else is hurt, what was kept still works, what was given back works again, and the
//! reason is the one that RFC 6750 section 3.1 gives: 401 `invalid_token` for a token that is dead, 403
//! `insufficient_scope` for a live one that does not cover the request.

mod again;

use std::collections::BTreeSet;

use super::reasons::misfit;
use crate::history::{Action, Op};
use crate::judge::authority::claim_and_value;
use crate::judge::residual::cannot_be_made;
use crate::judge::words::{in_all, times};
use crate::judge::{Called, Case, Cause, Changed, Issued, Ruling};
use crate::model::{Moment, Outcome, ServiceClass, ServiceFacts, TokenKind, Verdict, scopes_only};

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let takes = |c: &&Changed| c.cause != Cause::Nothing && !cannot_be_made(c);
    let changes: Vec<&Changed> = case.timeline.changes.iter().filter(takes).collect();
    if changes.iter().all(|change| change.ack.is_none()) {
        let why = "no change that takes something away was seen to succeed";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    }
    let services = case.services();
    services.map(|(name, declared)| at(case, &changes, name, declared).at(name)).collect()
}

fn at(case: &Case, changes: &[&Changed], service: &str, declared: &ServiceFacts) -> Ruling {
    let calls: Vec<Called> = case.calls_at(service).filter(|call| case.live(call)).collect();
    let others = others_at_issuer(case, changes, service);
    let hurt_there = others.iter().filter(|op| op.outcome.is_deny()).map(|op| op.index);
    let hurt: Vec<u64> = calls
        .iter()
        .filter(|call| call.op.outcome.is_deny() && is_over_block(case, changes, call, declared))
        .map(|call| call.op.index)
        .chain(hurt_there)
        .collect();
    if !hurt.is_empty() {
        let why = format!("refused {} what no change had taken away", times(hurt.len()));
        return Ruling::new(Verdict::Fail, why).proved_by(hurt);
    }
    let sign_ins = again::sign_ins(case, changes, service);
    let refused: Vec<_> = sign_ins.iter().filter(|(op, _)| op.outcome.is_deny()).collect();
    if let Some((_, change)) = refused.first() {
        let name = change.name;
        let why = format!(
            "refused {} that the subject signs in again after \"{name}\"",
            times(refused.len())
        );
        let proof = refused.iter().flat_map(|(op, change)| [change.op.index, op.index]);
        return Ruling::new(Verdict::Fail, why).proved_by(proof);
    }
    let judged: Vec<(&Called, Option<String>)> = calls
        .iter()
        .filter_map(|call| Some((call, misfit(case, changes, call, declared)?)))
        .collect();
    let wrong: Vec<_> =
        judged.iter().filter_map(|(call, misfit)| Some((call, misfit.as_ref()?))).collect();
    if let Some((_, first)) = wrong.first() {
        let why = format!("{first}{}", in_all(wrong.len()));
        let proof = wrong.iter().map(|(call, _)| call.op.index);
        return Ruling::new(Verdict::Fail, why).proved_by(proof);
    }
    let mut asked = others.into_iter().chain(sign_ins.iter().map(|(op, _)| *op));
    let dark = asked.find(|op| matches!(op.outcome, Outcome::Unknown(_)));
    let missing = dark.map(|op| format!("what op {} came to is not known", op.index));
    let unproven = || unproven(case, changes, service, declared, &calls, judged.len());
    if let Some(missing) = missing.or_else(unproven) {
        return Ruling::new(Verdict::Inconclusive, missing);
    }
    let silent = judged.iter().filter(|(call, _)| {
        matches!(&call.op.outcome, Outcome::Refused(r) if r.status == 401 && !r.challenged)
    });
    let note = match silent.count() {
        0 => String::new(),
        n => format!("; {n} without a WWW-Authenticate header (RFC 6750 section 3)"),
    };
    let reasons = match judged.len() {
        0 if by_own_signs(case, changes, &calls) => {
            "what was lost was refused by signs of the service's own, which give no reason"
                .to_owned()
        }
        0 => "there was no refusal to give a reason for".to_owned(),
        n => format!("the reason was right {}", times(n)),
    };
    let why = format!("nobody else was refused, and {reasons}{note}");
    let shown: BTreeSet<u64> = judged.iter().map(|(call, _)| call.op.index).collect();
    Ruling::new(Verdict::Pass, why).proved_by(shown)
}

/// True where a call was refused that this token, at that moment, was good for as far as the target declares.
fn is_over_block(
    case: &Case,
    changes: &[&Changed],
    call: &Called,
    declared: &ServiceFacts,
) -> bool {
    let Some(issued) = case.timeline.issued(call.token) else { return false };
    let home = issued.token.service.as_deref();
    if home.is_some_and(|home| home != call.service) || !names(issued, declared) {
        return false;
    }
    let carried =
        case.carried(issued, call.service, call.operation) && has_role(case, issued, call);
    if !carried && !was_good(case, call) {
        return false;
    }
    let away = case.timeline.refreshed_away(call.token, case.view);
    if away.is_some_and(|away| call.op.start >= away) {
        return false;
    }
    let began = |change: &&&Changed| change.inv <= call.op.end.unwrap_or(call.op.start);
    let taken = |change: &&Changed| case.lost(change, call.token, call.service, call.operation);
    if changes.iter().filter(began).any(taken) {
        return false;
    }
    // A token of another key than the one that was retired has nothing to do with that, once everybody has the keys of today.
    let keys = case.facts.bounds.issuer_keys();
    let of_another_key = |change: &Changed| {
        let due = change.ack.is_some_and(|ack| call.op.start > ack.plus_ms(keys));
        change.cause == Cause::Key && !change.hits.contains(call.token) && due
    };
    let mine = |change: &&&Changed| {
        change.cause != Cause::Token
            && change.subject.is_none_or(|s| s == call.subject)
            && !of_another_key(change)
    };
    // What a token of after the change may do depends on what the subject has left: only what was given back to it,
    // and stands in the token, is known for certain.
    let reduced = changes.iter().filter(mine).filter(|c| c.inv <= issued.at).max_by_key(|c| c.inv);
    if let Some(reduced) = reduced {
        return given_back(case, reduced, issued, call, declared);
    }
    // A refusal after a change counts where the same was accepted before; one before any change always does.
    let since = changes.iter().map(|change| change.inv).min();
    since.is_none_or(|since| call.op.end.is_some_and(|end| end < since))
        || case.calls_at(call.service).any(|earlier| {
            earlier.subject == call.subject
                && earlier.operation == call.operation
                && earlier.op.outcome.is_allow()
                && earlier.op.start < call.op.start
        })
}

/// False where a refusal may be for want of a role: the operation takes a role and no scope, and the token came of an exchange, or was
/// asked for by scope, and names no such role. Either may be for scopes alone (RFC 8693 section 2.1 leaves the rest to the issuer; T-09
/// wants what nobody asked for left out).
fn has_role(case: &Case, issued: &Issued, call: &Called) -> bool {
    let operations = case.facts.services.get(call.service).map(|s| &s.operations);
    let needs = operations.and_then(|all| all.get(call.operation)).map(|o| &o.needs);
    let alone = needs.filter(|needs| needs.scope.is_none()).and_then(|needs| needs.role.as_ref());
    let Some(role) = alone else { return true };
    let claims = &case.facts.authority_claims;
    let named = issued.token.authority(claims);
    let is_role = |entry: &String| {
        claim_and_value(claims, entry).is_some_and(|(claim, v)| !scopes_only(claim) && v == role)
    };
    let for_scopes = issued.token.requested_scope.is_some()
        || matches!(issued.op.action, Action::Exchange { .. });
    !for_scopes || named.0.iter().any(is_role)
}

/// True where the same token was accepted for the same before, and nothing about its subject or about everybody was made or undone
/// since: what it was given is not declared (a role made a moment ago), and is its own all the same.
fn was_good(case: &Case, call: &Called) -> bool {
    let accepted = case.calls_at(call.service).filter(|earlier| {
        earlier.token == call.token
            && earlier.operation == call.operation
            && earlier.op.outcome.is_allow()
            && earlier.op.start < call.op.start
    });
    let Some(since) = accepted.map(|earlier| earlier.op.start).max() else { return false };
    let end = call.op.end.unwrap_or(call.op.start);
    let concerns = |change: &&Changed| change.subject.is_none_or(|s| s == call.subject);
    let within = |at: Moment| since <= at && at <= end;
    !case
        .timeline
        .changes
        .iter()
        .filter(concerns)
        .any(|change| within(change.inv) || change.undone.is_some_and(within))
}

fn given_back(
    case: &Case,
    change: &Changed,
    issued: &Issued,
    call: &Called,
    declared: &ServiceFacts,
) -> bool {
    let bound = case.bound(declared).unwrap_or_default();
    let Some(back) = change.undone.or_else(|| again::free_from(case, change)) else { return false };
    let told = issued.scopes().is_some() && !issued.token.is_unreadable();
    told && issued.op.start > back && call.op.start > issued.at.plus_ms(bound)
}

/// True where nothing in the token speaks against its being for this service.
fn names(issued: &Issued, declared: &ServiceFacts) -> bool {
    let Some(claims) = &issued.token.claims else { return true };
    match claims.get("aud") {
        Some(serde_json::Value::String(one)) => *one == declared.audience,
        Some(serde_json::Value::Array(all)) => {
            all.iter().any(|aud| aud.as_str() == Some(&declared.audience))
        }
        // A token without an audience may be refused with good reason.
        _ => issued.token.form == crate::model::TokenForm::Opaque,
    }
}

/// Refreshes and issues for somebody whom no change is about, after it.
fn others_at_issuer<'a>(case: &Case<'a>, changes: &[&Changed], service: &str) -> Vec<&'a Op> {
    // A change without a subject (a policy, a key) may be about everybody: nobody is sure to be left alone.
    if changes.iter().any(|change| change.subject.is_none()) {
        return Vec::new();
    }
    let since = changes.iter().map(|change| change.inv).min().unwrap_or_default();
    let after = |op: &&Op| op.start > since;
    let other = |who: &str| !changes.iter().any(|change| change.subject == Some(who));
    let first_use = |op: &Op, token: &str| {
        let used = |o: &&Op| matches!(&o.action, Action::Refresh { token: t, .. } if t == token);
        case.view.ops.iter().find(used).is_some_and(|first| first.index == op.index)
    };
    let fits = |op: &&Op| match &op.action {
        Action::Issue { subject, service: at, scope: None, .. } => at == service && other(subject),
        Action::Refresh {
            subject,
            service: at,
            token,
            scope: None,
            parallel: None,
            elsewhere: None,
        } => at == service && other(subject) && first_use(op, token),
        _ => false,
    };
    case.view.ops.iter().filter(after).filter(fits).collect()
}

/// What is missing to say that nobody was hurt and that the reasons were right.
fn unproven(
    case: &Case,
    changes: &[&Changed],
    service: &str,
    declared: &ServiceFacts,
    calls: &[Called],
    judged: usize,
) -> Option<String> {
    if let Some(dark) = calls.iter().find(|call| call.is_dark()) {
        return Some(format!("what op {} came to is not known", dark.op.index));
    }
    if let Some(change) = case.timeline.unclear() {
        return Some(format!("whether \"{}\" was made is not known", change.name));
    }
    let here = |change: &&&Changed| concerns(case, change, service);
    let mut concerned = changes.iter().filter(here).peekable();
    if concerned.peek().is_some() && concerned.all(|change| change.ack.is_none()) {
        return Some("no change about its tokens was seen to succeed".into());
    }
    for change in changes.iter().filter(here).filter(|change| change.ack.is_some()) {
        let ack = change.ack?;
        let other = |call: &&Called| {
            call.op.start > ack
                && change.subject.is_none_or(|subject| call.subject != subject)
                && !case.lost(change, call.token, service, call.operation)
        };
        if !calls.iter().filter(other).any(|call| call.op.outcome.is_allow()) {
            return Some(format!("nobody else was seen accepted after \"{}\"", change.name));
        }
        if !kept_works(case, change, ack, service, declared, calls) {
            return Some(format!(
                "nothing that \"{}\" leaves was seen accepted after it",
                change.name
            ));
        }
    }
    let taken = changes.iter().any(|change| {
        let ops = declared.operations.keys();
        change.ack.is_some()
            && change.hits.iter().any(|token| {
                let issued = case.timeline.issued(token);
                issued.is_some_and(|issued| {
                    issued.token.kind == TokenKind::Access
                        && issued.token.service.as_deref().is_none_or(|home| home == service)
                        && ops.clone().any(|o| {
                            case.lost(change, token, service, o) && case.carried(issued, service, o)
                        })
                })
            })
    });
    let may_not_notice = declared.class == ServiceClass::SelfContained;
    (taken && judged == 0 && !may_not_notice && !by_own_signs(case, changes, calls))
        .then(|| "it refused nothing that had been taken away, so no reason was seen".into())
}

/// True where what a change took was refused by signs of the target's own (a 404, a redirect): they have no reason that could be wrong.
fn by_own_signs(case: &Case, changes: &[&Changed], calls: &[Called]) -> bool {
    let own = |o: &Outcome| matches!(o, Outcome::Refused(r) if !matches!(r.status, 401 | 403));
    let lost = |call: &Called| {
        changes.iter().any(|c| case.lost(c, call.token, call.service, call.operation))
    };
    calls.iter().any(|call| own(&call.op.outcome) && lost(call))
}

/// True where a change is about tokens for this service.
fn concerns(case: &Case, change: &Changed, service: &str) -> bool {
    change.hits.iter().any(|token| {
        case.timeline.issued(token).is_some_and(|issued| {
            issued.token.service.as_deref().is_none_or(|home| home == service)
        })
    })
}

/// Where a change leaves a token something to do here, that was seen to work after it.
fn kept_works(
    case: &Case,
    change: &Changed,
    ack: Moment,
    service: &str,
    declared: &ServiceFacts,
    calls: &[Called],
) -> bool {
    if change.cause != Cause::Entitlement {
        return true;
    }
    let keeps = |call: &Called| {
        let issued = case.timeline.issued(call.token);
        change.hits.contains(call.token)
            && !case.lost(change, call.token, service, call.operation)
            && issued.is_some_and(|issued| case.carried(issued, service, call.operation))
    };
    let any = declared.operations.keys().any(|operation| {
        change.hits.iter().any(|token| {
            let Some(issued) = case.timeline.issued(token) else { return false };
            issued.token.kind == TokenKind::Access
                && issued.token.service.as_deref().is_none_or(|home| home == service)
                && case.carried(issued, service, operation)
                && !case.lost(change, token, service, operation)
        })
    });
    !any || calls
        .iter()
        .any(|call| keeps(call) && call.op.start > ack && call.op.outcome.is_allow())
}
