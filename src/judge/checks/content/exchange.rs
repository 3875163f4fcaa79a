//! Token exchange (RFC 8693): what comes out is within what went in and within what is left to the subject (T-07), and a dead token
//! gives nothing (T-08).

mod lost;

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, carried, roles_alone, words};
use crate::history::{Action, Op};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Moment, Outcome, Profile, TokenSeen};

/// T-07.
#[must_use]
pub fn amplifies(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut accepted = false;
    let mut tried = Vec::new();
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        for a in exchanges(case).iter().filter(|a| a.service == service) {
            tried.push(a.op.index);
            accepted |= a.op.outcome.is_allow();
            compare(case, a, &mut remarks);
            lost::weigh(case, a, &mut remarks);
        }
        rulings.extend(remarks.ruling());
    }
    let mut whole = Remarks::new();
    if !accepted {
        let none =
            if tried.is_empty() { "no token was exchanged" } else { "no exchange was accepted" };
        whole.open(none, tried);
    }
    lost::evidence(case, &mut whole);
    rulings.extend(whole.ruling());
    rulings
}

fn compare(case: &Case, a: &Asked, remarks: &mut Remarks) {
    let ops = [a.op.index];
    let (token, shown) = match (&a.op.outcome, a.given(), a.shown) {
        (Outcome::Accepted, Some(token), Some(shown)) => (token, shown),
        (Outcome::Accepted, ..) => {
            remarks.open("an exchange was accepted, but no token was seen in the answer", ops);
            return;
        }
        _ if refused(a.op) => {
            let what = outcome_words(&a.op.outcome);
            remarks.fine(format!("an exchange was {what}"), ops);
            return;
        }
        (other, ..) => {
            remarks.open(format!("an exchange was {}", outcome_words(other)), ops);
            return;
        }
    };
    let Some(went_in) = case.view.tokens.get(shown).and_then(|t| authority(case, t)) else {
        remarks.open("nothing tells what the exchanged token carried", ops);
        return;
    };
    let reading = Reading::of(case, token, a.service, None);
    reading.doubt(remarks);
    // A role that comes with a scope gives nothing without the scope, so only roles that work alone are more.
    let alone = roles_alone(case.facts, a.service);
    let beyond: Rights = reading
        .beyond(&went_in)
        .into_iter()
        .filter(|right| matches!(right, Right::Scope(_)) || alone.contains(right))
        .collect();
    if !beyond.is_empty() {
        let (more, had) = (words(&beyond), words(&went_in));
        remarks.fail(format!("an exchange gave {more} for a token that carried {had}"), ops);
    } else if reading.is_silent() {
        remarks.open("nothing tells what the token that came out carries", ops);
    } else {
        remarks.fine("what came out was within what went in", ops);
    }
}

/// What a subject token carried: by its content, else by the scope that it was asked for with.
fn authority(case: &Case, token: &TokenSeen) -> Option<Rights> {
    let service = token.service.as_deref().unwrap_or_default();
    let reading = Reading::of(case, token, service, None);
    if reading.is_dark() {
        return None;
    }
    if !reading.is_silent() {
        return Some(reading.known());
    }
    let asked = token.requested_scope.as_ref().or(token.response_scope.as_ref());
    let scopes = asked.map(|s| s.iter().cloned().map(Right::Scope).collect());
    // Readable, but no token of its service shows authority: then it shows none.
    scopes.or_else(|| (!token.is_unreadable()).then(|| carried(case.facts, token)))
}

/// T-08.
#[must_use]
pub fn of_the_dead(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        for a in exchanges(case).iter().filter(|a| a.service == service) {
            if let Some(end) = end(case, a) {
                dead(case, a, end, &mut remarks);
            } else if let Some(exp) = expiry(case, a) {
                expired(case, a, exp, &mut remarks);
            }
        }
        rulings.extend(remarks.ruling());
    }
    if rulings.is_empty() {
        let mut whole = Remarks::new();
        match key_of_others(case) {
            Some(ops) => {
                whole.fine("the retired key signed none of the tokens that are exchanged", ops)
            }
            None => whole.open("no token was exchanged after it had ended", []),
        }
        rulings.extend(whole.ruling());
    }
    rulings
}

fn dead(case: &Case, a: &Asked, end: &Changed, remarks: &mut Remarks) {
    let ops = [end.op.index, a.op.index];
    let what = outcome_words(&a.op.outcome);
    let Some(ack) = end.ack else {
        match &end.op.outcome {
            Outcome::Failed(why) if why.contains("unsupported_token_type") => {
                unrevocable(case, a, (end.op, end.op), remarks);
            }
            other => {
                let outcome = outcome_words(other);
                remarks.open(format!("{} was {outcome}", named(end)), ops);
            }
        }
        return;
    };
    let bound = case.obligation.within.unwrap_or_else(|| bound(case, end.cause));
    // Whoever refuses what a key signed before it must does not keep the key.
    let early = end.cause == Cause::Key && refused(a.op);
    if a.op.start < ack.plus_ms(bound) && !early {
        remarks.open(format!("the exchange came sooner than {bound} ms after {}", named(end)), ops);
        return;
    }
    if a.op.outcome.is_allow() {
        // An issuer that can't take back access tokens has no way to take them along with what they came with (RFC 7009 section 2.1).
        match unsupported(case, a) {
            Some(said) if end.cause != Cause::Key => {
                unrevocable(case, a, (end.op, said), remarks);
            }
            _ => remarks
                .fail(format!("a token was exchanged for a fresh one after {}", named(end)), ops),
        }
        return;
    }
    if !refused(a.op) {
        remarks.open(format!("the exchange of the dead token was {what}: that is no refusal"), ops);
        return;
    }
    // A refusal of what has expired says nothing of how it ended. Of a token that was not seen given nobody knows.
    let issued = a.shown.and_then(|shown| case.timeline.issued(shown));
    if issued.is_none_or(|issued| issued.exp.is_some_and(|exp| a.op.start >= exp)) {
        remarks.open("the dead token had expired, or may have, when it was exchanged", ops);
        return;
    }
    let dead = if end.cause == Cause::Token { "revoked" } else { "dead" };
    weigh(case, a, (end.inv, ack), dead, ops, remarks);
}

fn named(end: &Changed) -> String {
    match end.cause {
        Cause::Token => "the revocation".to_owned(),
        _ => format!("\"{}\"", end.name),
    }
}

/// How long the issuer may take to follow, in milliseconds.
fn bound(case: &Case, cause: Cause) -> u64 {
    match cause {
        Cause::Token => case.facts.bounds.revocation,
        Cause::Key => case.facts.bounds.issuer_keys(),
        _ => case.facts.bounds.issuer(),
    }
}

/// A refusal only counts where the same token was exchanged while it lived, and a bystander's once it was dead.
fn weigh(
    case: &Case,
    a: &Asked,
    (alive, died): (Moment, Moment),
    dead: &str,
    ops: impl IntoIterator<Item = u64>,
    remarks: &mut Remarks,
) {
    let before = exchanges(case)
        .iter()
        .find(|b| {
            b.shown == a.shown
                && b.service == a.service
                && b.op.outcome.is_allow()
                && b.done_by(alive)
        })
        .map(|b| b.op.index);
    let after = bystander(case, a, died);
    let proof = ops.into_iter().chain(before).chain(after);
    let what = format!("the exchange of the {dead} token was {}", outcome_words(&a.op.outcome));
    match (before, after) {
        (None, _) => remarks.open(format!("{what}, but it was not exchanged before either"), proof),
        (_, None) => {
            remarks.open(format!("{what}, but no bystander's was accepted after it"), proof)
        }
        _ => remarks.fine(format!("{what}, a bystander's was accepted"), proof),
    }
}

/// The expiry of the token that an exchange showed, if it and the accepted skew had passed.
fn expiry(case: &Case, a: &Asked) -> Option<Moment> {
    let exp = case.timeline.exp(a.shown?)?;
    (a.op.start > exp.plus_ms(case.facts.bounds.skew)).then_some(exp)
}

fn expired(case: &Case, a: &Asked, exp: Moment, remarks: &mut Remarks) {
    let ops = [a.op.index];
    if a.op.outcome.is_allow() {
        let seconds = a.op.start.ms_since(exp) / 1000;
        let what = format!("a token was exchanged for a fresh one {seconds} s after it expired");
        remarks.fail(what, ops);
    } else if refused(a.op) {
        weigh(case, a, (exp, exp), "expired", ops, remarks);
    } else {
        let what = outcome_words(&a.op.outcome);
        remarks
            .open(format!("the exchange of the expired token was {what}: that is no refusal"), ops);
    }
}

/// The issuer said that it can't revoke tokens of this kind (RFC 7009 section 2.2.1): then its expiry is the bound.
fn unrevocable(case: &Case, a: &Asked, (revoked, said): (&Op, &Op), remarks: &mut Remarks) {
    let ops = [revoked.index, said.index, a.op.index];
    let what = "the issuer can't revoke tokens of this kind (unsupported_token_type)";
    if !a.op.outcome.is_allow() {
        let outcome = outcome_words(&a.op.outcome);
        remarks.open(format!("{what}; the exchange after it was {outcome}"), ops);
        return;
    }
    let exp = a.shown.and_then(|shown| case.timeline.exp(shown));
    let residual = exp.map(|exp| exp.ms_since(revoked.end.unwrap_or(revoked.start)) / 1000);
    match residual {
        Some(s)
            if s * 1000 <= case.facts.bounds.self_contained
                && case.facts.profile != Profile::Strict =>
        {
            remarks.bounded(
                s,
                format!("{what}, so it can be exchanged until it expires in {s} s"),
                ops,
            );
        }
        Some(s) => {
            remarks.open(format!("{what}, and it can be exchanged until it expires in {s} s"), ops)
        }
        None => remarks.open(format!("{what}, and nothing tells when it expires"), ops),
    }
}

/// The answer that the very token which an exchange showed is of a kind that the issuer can't revoke.
fn unsupported<'a>(case: &Case<'a>, a: &Asked) -> Option<&'a Op> {
    let of_this = |op: &&Op| matches!(&op.action, Action::Revoke { token, .. } if Some(token.as_str()) == a.shown);
    let mut answers = case.view.ops.iter().filter(of_this);
    answers.find(
        |op| matches!(&op.outcome, Outcome::Failed(why) if why.contains("unsupported_token_type")),
    )
}

/// What ended the token that an exchange showed, if it came before and was not undone: its revocation, or that of the refresh token of
/// its grant; else what took everything from its subject, its client or its key. A risk that blocks for a while ends no token.
fn end<'c, 'a>(case: &'c Case<'a>, a: &Asked) -> Option<&'c Changed<'a>> {
    let shown = a.shown?;
    let earlier = || {
        let all = case.timeline.changes.iter();
        all.filter(|c| c.inv < a.op.start && c.hits.contains(shown))
    };
    let lasts = |c: &&Changed| {
        matches!(c.cause, Cause::Subject | Cause::Client | Cause::Key)
            && c.until.is_none_or(|until| a.op.start < until)
    };
    let revoked = earlier().find(|c| matches!(c.op.action, Action::Revoke { .. }));
    revoked.or_else(|| earlier().find(lasts))
}

/// Where a key was retired, and tokens were exchanged after it that another key signed, or none: no dead one was at hand.
fn key_of_others(case: &Case) -> Option<[u64; 2]> {
    let mut keys = case.timeline.changes.iter().filter(|c| c.cause == Cause::Key);
    let (retired, ack) = keys.find_map(|c| Some((c, c.ack?)))?;
    let later = exchanges(case).into_iter().find(|a| {
        let shown = a.shown.and_then(|shown| case.timeline.issued(shown));
        a.op.start > ack && a.op.outcome.is_allow() && shown.is_some_and(|s| s.at < retired.inv)
    });
    Some([retired.op.index, later?.op.index])
}

fn bystander(case: &Case, a: &Asked, after: Moment) -> Option<u64> {
    let others = || {
        let all = Asked::all(case.view).filter(|b| b.way == Way::Exchange);
        all.filter(|b| b.subject != a.subject && b.op.start >= after)
    };
    let here = others().any(|b| b.service == a.service);
    let mut fitting = others().filter(|b| !here || b.service == a.service);
    fitting.find(|b| b.op.outcome.is_allow()).map(|b| b.op.index)
}

fn exchanges<'a>(case: &Case<'a>) -> Vec<Asked<'a>> {
    Asked::of_case(case).into_iter().filter(|a| a.way == Way::Exchange).collect()
}

/// True where an exchange was refused. RFC 8693 section 2.2.2 has an invalid subject token answered with
/// `invalid_request`, which elsewhere would be a mistake of ours and no refusal.
pub(super) fn refused(op: &Op) -> bool {
    op.outcome.is_deny()
        || matches!(&op.outcome, Outcome::Failed(why) if why.contains("invalid_request"))
}
