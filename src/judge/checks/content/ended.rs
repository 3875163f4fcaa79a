//! Nothing is given any more to a subject that is disabled or deleted (P-07), nor for a refresh token whose subject, client
//! or consent is gone (T-04). A refusal counts only between its two controls.

use super::asked::{Asked, Way, decision_bound, outcome_words};
use super::grants::{bystander_refreshed, refreshed_before};
use super::remarks::Remarks;
use crate::history::Op;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Moment, Outcome};

/// P-07: no grant gives the subject a token.
#[must_use]
pub fn tokens(case: &Case) -> Vec<Ruling> {
    let check = Ended {
        way: Way::Issue,
        causes: &[Cause::Subject],
        fitting: &[],
        before: |case, a, inv| {
            let mut alike = alike(case, a).filter(|b| b.done_by(inv));
            alike.find(|b| b.op.outcome.is_allow()).map(|b| b.op.index)
        },
        bystander: |case, a, ack| {
            let others = || {
                Asked::all(case.view).filter(|b| {
                    b.way == Way::Issue
                        && b.subject != a.subject
                        && b.service == a.service
                        && b.op.start >= ack
                })
            };
            let same_grant = others().any(|b| b.grant == a.grant);
            let mut fitting = others().filter(|b| !same_grant || b.grant == a.grant);
            fitting.find(|b| b.op.outcome.is_allow()).map(|b| b.op.index)
        },
    };
    check.rulings(case)
}

/// T-04: the refresh token is refused.
#[must_use]
pub fn refreshes(case: &Case) -> Vec<Ruling> {
    let check = Ended {
        way: Way::Refresh,
        causes: &[Cause::Subject, Cause::Client],
        fitting: &["invalid_grant", "invalid_client"],
        before: |case, a, inv| refreshed_before(case, a.subject, a.service, inv),
        bystander: |case, a, ack| bystander_refreshed(case, a.subject, a.service, ack),
    };
    check.rulings(case)
}

/// A control: the op that shows that a refusal means something.
type Control = fn(&Case, &Asked, Moment) -> Option<u64>;

struct Ended {
    way: Way,
    causes: &'static [Cause],
    fitting: &'static [&'static str],
    before: Control,
    bystander: Control,
}

impl Ended {
    fn rulings(&self, case: &Case) -> Vec<Ruling> {
        let mut rulings = Vec::new();
        let mut whole = Remarks::new();
        let all = || case.timeline.changes.iter().filter(|c| self.causes.contains(&c.cause));
        if all().next().is_none() {
            whole.open("no change took everything from a subject or its client", []);
        }
        for change in all() {
            let Some(ack) = change.ack else {
                whole.not_made(change);
                continue;
            };
            let mut asked = 0;
            for (service, _) in case.services() {
                let mut remarks = Remarks::at(service);
                let mut here = Asked::of_case(case);
                here.retain(|a| {
                    // A login that is accepted is a grant that gives a token, whatever is done with that.
                    let fits = a.way == self.way || (self.way, a.way) == (Way::Issue, Way::Login);
                    a.service == service && fits && in_force(change, a, ack)
                });
                // A grant that clearly never gave this subject a token has nothing to end, where another one did.
                let known = |a: &Asked| (self.before)(case, a, change.inv).is_some();
                let any_known = here.iter().any(known);
                let dark = |op: &Op| matches!(op.outcome, Outcome::Unknown(_));
                let unclear = |a: &Asked| {
                    dark(a.op) || alike(case, a).any(|b| b.op.start < change.inv && dark(b.op))
                };
                let tells =
                    |a: &&Asked| !any_known || a.op.outcome.is_allow() || known(a) || unclear(a);
                for a in here.iter().filter(tells) {
                    asked += 1;
                    self.one(case, change, a, ack, &mut remarks);
                }
                rulings.extend(remarks.ruling());
            }
            if asked == 0 {
                let none = format!("nothing was asked for while \"{}\" was in force", change.name);
                whole.open(none, [change.op.index]);
            }
        }
        rulings.extend(whole.ruling());
        rulings
    }

    fn one(&self, case: &Case, change: &Changed, a: &Asked, ack: Moment, remarks: &mut Remarks) {
        let ops = [change.op.index, a.op.index];
        let what = match a.grant {
            Some(grant) => format!("the request for a token by the grant \"{grant}\""),
            None => a.words().to_owned(),
        };
        let bound = decision_bound(case);
        let outcome = outcome_words(&a.op.outcome);
        let done = format!("after \"{}\"", change.name);
        if a.op.start < ack.plus_ms(bound) {
            remarks.open(format!("{what} came sooner than {bound} ms {done}"), ops);
            return;
        }
        let refusal = match &a.op.outcome {
            Outcome::Accepted => {
                remarks.fail(format!("{what} was accepted {done}"), ops);
                return;
            }
            Outcome::Refused(refusal) => refusal,
            Outcome::Failed(_) | Outcome::Unknown(_) => {
                remarks.open(format!("{what} was {outcome} {done}: that is no refusal"), ops);
                return;
            }
        };
        let before = (self.before)(case, a, change.inv);
        let bystander = (self.bystander)(case, a, ack);
        let proof = ops.into_iter().chain(before).chain(bystander);
        match (before, bystander) {
            (None, _) => {
                remarks.open(
                    format!("{what} was {outcome} {done}, but none like it was accepted before"),
                    proof,
                );
            }
            (_, None) => {
                remarks.open(
                    format!(
                        "{what} was {outcome} {done}, but no bystander's was accepted after it"
                    ),
                    proof,
                );
            }
            _ => remarks
                .fine(format!("{what} was {outcome} {done}, a bystander's was accepted"), proof),
        }
        if let Some(error) = refusal.error.as_deref()
            && !self.fitting.is_empty()
            && !self.fitting.contains(&error)
        {
            remarks
                .note(format!("\"{error}\" is an odd code for it: \"{}\" fits", self.fitting[0]));
        }
    }
}

/// Requests like this one: the same way and grant, for the same subject and service.
fn alike<'a>(case: &Case<'a>, a: &Asked<'a>) -> impl Iterator<Item = Asked<'a>> {
    let a = *a;
    Asked::all(case.view).filter(move |b| {
        (b.way, b.subject, b.service, b.grant) == (a.way, a.subject, a.service, a.grant)
    })
}

/// True for a request about the change's subject, made while the change had to hold.
fn in_force(change: &Changed, a: &Asked, ack: Moment) -> bool {
    change.subject.is_none_or(|s| s == a.subject)
        && a.op.start >= ack
        && change.until.is_none_or(|until| a.op.start < until)
}
