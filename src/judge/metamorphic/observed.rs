//! A scenario instance as the properties see it: which changes were in force when something was asked for, what was given, and
//! what a token was good for. States are compared, never interpreted.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Action, Arm, Loss, Op, View};
use crate::judge::{self, core::shown, timeline::Timeline};
use crate::model::{Facts, Moment, Outcome, TokenKind, TokenSeen};

/// Everything that was observed in one scenario instance.
pub struct Observed<'a> {
    /// What the target declares.
    pub facts: &'a Facts,
    /// Its ops and tokens.
    pub view: &'a View,
    /// The same, told as tokens and changes.
    pub timeline: Timeline<'a>,
    /// Changes that were made.
    pub changes: Vec<Applied<'a>>,
    /// Tokens asked for by a fresh sign-in, given or refused.
    pub fresh: Vec<Fresh<'a>>,
    /// Answered calls of services.
    pub calls: Vec<Called<'a>>,
}

/// A change that was made.
pub struct Applied<'a> {
    pub op: &'a Op,
    pub name: &'a str,
    pub subject: Option<&'a str>,
    pub arguments: &'a BTreeMap<String, String>,
    pub loses: &'a Loss,
    pub gains: &'a Loss,
    pub ack: Moment,
    /// The op that undid it, with when that was sent and answered.
    pub undone: Option<(u64, Moment, Moment)>,
}

/// What a fresh sign-in gave.
pub struct Fresh<'a> {
    pub op: &'a Op,
    pub subject: &'a str,
    pub service: &'a str,
    pub scope: Option<&'a [String]>,
    /// Changes in force (places in `changes`), in the order in which they were made.
    pub state: Vec<usize>,
    /// Nothing where it was refused.
    pub authority: BTreeSet<String>,
    pub token: Option<&'a TokenSeen>,
}

/// A call that was allowed or denied.
pub struct Called<'a> {
    pub op: &'a Op,
    pub subject: &'a str,
    pub service: &'a str,
    pub operation: &'a str,
    pub token: &'a TokenSeen,
    pub way: (u32, u32),
    pub arm: Arm,
    pub allowed: bool,
}

impl Applied<'_> {
    /// What it is, as a text to compare by.
    pub fn key(&self) -> String {
        format!("{} {:?} {:?}", self.name, self.subject, self.arguments)
    }

    /// It only takes.
    pub fn takes_only(&self) -> bool {
        *self.loses != Loss::default() && *self.gains == Loss::default()
    }

    fn in_force_at(&self, index: u64) -> bool {
        self.op.index < index && self.undone.is_none_or(|(op, ..)| op > index)
    }

    /// Concerns this subject, or everybody.
    pub fn concerns(&self, subject: &str) -> bool {
        self.subject.is_none_or(|s| s == subject)
    }
}

/// The changes of an instance; `None` where nobody knows whether one was made or undone.
fn changes(view: &View) -> Option<Vec<Applied<'_>>> {
    let mut all: Vec<Applied> = Vec::new();
    for op in &view.ops {
        let unclear = matches!(op.outcome, Outcome::Unknown(_));
        match &op.action {
            Action::Change { .. } | Action::Undo { .. } | Action::Revoke { .. } if unclear => {
                return None;
            }
            // What is acknowledged and does not show may not have been made.
            Action::Confirm { .. } if !shown(view, op) => return None,
            Action::Change { name, subject, arguments, loses, gains, .. }
                if op.outcome.is_allow() =>
            {
                let subject = subject.as_deref();
                let ack = op.end.unwrap_or(op.start);
                all.push(Applied { op, name, subject, arguments, loses, gains, ack, undone: None });
            }
            Action::Undo { change, .. } if op.outcome.is_allow() => {
                let undone = Some((op.index, op.start, op.end.unwrap_or(op.start)));
                all.iter_mut().filter(|c| c.op.index == *change).for_each(|c| c.undone = undone);
            }
            _ => {}
        }
    }
    Some(all)
}

impl<'a> Observed<'a> {
    /// Reads a part of a history; `None` where nobody knows what state it was in.
    pub fn of(view: &'a View) -> Option<Self> {
        let facts = view.facts()?;
        let timeline = Timeline::of(view);
        let changes = changes(view)?;
        let calls = view.ops.iter().filter_map(|op| called(op, view)).collect();
        let mut observed = Self { facts, view, timeline, changes, fresh: Vec::new(), calls };
        observed.fresh = view.ops.iter().filter_map(|op| observed.fresh_of(op)).collect();
        Some(observed)
    }

    fn fresh_of(&self, op: &'a Op) -> Option<Fresh<'a>> {
        let Action::Issue { subject, service, scope, token: None, exchange: None, .. } = &op.action
        else {
            return None;
        };
        let state = self.state(op.index, subject);
        let scope = scope.as_deref();
        let token = op.seen.tokens.iter().find(|t| t.kind == TokenKind::Access);
        let authority = match token {
            Some(token) if op.outcome.is_allow() => self.authority(token),
            None if op.outcome.is_deny() => BTreeSet::new(),
            _ => return None,
        };
        Some(Fresh { op, subject, service, scope, state, authority, token })
    }

    /// What a token says that its holder may do.
    pub fn authority(&self, token: &TokenSeen) -> BTreeSet<String> {
        token.authority(&self.facts.authority_claims).0
    }

    /// Changes about a subject or everybody that are in force at an op (places in `changes`).
    pub fn state(&self, index: u64, subject: &str) -> Vec<usize> {
        let all = self.changes.iter().enumerate();
        let here = all.filter(|(_, c)| c.in_force_at(index) && c.concerns(subject));
        here.map(|(at, _)| at).collect()
    }

    /// A state as texts, in the order of the changes.
    pub fn keys(&self, state: &[usize]) -> Vec<String> {
        state.iter().filter_map(|at| self.changes.get(*at)).map(Applied::key).collect()
    }

    /// A state as a set.
    pub fn set(&self, state: &[usize]) -> BTreeSet<String> {
        self.keys(state).into_iter().collect()
    }

    /// Fresh tokens, two and two, that were asked for alike: for the same subject, service and scope; the earlier one first.
    pub fn alike(&self) -> impl Iterator<Item = (&Fresh<'a>, &Fresh<'a>)> {
        let later = |at: usize| self.fresh.iter().skip(at + 1);
        let pairs = self.fresh.iter().enumerate();
        let pairs = pairs.flat_map(move |(at, a)| later(at).map(move |b| (a, b)));
        pairs
            .filter(|(a, b)| a.subject == b.subject && a.service == b.service && a.scope == b.scope)
    }

    /// Fresh tokens without a scope parameter for a subject at a service, in the same state as it is in at an op.
    pub fn fresh_now(
        &self,
        index: u64,
        subject: &str,
        service: &str,
    ) -> impl Iterator<Item = &Fresh<'a>> {
        let now = self.set(&self.state(index, subject));
        let same = self.fresh.iter().filter(move |f| self.set(&f.state) == now);
        let (subject, service) = (subject.to_owned(), service.to_owned());
        same.filter(move |f| f.subject == subject && f.service == service && f.scope.is_none())
    }

    /// When the world was last changed before an op: a change, an undo, a revocation.
    pub fn stirred(&self, index: u64) -> Moment {
        let before = self.view.ops.iter().filter(|op| op.index < index);
        let stirs = before.filter(|op| {
            use Action::{Change, Revoke, SendSignal, Undo};
            matches!(op.action, Change { .. } | Undo { .. } | Revoke { .. } | SendSignal { .. })
        });
        stirs.filter_map(|op| op.end).max().unwrap_or_default()
    }

    /// True where the service has had the time that its class takes to follow what was changed last. Never where it has no
    /// bound: it follows nothing but expiry.
    pub fn settled(&self, call: &Called) -> bool {
        let bound = self.facts.services.get(call.service).and_then(|s| s.bound);
        bound.is_some_and(|ms| call.op.start > self.stirred(call.op.index).plus_ms(ms))
    }

    /// True where the token has not expired when a call is answered, as far as is known.
    pub fn live(&self, call: &Called) -> bool {
        let end = call.op.end.unwrap_or(call.op.start);
        self.timeline.exp(&call.token.id).is_none_or(|exp| end < exp)
    }

    /// Calls with a token at the service that it is for.
    pub fn own(&self, token: &str) -> impl Iterator<Item = &Called<'a>> {
        let token = token.to_owned();
        self.calls.iter().filter(move |call| {
            call.token.id == token && call.token.service.as_deref() == Some(call.service)
        })
    }
}

fn called<'a>(op: &'a Op, view: &'a View) -> Option<Called<'a>> {
    let judge::Called { subject, service, operation, token, route, replica, arm, .. } =
        judge::Called::of(op)?;
    let token = view.tokens.get(token).filter(|t| t.crafted.is_none())?;
    let allowed = op.outcome.is_allow();
    let way = (route, replica);
    let answered = allowed || op.outcome.is_deny();
    answered.then_some(Called { op, subject, service, operation, token, way, arm, allowed })
}
