//! Nothing is given any more to a subject that is disabled or deleted, by whatever grant (P-07), nor for a refresh token whose
//! subject, client or consent is gone (T-04). A refusal counts only between its two controls.

use super::asked::{Asked, Way, outcome_words};
use super::exchange;
use super::grants::{bystander_refreshed, refreshed_before};
use super::remarks::Remarks;
use crate::history::Op;
use crate::judge::core::CONTRADICTED;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{DOORS, Moment, Outcome, Refusal};

/// P-07: no grant gives the subject a token.
#[must_use]
pub fn tokens(case: &Case) -> Vec<Ruling> {
    let check = Ended {
        // A login that is accepted is a grant that gives a token, whatever is done with that.
        ways: &[Way::Issue, Way::Login, Way::Refresh, Way::Exchange],
        every_door: true,
        causes: &[Cause::Subject],
        fitting: &[],
        before: |case, a, inv| {
            let mut alike = alike(case, a).filter(|b| b.done_by(inv));
            alike.find(|b| b.op.outcome.is_allow()).map(|b| b.op.index)
        },
        bystander: |case, a, ack| {
            let others = || {
                Asked::all(case.view).filter(|b| {
                    b.way == a.way
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
        ways: &[Way::Refresh],
        every_door: false,
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
    ways: &'static [Way],
    /// Each way to a token that the target file names must have been tried.
    every_door: bool,
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
                    let counts = a.service == service && self.ways.contains(&a.way);
                    counts && in_force(change, a, ack) && concerns(case, change, a)
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
            if self.every_door && case.obligation.service.is_none() {
                untried(case, change, ack, &mut whole);
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
        let bound = case.decision_bound();
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
            Outcome::Refused(refusal) => Some(refusal),
            Outcome::Failed(_) if a.way == Way::Exchange && exchange::refused(a.op) => None,
            Outcome::Failed(_) | Outcome::Unknown(_) => {
                remarks.open(format!("{what} was {outcome} {done}: that is no refusal"), ops);
                return;
            }
        };
        if a.way == Way::Exchange && expired(case, a) {
            remarks
                .open(format!("{what} was {outcome} {done}, but the token may have expired"), ops);
            return;
        }
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
        if let Some(error) = refusal.and_then(|r: &Refusal| r.error.as_deref())
            && !self.fitting.is_empty()
            && !self.fitting.contains(&error)
        {
            remarks
                .note(format!("\"{error}\" is an odd code for it: \"{}\" fits", self.fitting[0]));
        }
    }
}

/// True where the token that was shown had expired, or was not seen given: a refusal of that is about nothing else.
fn expired(case: &Case, a: &Asked) -> bool {
    let issued = a.shown.and_then(|shown| case.timeline.issued(shown));
    issued.is_none_or(|issued| issued.exp.is_some_and(|exp| a.op.start >= exp))
}

/// Says which ways to a token nobody tried while a change was in force, of those that the target file names or says nothing of.
fn untried(case: &Case, change: &Changed, ack: Moment, whole: &mut Remarks) {
    let facts = case.facts;
    let tried = |fits: &dyn Fn(&Asked) -> bool| {
        Asked::all(case.view).any(|a| in_force(change, &a, ack) && fits(&a))
    };
    for door in DOORS {
        let advertised = facts.advertised.iter().any(|a| a == door);
        if facts.absent.iter().any(|a| a.capability == door) {
            if advertised {
                whole.open(format!("\"{door}\" {CONTRADICTED}"), [change.op.index]);
            }
            continue;
        }
        if !facts.provides.iter().any(|p| p == door) {
            let why =
                "is neither provided by the target file nor declared absent, and so was not tried";
            whole.open(format!("\"{door}\" {why}"), [change.op.index]);
            continue;
        }
        let none = |what: String| format!("{what} while \"{}\" was in force", change.name);
        match door {
            "refresh" if !tried(&|a| a.way == Way::Refresh) => {
                whole.open(none("no refresh token was used".into()), [change.op.index]);
            }
            "exchange" if !tried(&|a| a.way == Way::Exchange) => {
                whole.open(none("no token was exchanged".into()), [change.op.index]);
            }
            _ => {}
        }
        for grant in facts.grants.get(door).into_iter().flatten() {
            if !tried(&|a| a.grant == Some(grant)) {
                let what = format!("no token was asked for by the grant \"{grant}\"");
                whole.open(none(what), [change.op.index]);
            }
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

/// Where a change is about one client: false for what another one shows, which needs a consent of its own, and for a token of which
/// nobody saw who gave it.
fn concerns(case: &Case, change: &Changed, a: &Asked) -> bool {
    let (timeline, others) = (&case.timeline, &case.facts.other_grants);
    let own = |shown| timeline.issued(shown).is_some() && !timeline.given_by(shown, others);
    change.cause != Cause::Client || a.shown.is_none_or(own)
}

/// True for a request about the change's subject, made while the change had to hold.
fn in_force(change: &Changed, a: &Asked, ack: Moment) -> bool {
    change.subject.is_none_or(|s| s == a.subject)
        && a.op.start >= ack
        && change.until.is_none_or(|until| a.op.start < until)
}
