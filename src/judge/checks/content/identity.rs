//! Who was deleted does not come back (T-12): old tokens stay dead under the same name, and the second subject is somebody
//! else.

use super::asked::{Asked, Way, outcome_words};
use super::grants::bystander_refreshed;
use super::remarks::Remarks;
use crate::history::{Action, Op};
use crate::judge::{Case, Changed, Ruling};
use crate::model::{Moment, Outcome, ServiceClass, ServiceFacts};

/// T-12.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut whole = Remarks::new();
    let named = |name: &str| case.timeline.changes.iter().find(|c| c.name == name);
    let (Some(deleted), Some(again)) = (named("delete subject"), named("recreate subject")) else {
        whole.open("no subject was deleted and made anew", []);
        return whole.ruling().into_iter().collect();
    };
    let (Some(gone), Some(back), Some(subject)) = (deleted.ack, again.ack, deleted.subject) else {
        whole.not_made(if deleted.ack.is_none() { deleted } else { again });
        return whole.ruling().into_iter().collect();
    };
    let life = Lives { case, subject, deleted, gone, back };
    let mut rulings = Vec::new();
    for (service, declared) in case.services() {
        let mut remarks = Remarks::at(service);
        life.calls(service, declared, &mut remarks);
        life.refreshes(service, &mut remarks);
        life.introspections(service, &mut remarks);
        rulings.extend(remarks.ruling());
    }
    life.somebody_else(&mut whole);
    rulings.extend(whole.ruling());
    rulings
}

struct Lives<'c, 'a> {
    case: &'c Case<'a>,
    subject: &'a str,
    deleted: &'c Changed<'a>,
    gone: Moment,
    back: Moment,
}

impl<'a> Lives<'_, 'a> {
    /// True for a token of the first life.
    fn old(&self, token: &str) -> bool {
        let issued = self.case.timeline.issued(token);
        issued.is_some_and(|i| {
            i.at <= self.deleted.inv && i.token.subject.as_deref() == Some(self.subject)
        })
    }

    fn calls(&self, service: &str, declared: &ServiceFacts, remarks: &mut Remarks) {
        if declared.class == ServiceClass::SelfContained {
            remarks.note(
                "a self-contained service can't notice before the token expires: \
                its calls are not counted",
            );
            return;
        }
        let due = self.gone.plus_ms(self.case.bound(declared).unwrap_or_default()).max(self.back);
        let bystander = self.bystander_called(service);
        for call in self.case.calls_at(service) {
            let op = call.op;
            let expired = self.case.timeline.exp(call.token).is_some_and(|exp| op.start >= exp);
            if !self.old(call.token) || op.start < due || expired {
                continue;
            }
            let what = outcome_words(&op.outcome);
            match (&op.outcome, bystander) {
                (Outcome::Accepted, _) => remarks.fail(
                    "the first subject's token is accepted after the second one was made",
                    [self.deleted.op.index, op.index],
                ),
                (Outcome::Refused(_), Some(control)) => {
                    remarks.fine("the first subject's token stays refused", [op.index, control]);
                }
                (Outcome::Refused(_), None) => remarks.open(
                    "the first subject's token is refused, but no bystander was accepted after it",
                    [op.index],
                ),
                _ => remarks
                    .open(format!("a call with the first subject's token was {what}"), [op.index]),
            }
        }
    }

    fn refreshes(&self, service: &str, remarks: &mut Remarks) {
        let used = Asked::of_case(self.case).into_iter().filter(|a| {
            a.way == Way::Refresh
                && a.service == service
                && a.op.start >= self.back
                && a.shown.is_some_and(|shown| self.old(shown))
        });
        for a in used {
            let op = a.op.index;
            let what = outcome_words(&a.op.outcome);
            match &a.op.outcome {
                Outcome::Accepted => {
                    remarks.fail("the first subject's refresh token gives a token again", [op])
                }
                Outcome::Refused(_) => {
                    match bystander_refreshed(self.case, self.subject, service, self.back) {
                        Some(control) => {
                            remarks.fine(
                                "the first subject's refresh token \
                                stays refused",
                                [op, control],
                            );
                        }
                        None => remarks.open(
                            "the first subject's refresh token is refused, \
                                but no bystander's was accepted",
                            [op],
                        ),
                    }
                }
                _ => remarks
                    .open(format!("the refresh with the first subject's token was {what}"), [op]),
            }
        }
    }

    fn introspections(&self, service: &str, remarks: &mut Remarks) {
        for op in self.case.view.ops.iter().filter(|op| op.start >= self.back) {
            let Action::Introspect { token, .. } = &op.action else { continue };
            let issued = self.case.timeline.issued(token);
            let here = issued.is_some_and(|i| i.token.service.as_deref() == Some(service));
            if here && self.old(token) && op.outcome.is_allow() {
                remarks
                    .fail("introspection calls the first subject's token active again", [op.index]);
            }
        }
    }

    /// The second subject's tokens must not carry the first one's identifier.
    fn somebody_else(&self, whole: &mut Remarks) {
        let subs = |wanted: fn(&Self, &Asked) -> bool| -> Vec<(String, u64)> {
            Asked::all(self.case.view)
                .filter(|a| a.way == Way::Issue && a.subject == self.subject && wanted(self, a))
                .filter_map(|a| {
                    Some((a.given()?.claims.as_ref()?.get("sub")?.to_string(), a.op.index))
                })
                .collect()
        };
        let first = subs(|life, a| a.done_by(life.deleted.inv));
        let second = subs(|life, a| a.op.start >= life.back);
        let (Some(one), false) = (first.first(), second.is_empty()) else {
            let missing = if first.is_empty() { "first" } else { "second" };
            whole.open(format!("no token of the {missing} subject shows who it is"), []);
            return;
        };
        match second.iter().find(|(sub, _)| first.iter().any(|(old, _)| old == sub)) {
            Some((_, op)) => whole.fail(
                "the second subject's token has the first one's identifier (sub)",
                [one.1, *op],
            ),
            None => whole.fine(
                "the second subject has an identifier (sub) of its own",
                [one.1, second[0].1],
            ),
        }
    }

    fn bystander_called(&self, service: &str) -> Option<u64> {
        let mut others = self.case.calls_at(service).filter(|c| c.subject != self.subject);
        let accepted = |op: &Op| op.start >= self.gone && op.outcome.is_allow();
        others.find(|c| accepted(c.op)).map(|c| c.op.index)
    }
}
