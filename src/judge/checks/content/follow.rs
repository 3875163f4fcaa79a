//! Tokens before a change, after it and after its undoing, against what the subject may do at each of these times
//! (REQUIREMENTS: R-ISSUE). Shared by the checks of `new_token.rs`; does not know why anybody asks.

use super::asked::{Asked, Way, decision_bound, outcome_words};
use super::entitled::Entitled;
use super::remarks::Remarks;
use super::rights::{Reading, Right, Rights, needed_at, words};
use super::same::identical;
use crate::judge::{Case, Changed, Ruling};
use crate::model::{Moment, Outcome, TokenSeen};

/// What a check asks of tokens around a change.
pub struct Follow<'r> {
    /// Names of the changes that it is about; empty for any that takes roles or scopes.
    pub changes: &'r [&'r str],
    /// Refreshed tokens count like new ones.
    pub refreshes: bool,
    /// A refusal is a fine answer to the change (risk: step-up or refusal).
    pub may_refuse: bool,
}

/// One service and one subject around one change.
struct Around<'c, 'a> {
    case: &'c Case<'a>,
    change: &'c Changed<'a>,
    ask: &'c Follow<'c>,
    service: &'a str,
    needed: Rights,
    before: Asked<'a>,
    first: &'a TokenSeen,
    base: Reading,
}

/// Rulings for each service whose tokens the change reaches.
#[must_use]
pub fn rulings(case: &Case, ask: &Follow) -> Vec<Ruling> {
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|c| about(c, ask.changes)).collect();
    if changes.is_empty() {
        let mut whole = Remarks::new();
        whole.open("the change that this is about was not made", []);
        return whole.ruling().into_iter().collect();
    }
    let mut rulings = Vec::new();
    let mut reached = false;
    for change in changes {
        if let Some(ruling) = not_made(change) {
            rulings.push(ruling);
            continue;
        }
        for subject in subjects(case, change) {
            for (service, _) in case.services() {
                let (remarks, lost) = one(case, change, ask, subject, service);
                reached |= lost;
                rulings.extend(remarks.ruling());
            }
        }
        if !reached {
            let mut whole = Remarks::new();
            let nothing =
                format!("nothing that \"{}\" took away was in a token before", change.name);
            whole.open(nothing, [change.op.index]);
            rulings.extend(whole.ruling());
        }
    }
    rulings
}

fn about(change: &Changed, names: &[&str]) -> bool {
    if names.is_empty() {
        !change.loses.roles.is_empty() || !change.loses.scopes.is_empty()
    } else {
        names.contains(&change.name)
    }
}

/// Why a change is no ground for a ruling.
fn not_made(change: &Changed) -> Option<Ruling> {
    let mut whole = Remarks::new();
    let name = change.name;
    match &change.op.outcome {
        Outcome::Accepted if *change.loses == crate::history::Loss::default() => {
            let what = format!("the target file does not declare what \"{name}\" takes away");
            whole.open(what, [change.op.index]);
        }
        Outcome::Accepted => return None,
        other => {
            let what = format!("the change \"{name}\" was {}", outcome_words(other));
            whole.open(what, [change.op.index]);
        }
    }
    whole.ruling()
}

/// Whom to look at: the change's subject, or everybody who got a token before it.
fn subjects<'a>(case: &Case<'a>, change: &Changed<'a>) -> Vec<&'a str> {
    if let Some(subject) = change.subject {
        return vec![subject];
    }
    let before = Asked::all(case.view).filter(|a| a.way == Way::Issue && a.done_by(change.inv));
    let mut subjects: Vec<&str> = before.map(|a| a.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    // Somebody who asked for no token afterwards is a bystander here.
    let after = |s: &&str| {
        Asked::all(case.view).any(|a| {
            a.way == Way::Issue
                && a.subject == *s
                && change.ack.is_some_and(|ack| a.op.start >= ack)
        })
    };
    subjects.retain(after);
    subjects
}

/// Remarks about one service, and whether the change took something from its tokens.
fn one<'a>(
    case: &Case<'a>,
    change: &Changed<'a>,
    ask: &Follow,
    subject: &str,
    service: &'a str,
) -> (Remarks, bool) {
    let mut remarks = Remarks::at(service);
    let asked: Vec<Asked> = Asked::of_case(case)
        .into_iter()
        .filter(|a| a.subject == subject && a.service == service)
        .collect();
    let (Some(ack), Some((before, first))) = (change.ack, usual(&asked, change.inv)) else {
        if asked.iter().any(|a| change.ack.is_some_and(|ack| a.op.start >= ack)) {
            remarks.open("no token of before the change is there to compare with", []);
        }
        return (remarks, false);
    };
    let until = next_turn(case, before.op.start);
    let around = Around {
        case,
        change,
        ask,
        service,
        needed: needed_at(case.facts, service),
        before,
        first,
        base: Reading::of(case, first, service, until),
    };
    let mut lost = false;
    let mut compared = false;
    for a in asked.iter().filter(|a| comparable(a, &before, ask)) {
        let undone = change.undone.is_some_and(|undone| a.op.start >= undone);
        if a.op.start < ack {
            continue;
        }
        compared = true;
        if undone {
            if a.way == Way::Issue {
                around.restored(a, &mut remarks);
            }
        } else {
            lost |= around.changed(a, &mut remarks);
        }
    }
    if !compared {
        remarks.open("no token was asked for after the change", [change.op.index]);
    }
    (remarks, lost)
}

/// The last token got before a moment by the subject's usual request.
fn usual<'a>(asked: &[Asked<'a>], before: Moment) -> Option<(Asked<'a>, &'a TokenSeen)> {
    let issued = asked
        .iter()
        .filter(|a| a.way == Way::Issue && a.done_by(before) && a.op.outcome.is_allow());
    issued.filter_map(|a| a.given().map(|t| (*a, t))).last()
}

/// True for a request that asks for the same as the one of before.
fn comparable(a: &Asked, before: &Asked, ask: &Follow) -> bool {
    match a.way {
        Way::Issue => a.grant == before.grant && a.scope == before.scope,
        Way::Refresh => ask.refreshes && a.scope.is_none(),
        Way::Exchange => false,
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

impl<'a> Around<'_, 'a> {
    /// Judges a token asked for while the change was in force. True where the change took something from it.
    fn changed(&self, a: &Asked<'a>, remarks: &mut Remarks) -> bool {
        let ops = [self.before.op.index, self.change.op.index, a.op.index];
        let was = Entitled::at(self.case, a.subject, self.before.op.start);
        let now = Entitled::at(self.case, a.subject, a.op.start);
        if let Some(doubt) = was.doubt.as_ref().or(now.doubt.as_ref()) {
            remarks.open(doubt.clone(), ops);
            return true;
        }
        let bound = decision_bound(self.case);
        if !now.due(a.op.start, bound) {
            let soon = format!("{} came sooner than {bound} ms after the change", a.words());
            remarks.open(soon, ops);
            return true;
        }
        let gone: Rights = was.rights.difference(&now.rights).cloned().collect();
        let gone: Rights = gone.intersection(&self.needed).cloned().collect();
        let left: Rights = now.rights.intersection(&self.needed).cloned().collect();
        let had: Rights = gone.intersection(&self.base.known()).cloned().collect();
        if !gone.is_empty() && had.is_empty() {
            let lacked = format!("the token of before did not show {}", words(&gone));
            remarks.open(lacked, [self.before.op.index]);
        }
        match (&a.op.outcome, a.given()) {
            (Outcome::Accepted, Some(token)) => {
                self.given(a, token, &now.rights, &gone, remarks, ops);
            }
            (Outcome::Refused(_), _)
                if self.ask.may_refuse || left.is_empty() || asks_for(a, &gone) =>
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
        let what = match a.way {
            Way::Refresh => "the refreshed token",
            _ => "the new token",
        };
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
                        "{what} differs only in claims that no operation needs: it still carries {carries}"
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
        let missing = reading.lacking(&wanted);
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
    fn restored(&self, a: &Asked<'a>, remarks: &mut Remarks) {
        let ops = [self.before.op.index, self.change.op.index, a.op.index];
        let now = Entitled::at(self.case, a.subject, a.op.start);
        if let Some(doubt) = now.doubt {
            remarks.open(doubt, ops);
            return;
        }
        if !now.due(a.op.start, decision_bound(self.case)) {
            let bound = decision_bound(self.case);
            remarks
                .open(format!("{} came sooner than {bound} ms after the undoing", a.words()), ops);
            return;
        }
        match (&a.op.outcome, a.given()) {
            (Outcome::Accepted, Some(token)) => {
                let until = next_turn(self.case, a.op.start);
                let reading = Reading::of(self.case, token, self.service, until);
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
