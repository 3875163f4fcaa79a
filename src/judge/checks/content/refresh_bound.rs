//! A refresh token is good for the client that it was given to and with the key that it is bound to, and its family has an
//! absolute end (T-06).

use super::asked::{Asked, Way, outcome_words};
use super::grants::bystander_refreshed;
use super::remarks::Remarks;
use crate::history::Action;
use crate::judge::{Case, Ruling};
use crate::model::{Moment, Outcome, Unproven};

/// T-06.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let end = case.facts.bounds.refresh_end;
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        for a in Asked::of_case(case).iter().filter(|a| a.service == service) {
            match (a.way, end) {
                (Way::ByAnother, _) => match lacking(a) {
                    Some(how) => unproven(case, a, how, &mut remarks),
                    None => by_another(case, a, &mut remarks),
                },
                (Way::Refresh, Some(end)) => at_the_end(case, a, end, &mut remarks),
                _ => {}
            }
        }
        rulings.extend(remarks.ruling());
    }
    if rulings.is_empty() {
        let mut whole = Remarks::new();
        let what = "no refresh token was shown by another client, or after its declared end";
        whole.open(what, []);
        rulings.extend(whole.ruling());
    }
    rulings
}

/// What was wrong with the proof of its key or of its client, where its own client used it.
fn lacking(a: &Asked) -> Option<Unproven> {
    match &a.op.action {
        Action::RefreshByAnother { how, .. } => *how,
        _ => None,
    }
}

/// A refusal only counts where the same token was accepted with what it lacked after it.
fn unproven(case: &Case, a: &Asked, how: Unproven, remarks: &mut Remarks) {
    let to = if how.is_of_client() { "" } else { " that is bound to a key" };
    let with = if how.is_of_client() { "from its client, properly," } else { "with its key" };
    let what = format!("a refresh token{to} was used {}", how.words());
    match &a.op.outcome {
        Outcome::Accepted => remarks.fail(what, [a.op.index]),
        Outcome::Refused(_) => {
            let what = format!("{what} and {}", outcome_words(&a.op.outcome));
            let mut proven = Asked::all(case.view).filter(|b| {
                b.way == Way::Refresh
                    && b.shown == a.shown
                    && b.op.start >= a.op.start
                    && b.op.outcome.is_allow()
            });
            match proven.next() {
                Some(own) => remarks.fine(what, [a.op.index, own.op.index]),
                None => remarks.open(
                    format!("{what}, but after that not seen accepted {with} either"),
                    [a.op.index],
                ),
            }
        }
        other => remarks.open(format!("{} was {}", a.words(), outcome_words(other)), [a.op.index]),
    }
}

/// A refusal only counts where the other client gets tokens for refresh tokens of its own.
fn by_another(case: &Case, a: &Asked, remarks: &mut Remarks) {
    let by = format!("the client of the grant \"{}\"", a.grant.unwrap_or_default());
    match &a.op.outcome {
        Outcome::Accepted => {
            remarks.fail(format!("{by} used a refresh token of another client"), [a.op.index]);
        }
        Outcome::Refused(_) => {
            let refused = outcome_words(&a.op.outcome);
            let what = format!("{by} was {refused} with a refresh token of another client");
            match its_own(case, a) {
                Some(own) => remarks.fine(what, [a.op.index, own]),
                None => remarks.open(
                    format!("{what}, but after that with its own too, or not seen to use it"),
                    [a.op.index],
                ),
            }
        }
        other => remarks.open(format!("{} was {}", a.words(), outcome_words(other)), [a.op.index]),
    }
}

/// A later refresh that was accepted of a token that came by the grant of the client that asks.
fn its_own(case: &Case, a: &Asked) -> Option<u64> {
    let mut own = Asked::all(case.view).filter(|b| {
        let by = |grant: Option<&str>| grant.is_some() && grant == a.grant;
        b.way == Way::Refresh
            && b.service == a.service
            && b.op.start >= a.op.start
            && b.op.outcome.is_allow()
            && sign_in(case, b).is_some_and(|first| by(first.grant))
    });
    own.next().map(|b| b.op.index)
}

/// The sign-in that a refresh token comes from.
fn sign_in<'a>(case: &Case<'a>, a: &Asked<'a>) -> Option<Asked<'a>> {
    Asked::of(case.timeline.grant_of(a.shown?)?.op).filter(|first| first.way == Way::Issue)
}

/// A refresh against the declared end of its family, milliseconds after the sign-in.
fn at_the_end(case: &Case, a: &Asked, end: u64, remarks: &mut Remarks) {
    let unclear = |remarks: &mut Remarks| {
        let what = outcome_words(&a.op.outcome);
        remarks.open(format!("{} was {what}", a.words()), [a.op.index]);
    };
    let Some((first, began)) = sign_in(case, a).and_then(|f| Some((f, f.op.end?))) else {
        return remarks.open("the sign-in of a refresh token was not seen", [a.op.index]);
    };
    let ops = [first.op.index, a.op.index];
    let due = began.plus_ms(end.saturating_add(case.facts.bounds.skew));
    let seconds = a.op.start.ms_since(began) / 1000;
    let late = a.op.start > due;
    match &a.op.outcome {
        Outcome::Accepted if late => {
            let what = format!("a refresh {seconds} s after the sign-in was accepted");
            remarks.fail(format!("{what}: their declared end is after {} s", end / 1000), ops);
        }
        // Before its end a family may be refused for other reasons.
        Outcome::Accepted | Outcome::Refused(_) if !late => {}
        Outcome::Refused(_) => {
            let what = format!("a refresh {seconds} s after the sign-in was refused");
            let used = last_use(case, a, first, due);
            let control = bystander_refreshed(case, a.subject, a.service, a.op.start);
            match (used, control) {
                (None, _) => remarks.open(format!("{what}, but none was accepted before"), ops),
                (_, None) => {
                    let alone = format!("{what}, but no bystander's was accepted after it");
                    remarks.open(alone, ops);
                }
                (Some(used), Some(control)) => {
                    remarks.fine(what, ops.into_iter().chain([used, control]));
                }
            }
        }
        _ => unclear(remarks),
    }
}

/// The answer that gave the token which is refused now: itself a refresh before the end, so that the family was in use.
fn last_use(case: &Case, a: &Asked, first: Asked, due: Moment) -> Option<u64> {
    let mut uses = Asked::all(case.view).filter(|b| {
        b.way == Way::Refresh
            && b.op.outcome.is_allow()
            && b.op.start < due
            && b.op.start < a.op.start
            && sign_in(case, b).is_some_and(|f| f.op.index == first.op.index)
    });
    uses.next().map(|b| b.op.index)
}
