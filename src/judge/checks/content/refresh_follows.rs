//! A refresh decides anew (T-02): its token is within what the subject may do now and within what was granted, or it is
//! refused.

use std::collections::BTreeSet;

use super::around::next_turn;
use super::asked::{Asked, Way, outcome_words};
use super::entitled::Entitled;
use super::grants::granted;
use super::remarks::Remarks;
use super::rights::{Reading, Rights, needed_at, still_named, words};
use crate::judge::authority::claim_and_value;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Outcome, TokenSeen, scopes_only};

/// T-02.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut whole = Remarks::new();
    let changes = || case.timeline.changes.iter().filter(|c| c.cause == Cause::Entitlement);
    if changes().next().is_none() {
        whole.open("no change took anything away that the target file declares", []);
    }
    for change in changes() {
        let Some(ack) = change.ack else {
            whole.not_made(change);
            continue;
        };
        let mut reached = false;
        for (service, _) in case.services() {
            let mut remarks = Remarks::at(service);
            let in_force = Asked::of_case(case).into_iter().filter(|a| {
                a.way == Way::Refresh
                    && a.service == service
                    && change.subject.is_none_or(|s| s == a.subject)
                    && a.op.start >= ack
                    && change.undone.is_none_or(|undone| a.op.start < undone)
            });
            for a in in_force {
                reached |= one(case, change, &a, &mut remarks);
            }
            rulings.extend(remarks.ruling());
        }
        if rulings.is_empty() {
            let none = format!("no refresh token was used after \"{}\"", change.name);
            whole.open(none, [change.op.index]);
        } else if !reached {
            let nothing =
                format!("nothing that \"{}\" took away was in a token before", change.name);
            whole.open(nothing, [change.op.index]);
        }
    }
    rulings.extend(whole.ruling());
    rulings
}

/// Judges one refresh. True where the change took something from what was granted.
fn one<'a>(case: &Case<'a>, change: &Changed, a: &Asked<'a>, remarks: &mut Remarks) -> bool {
    let ops = [change.op.index, a.op.index];
    let was = Entitled::at(case, a.subject, change.inv);
    let now = Entitled::at(case, a.subject, a.op.start);
    if let Some(doubt) = was.doubt.as_ref().or(now.doubt.as_ref()) {
        remarks.open(doubt.clone(), ops);
        return true;
    }
    let bound = case.decision_bound();
    if !now.due(a.op.start, bound) {
        remarks.open(format!("the refresh came sooner than {bound} ms after the change"), ops);
        return true;
    }
    let needed = needed_at(case.facts, a.service);
    let gone: Rights = was.rights.difference(&now.rights).cloned().collect();
    let gone: Rights = gone.intersection(&needed).cloned().collect();
    let grant = a.shown.and_then(|shown| granted(case, shown, a.service));
    let had = grant.as_ref().map(|g| g.intersection(&gone).count() > 0);
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let allowed = grant.as_ref().map_or_else(
                || now.rights.clone(),
                |grant| now.rights.intersection(grant).cloned().collect(),
            );
            given(case, a, token, &allowed, &gone, remarks, ops);
            let named = still_named(case.facts, token, &change.loses.roles, &now.roles);
            if !named.is_empty() {
                let names = words(&named);
                remarks.fail(format!("the refreshed token still names {names}"), ops);
            }
        }
        (Outcome::Accepted, None) => {
            remarks.open("the refresh was accepted, but no token was seen in the answer", ops);
        }
        (Outcome::Refused(_), _) => {
            let refused = outcome_words(&a.op.outcome);
            match another_accepted(case, a) {
                Some(other) => remarks.fine(
                    format!("the refresh was {refused}, another one was accepted"),
                    ops.into_iter().chain([other]),
                ),
                None => remarks.open(
                    format!("the refresh was {refused}, and no other refresh was accepted"),
                    ops,
                ),
            }
        }
        (other, _) => remarks.open(format!("the refresh was {}", outcome_words(other)), ops),
    }
    had.unwrap_or(!gone.is_empty())
}

fn given<'a>(
    case: &Case<'a>,
    a: &Asked<'a>,
    token: &'a TokenSeen,
    allowed: &Rights,
    gone: &Rights,
    remarks: &mut Remarks,
    ops: [u64; 2],
) {
    let reading = Reading::of(case, token, a.service, next_turn(case, a.op.start));
    reading.doubt(remarks);
    stale(case, a, token, remarks);
    let beyond = reading.beyond(allowed);
    let kept: Rights = beyond.intersection(gone).cloned().collect();
    let more: Rights = beyond.difference(gone).cloned().collect();
    if !kept.is_empty() {
        let first = a.shown.and_then(|shown| case.timeline.grant_of(shown));
        let same = first.is_some_and(|first| super::same::identical(first.token, token));
        let like = if same { "is identical to the one of before: it" } else { "" };
        let carries = words(&kept);
        let text = format!("the refreshed token {like} still carries {carries}");
        remarks.fail(text.replace("  ", " "), ops);
    }
    if !more.is_empty() {
        let carries = words(&more);
        remarks.fail(
            format!("the refreshed token carries {carries}, beyond what was granted and is left"),
            ops,
        );
    }
    if beyond.is_empty() {
        if !reading.tells(gone) {
            let silent =
                format!("nothing tells whether the refreshed token carries {}", words(gone));
            remarks.open(silent, ops);
        } else if gone.is_empty() {
            remarks.fine("nothing was lost here, and the refreshed token carries no more", ops);
        } else {
            let by = reading.by();
            remarks
                .fine(format!("the refreshed token no longer carries {}, {by}", words(gone)), ops);
        }
    }
}

/// What the token shows of authority in other claims than those of scopes, as the first one of its grant did, and a new token that was asked
/// for in the same state by the same grant does not: groups and the like, which no role of the target file is called by.
fn stale(case: &Case, a: &Asked, token: &TokenSeen, remarks: &mut Remarks) {
    let claims = &case.facts.authority_claims;
    let own = |token: &TokenSeen| {
        let all = token.authority(claims).0.into_iter();
        let other = |e: &String| claim_and_value(claims, e).is_some_and(|(c, _)| !scopes_only(c));
        all.filter(other).collect::<BTreeSet<String>>()
    };
    let Some(first) = a.shown.and_then(|shown| case.timeline.grant_of(shown)) else { return };
    let Some(asked) = Asked::of(first.op) else { return };
    let kept: BTreeSet<String> = own(token).intersection(&own(first.token)).cloned().collect();
    let state = |a: &Asked| next_turn(case, a.op.start);
    let alike = |b: &Asked| {
        let same = (b.subject, b.service, b.grant, b.scope);
        b.way == Way::Issue
            && same == (a.subject, a.service, asked.grant, asked.scope)
            && state(b) == state(a)
    };
    let fresh: Vec<Asked> = Asked::all(case.view).filter(alike).collect();
    let readable = |b: &&Asked| b.given().is_some_and(|t| !t.is_unreadable());
    if let Some((new, op)) = fresh.iter().find(readable).and_then(|b| Some((b.given()?, b.op))) {
        let carried = own(new);
        let mut stale = kept.difference(&carried).filter_map(|e| claim_and_value(claims, e));
        if let Some((claim, value)) = stale.next() {
            let words = format!(
                "the refreshed token still carries \"{value}\" in `{claim}`, as the one of before, and a new token does not"
            );
            remarks.fail(words, [a.op.index, op.index]);
        }
    } else if let Some(dark) = fresh.iter().find(|b| matches!(b.op.outcome, Outcome::Unknown(_)))
        && !kept.is_empty()
    {
        let words = "whether a new token carries what the refreshed one does is not known";
        remarks.open(words, [a.op.index, dark.op.index]);
    }
}

/// Any other refresh that was accepted, rather after this one: without one a refusal may be a breakdown.
fn another_accepted(case: &Case, a: &Asked) -> Option<u64> {
    let mut others: Vec<Asked> = Asked::all(case.view)
        .filter(|b| b.way == Way::Refresh && b.op.index != a.op.index && b.op.outcome.is_allow())
        .collect();
    others.sort_by_key(|b| (b.op.start < a.op.start, b.op.index));
    others.first().map(|b| b.op.index)
}
