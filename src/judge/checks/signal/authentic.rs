//! A receiver takes in what is authentic, once, in the order in which it happened. What is forged, sent again, late, or has a
//! critical member that nobody knows changes nothing; what is forged is not acknowledged either.
//!
//! The rule needs no model of the receiver: around each such signal the answers for its subject's tokens stay what they
//! were. It counts only where the receiver acts on right signals at all.

use std::collections::BTreeMap;

use super::bound;
use crate::history::{Action, Op};
use crate::judge::signals::{Void, void};
use crate::judge::{Called, Case, Cause, Ruling};
use crate::model::{Flaw, Moment, Outcome, ServiceFacts, Verdict};

/// One ruling for each service that was sent signals that must change nothing.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let at = |(name, declared)| Some(Receiver::of(case, name, declared)?.ruling().at(name));
    case.services().filter_map(at).collect()
}

/// A signal as the receiver must see it.
struct Sent<'a> {
    op: &'a Op,
    subject: &'a str,
    flaw: Option<Flaw>,
    void: Option<Void>,
}

/// All about one receiver.
struct Receiver<'c, 'a> {
    case: &'c Case<'a>,
    service: &'a str,
    bound: u64,
    sent: Vec<Sent<'a>>,
}

/// What shows around signals that must change nothing.
#[derive(Default)]
struct Looks {
    /// A signal, and an answer after it that is not the one of before: what it was and what it became.
    changed: Vec<(u64, u64, &'static str)>,
    /// Answers that stayed, by kind of signal.
    stayed: BTreeMap<&'static str, u32>,
    /// The first signal that too little shows about.
    open: Option<u64>,
}

impl<'c, 'a> Receiver<'c, 'a> {
    fn of(case: &'c Case<'a>, service: &'a str, declared: &ServiceFacts) -> Option<Self> {
        let sent: Vec<Sent> = case
            .view
            .ops
            .iter()
            .filter_map(|op| match &op.action {
                Action::SendSignal { service: at, subject, flaw, .. } if at == service => {
                    Some(Sent { op, subject, flaw: *flaw, void: void(op, case.view) })
                }
                _ => None,
            })
            .collect();
        let any = sent.iter().any(|s| s.void.is_some());
        any.then(|| Self { case, service, bound: bound(case, declared), sent })
    }

    fn ruling(&self) -> Ruling {
        let unauthentic = |s: &&Sent| s.flaw.is_some_and(Flaw::must_be_rejected);
        let taken: Vec<&Sent> =
            self.sent.iter().filter(unauthentic).filter(|s| s.op.outcome.is_allow()).collect();
        if let Some(first) = taken.first() {
            let words = first.flaw.map_or("", Flaw::words);
            let why = format!("acknowledged a token {words}");
            return Ruling::new(Verdict::Fail, why).proved_by(taken.iter().map(|s| s.op.index));
        }
        let looks = self.looks();
        if let Some((signal, _, what)) = looks.changed.first() {
            let kind = self.sent.iter().find(|s| s.op.index == *signal).map_or("", kind);
            let why = format!("{kind} changed what the receiver knew: {what}");
            let proof = looks.changed.iter().flat_map(|(signal, call, _)| [*signal, *call]);
            return Ruling::new(Verdict::Fail, why).proved_by(proof);
        }
        let open = |why: String, op: u64| Ruling::new(Verdict::Inconclusive, why).proved_by([op]);
        let dark = |s: &&Sent| matches!(s.op.outcome, Outcome::Unknown(_));
        if let Some(dark) = self.sent.iter().find(dark) {
            let index = dark.op.index;
            return open(format!("what the receiver made of op {index} is not known"), index);
        }
        if let Some(why) = self.deaf() {
            return Ruling::new(Verdict::Inconclusive, why);
        }
        if let Some(signal) = looks.open {
            let missing = "no answers from before it and from when its bound had passed tell";
            return open(format!("what came of op {signal} is open: {missing}"), signal);
        }
        let stayed: Vec<String> =
            looks.stayed.iter().map(|(kind, n)| format!("{kind} ({n})")).collect();
        let why = format!("acted on the right ones, and nothing came of {}", stayed.join(", "));
        Ruling::new(Verdict::Pass, why).proved_by(self.sent.iter().map(|s| s.op.index))
    }

    /// Why nothing shows that the receiver acts on right signals; `None` where something does.
    fn deaf(&self) -> Option<String> {
        let right = self.case.timeline.changes.iter().filter(|change| {
            change.cause == Cause::Signal && change.at == Some(self.service) && change.ack.is_some()
        });
        let mut acted = right.filter(|change| {
            let after = change.ack.map(|ack| ack.plus_ms(self.bound));
            let mut calls = self.case.calls_at(self.service);
            calls.any(|call| {
                call.op.outcome.is_deny()
                    && after.is_some_and(|after| call.op.start > after)
                    && change.until.is_none_or(|until| call.op.start < until)
                    && self.case.live(&call)
                    && self.case.lost(change, call.token, self.service, call.operation)
                    && self
                        .case
                        .positive_control(change.inv, call.token, self.service, call.operation)
                        .is_some()
            })
        });
        acted.next().is_none().then(|| {
            "no right signal was seen to be acted on, so what came of the wrong ones shows nothing"
                .to_owned()
        })
    }

    fn looks(&self) -> Looks {
        let mut looks = Looks::default();
        for n in (0..self.sent.len()).filter(|n| self.sent[*n].void.is_some()) {
            self.look(n, &mut looks);
        }
        looks
    }

    /// What shows around one signal that must change nothing.
    fn look(&self, n: usize, looks: &mut Looks) {
        let signal = &self.sent[n];
        let same = |s: &&Sent| s.subject == signal.subject;
        let mut earlier = self.sent[..n].iter().filter(same);
        let later = || self.sent[n + 1..].iter().filter(same);
        // From the last right signal on, once its bound has passed, answers may not change.
        let right = earlier.rfind(|s| s.void.is_none()).and_then(|s| s.op.end);
        let from = right.map_or(Moment(0), |end| end.plus_ms(self.bound));
        let next = later().next().map(|s| s.op.start);
        let next_right = later().find(|s| s.void.is_none()).map(|s| s.op.start);
        // Several wrong ones in a row are looked at together, once the bound of the last has passed.
        let last = later().take_while(|s| s.void.is_some()).last().unwrap_or(signal);
        let settled = last.op.end.unwrap_or(last.op.start).plus_ms(self.bound);
        if self.dark(signal.subject, signal.op.start, next_right) {
            looks.open.get_or_insert(signal.op.index);
        }
        let mut stayed = false;
        for calls in self.calls_of(signal.subject).values() {
            let known = |c: &&Called| {
                c.op.start > from && c.op.end.is_some_and(|end| end <= signal.op.start)
            };
            let Some(before) = calls.iter().rfind(known) else { continue };
            let differs = |c: &Called| c.op.outcome.is_allow() != before.op.outcome.is_allow();
            let after = |c: &&Called, until: Option<Moment>| {
                c.op.start >= signal.op.start
                    && until.is_none_or(|until| c.op.start < until)
                    && !self.disturbed(signal.subject, before, c)
            };
            if let Some(call) = calls.iter().filter(|c| after(c, next)).find(|c| differs(c)) {
                let what = match before.op.outcome {
                    Outcome::Accepted => "accepted before it, refused after it",
                    _ => "refused before it, accepted after it",
                };
                looks.changed.push((signal.op.index, call.op.index, what));
            }
            let mut still = calls.iter().filter(|c| after(c, next_right) && !differs(c));
            stayed |= still.any(|c| c.op.start > settled) && self.others_let_in(before, settled);
        }
        if stayed {
            *looks.stayed.entry(kind(signal)).or_default() += 1;
        } else if looks.open.is_none() {
            looks.open = Some(signal.op.index);
        }
    }

    /// True where nobody knows what a call with one of the subject's tokens came to.
    fn dark(&self, subject: &str, from: Moment, until: Option<Moment>) -> bool {
        self.case.calls_at(self.service).any(|call| {
            call.subject == subject
                && call.is_dark()
                && call.op.start >= from
                && until.is_none_or(|until| call.op.start < until)
        })
    }

    /// Something else was done to the subject between two calls, so that their answers may differ.
    fn disturbed(&self, subject: &str, before: &Called, after: &Called) -> bool {
        self.case.timeline.changes.iter().any(|change| {
            let when = [Some(change.inv), change.undone];
            !matches!(change.cause, Cause::Signal | Cause::Nothing)
                && change.subject.is_none_or(|s| s == subject)
                && when
                    .into_iter()
                    .flatten()
                    .any(|at| before.op.start <= at && at <= after.op.start)
        })
    }

    /// Where an answer is no, the service may be down: somebody else must be let in.
    fn others_let_in(&self, before: &Called, settled: Moment) -> bool {
        before.op.outcome.is_allow()
            || self.case.calls_at(self.service).any(|call| {
                call.subject != before.subject
                    && call.op.outcome.is_allow()
                    && call.op.start > settled
            })
    }

    /// Clear answers for one subject's live tokens, by token and operation, in the order of the record.
    fn calls_of(&self, subject: &str) -> BTreeMap<(&'a str, &'a str), Vec<Called<'a>>> {
        let mut all: BTreeMap<(&str, &str), Vec<Called>> = BTreeMap::new();
        let calls = self.case.calls_at(self.service);
        let clear = |c: &Called| c.op.outcome.is_allow() || c.op.outcome.is_deny();
        for call in calls.filter(|c| c.subject == subject && clear(c) && self.case.live(c)) {
            all.entry((call.token, call.operation)).or_default().push(call);
        }
        all
    }
}

fn kind(signal: &Sent) -> &'static str {
    match signal.void {
        Some(Void::Again) => "a token that was sent again",
        Some(Void::Late) => "an older event that came after a newer one",
        _ => match signal.flaw {
            Some(Flaw::CriticalMember) => "a token with an unknown critical subject member",
            Some(Flaw::OtherSubject) => "a token about somebody unknown",
            Some(Flaw::Namesake) => "a token about somebody of that name at another issuer",
            _ => "a forged token",
        },
    }
}
