//! One service and one subject around one change: the token of before against those of during and after. The arithmetic of
//! `follow.rs`.

use super::asked::{Asked, Way, outcome_words};
use super::entitled::Entitled;
use super::follow::Follow;
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, still_named, words};
use super::same::identical;
use crate::judge::{Case, Changed};
use crate::model::{Moment, Outcome, TokenSeen};

/// One service and one subject around one change.
pub struct Around<'c, 'a> {
    /// The case.
    pub case: &'c Case<'a>,
    /// The change.
    pub change: &'c Changed<'a>,
    /// What is asked of tokens around it.
    pub ask: &'c Follow,
    /// The service.
    pub service: &'a str,
    /// What its operations need.
    pub needed: Rights,
    /// The last request before the change.
    pub before: Asked<'a>,
    /// Its token.
    pub first: &'a TokenSeen,
    /// What that token gives.
    pub base: Reading,
    /// True for requests by another way than the usual one: what they lack is not held against them, only what they give.
    pub by_another_way: bool,
}

impl<'a> Around<'_, 'a> {
    /// Judges a token asked for while the change was in force. True where the change took something from it.
    pub fn changed(&self, a: &Asked<'a>, remarks: &mut Remarks) -> bool {
        let ops = [self.before.op.index, self.change.op.index, a.op.index];
        let was = Entitled::at(self.case, a.subject, self.before.op.start);
        let now = Entitled::at(self.case, a.subject, a.op.start);
        if let Some(doubt) = was.doubt.as_ref().or(now.doubt.as_ref()) {
            remarks.open(doubt.clone(), ops);
            return true;
        }
        let bound = self.case.decision_bound();
        if !now.due(a.op.start, bound) {
            let soon = format!("{} came sooner than {bound} ms after the change", a.words());
            remarks.open(soon, ops);
            return true;
        }
        let gone: Rights = was.rights.difference(&now.rights).cloned().collect();
        let gone: Rights = gone.intersection(&self.needed).cloned().collect();
        let left: Rights = now.rights.intersection(&self.needed).cloned().collect();
        let had: Rights = gone.intersection(&self.base.known()).cloned().collect();
        if !gone.is_empty() && had.is_empty() && !self.by_another_way {
            let lacked = format!("the token of before did not show {}", words(&gone));
            remarks.open(lacked, [self.before.op.index]);
        }
        match (&a.op.outcome, a.given()) {
            (Outcome::Accepted, Some(token)) => {
                self.given(a, token, &now.rights, &gone, remarks, ops);
                let lost = &self.change.loses.roles;
                let named = still_named(self.case.facts, token, lost, &now.roles);
                if !named.is_empty() {
                    let what = self.this_token(a);
                    remarks.fail(format!("{what} still names {}", words(&named)), ops);
                }
            }
            (Outcome::Refused(_), _)
                if self.ask.may_refuse
                    || self.by_another_way
                    || left.is_empty()
                    || asks_for(a, &gone) =>
            {
                let refused = outcome_words(&a.op.outcome);
                match self.accepted_later(a) {
                    Some(later) => {
                        let what = format!("{} was {refused}, a later one was accepted", a.words());
                        remarks.fine(what, ops.into_iter().chain([later]));
                    }
                    None => remarks.open(
                        format!("{} was {refused}, and so was every later one", a.words()),
                        ops,
                    ),
                }
            }
            // A refused refresh is an answer to the change too; whether it was is another requirement's question.
            (Outcome::Refused(_), _) if a.way == Way::Refresh => {}
            (Outcome::Refused(_), _) => {
                let refused = format!(
                    "{} was {} although {} is left",
                    a.words(),
                    outcome_words(&a.op.outcome),
                    words(&left)
                );
                remarks.fail(refused, ops);
            }
            (other, _) => {
                remarks.open(format!("{} was {}", a.words(), answer(other)), ops);
            }
        }
        !had.is_empty()
    }

    fn given(
        &self,
        a: &Asked<'a>,
        token: &'a TokenSeen,
        now: &Rights,
        gone: &Rights,
        remarks: &mut Remarks,
        ops: [u64; 3],
    ) {
        let reading = Reading::of(self.case, token, self.service, next_turn(self.case, a.op.start));
        reading.doubt(remarks);
        let what = self.this_token(a);
        let beyond = reading.beyond(now);
        let kept: Rights = beyond.intersection(gone).cloned().collect();
        let added: Rights = beyond.difference(gone).cloned().collect();
        if !kept.is_empty() {
            let carries = words(&kept);
            remarks.fail(
                if identical(self.first, token) {
                    format!("{what} is identical before and after: it still carries {carries}")
                } else if reading.known() == self.base.known() {
                    format!(
                        "{what} differs only in claims that no operation \
                            needs: it still carries {carries}"
                    )
                } else {
                    format!("{what} still carries {carries}")
                },
                ops,
            );
        }
        if !added.is_empty() {
            let carries = words(&added);
            remarks.fail(
                format!("{what} carries {carries}, which the subject is not entitled to"),
                ops,
            );
        }
        let wanted: Rights = self.base.known().intersection(now).cloned().collect();
        let wanted: Rights = wanted.intersection(&self.needed).cloned().collect();
        let missing = if self.by_another_way { Rights::new() } else { reading.lacking(&wanted) };
        if !missing.is_empty() {
            let lacks = words(&missing);
            remarks.fail(format!("{what} lacks {lacks}, which the subject still has"), ops);
        }
        if beyond.is_empty() && missing.is_empty() {
            if !reading.tells(gone) {
                let silent = format!("nothing tells whether {what} carries {}", words(gone));
                remarks.open(silent, ops);
            } else if gone.is_empty() {
                remarks.fine(format!("nothing was lost here, and {what} carries no more"), ops);
            } else {
                let by = reading.by();
                remarks.fine(format!("{what} no longer carries {}, {by}", words(gone)), ops);
            }
        }
    }

    /// Judges a token asked for after the change was undone: it must be as the one of before.
    pub fn restored(&self, a: &Asked<'a>, remarks: &mut Remarks) {
        let ops = [self.before.op.index, self.change.op.index, a.op.index];
        let now = Entitled::at(self.case, a.subject, a.op.start);
        if let Some(doubt) = now.doubt {
            remarks.open(doubt, ops);
            return;
        }
        if !now.due(a.op.start, self.case.decision_bound()) {
            let bound = self.case.decision_bound();
            remarks
                .open(format!("{} came sooner than {bound} ms after the undoing", a.words()), ops);
            return;
        }
        match (&a.op.outcome, a.given()) {
            (Outcome::Accepted, Some(token)) => {
                let until = next_turn(self.case, a.op.start);
                let reading = Reading::of(self.case, token, self.service, until);
                reading.doubt(remarks);
                let missing = reading.lacking(&self.base.known());
                let residue = self.residue(&reading, &now.rights);
                if !missing.is_empty() {
                    let lacks = words(&missing);
                    remarks.fail(
                        format!("after the undoing the token lacks {lacks}, which it had at first"),
                        ops,
                    );
                }
                if !residue.is_empty() {
                    let more = words(&residue);
                    remarks.fail(
                        format!(
                            "after the undoing the token carries {more}, which it had not at first"
                        ),
                        ops,
                    );
                }
                if missing.is_empty() && residue.is_empty() {
                    if reading.tells(&self.base.known()) {
                        remarks.fine("after the undoing the token is as before", ops);
                    } else {
                        remarks.open(
                            "nothing tells whether the token is as before after the undoing",
                            ops,
                        );
                    }
                }
            }
            (Outcome::Refused(_), _) => {
                let refused = outcome_words(&a.op.outcome);
                remarks.fail(format!("after the undoing {} was {refused}", a.words()), ops);
            }
            (other, _) => {
                let answer = answer(other);
                remarks.open(format!("after the undoing {} was {answer}", a.words()), ops);
            }
        }
    }

    /// The token in words.
    fn this_token(&self, a: &Asked) -> String {
        match (a.way, a.grant) {
            (Way::Refresh, _) => "the refreshed token".into(),
            (_, Some(grant)) if self.by_another_way && Some(grant) != self.before.grant => {
                format!("the new token by the grant \"{grant}\"")
            }
            _ if self.by_another_way => {
                let asked: Vec<_> = a.scope.into_iter().flatten().map(String::as_str).collect();
                format!("the new token that was asked for with \"{}\"", asked.join(" "))
            }
            _ => "the new token".into(),
        }
    }

    /// A later request for a token of this service that was accepted: without one a refusal may be a breakdown.
    fn accepted_later(&self, a: &Asked) -> Option<u64> {
        let later = Asked::all(self.case.view).filter(|b| {
            b.op.start > a.op.start && b.service == self.service && b.op.outcome.is_allow()
        });
        later.map(|b| b.op.index).next()
    }

    /// What a restored token shows that the first one did not.
    fn residue(&self, reading: &Reading, now: &Rights) -> Rights {
        let more = reading.beyond(&self.base.known());
        match (&self.base, reading) {
            (Reading::Content(_), Reading::Content(_)) => more,
            // By answers only: an operation that nobody tried with the first token is no residue.
            _ => more.difference(now).cloned().collect(),
        }
    }
}

/// True for a request that asks by name for something that is gone: a refusal of all of it is a fitting answer.
fn asks_for(a: &Asked, gone: &Rights) -> bool {
    a.scope.is_some_and(|s| s.iter().any(|s| gone.contains(&Right::Scope(s.clone()))))
}

fn answer(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted, but no token was seen in the answer".into(),
        other => outcome_words(other),
    }
}

/// Start of the next change or undoing: what services say from then on is about another state.
pub fn next_turn(case: &Case, after: Moment) -> Option<Moment> {
    use crate::history::Action;
    let turns = case.view.ops.iter().filter(|op| {
        matches!(op.action, Action::Change { .. } | Action::Undo { .. }) && op.start > after
    });
    turns.map(|op| op.start).min()
}
