//! The ops of a scenario told as tokens and changes: who got what when, what was taken away, when that was answered
//! and when it was undone. Judges nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{signals, zero};
use crate::history::{Action, Loss, Op, View};
use crate::model::{Moment, Outcome, TokenSeen};

/// Tokens by the record's name, and changes in the order of the record.
#[derive(Debug, Default)]
pub struct Timeline<'a> {
    /// Tokens with where they came from.
    pub tokens: BTreeMap<&'a str, Issued<'a>>,
    /// Changes and revocations.
    pub changes: Vec<Changed<'a>>,
    /// The target's wall time of moment zero, seconds since 1970; `None` where the record does not tell it.
    pub zero: Option<f64>,
}

/// A token with the op whose answer gave it.
#[derive(Debug, Clone)]
pub struct Issued<'a> {
    /// The token as seen.
    pub token: &'a TokenSeen,
    /// The op: `Issue`, `Refresh` or `Exchange`.
    pub op: &'a Op,
    /// When it was given: the answer's end.
    pub at: Moment,
    /// When it expires; `None` where neither its content nor its answer told. From `expires_in` the earliest
    /// moment that it can mean.
    pub exp: Option<Moment>,
}

/// What a change takes away, and so which requirement it is evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Roles or scopes: the subject goes on with less. Also a risk or device that takes everything for a while.
    Entitlement,
    /// The subject as a whole: disabled, deleted, logged out.
    Subject,
    /// The subject's tokens through one client: the client disabled, its consent withdrawn.
    Client,
    /// Single tokens, or a refresh token and its family.
    Token,
    /// All tokens that a key signed.
    Key,
    /// What a security event told one receiver.
    Signal,
    /// Nothing is taken: a restart, an outage, authority that is added.
    Nothing,
}

/// A change or a revocation.
#[derive(Debug, Clone)]
pub struct Changed<'a> {
    /// The op.
    pub op: &'a Op,
    /// Its name; `revoke` for a revocation.
    pub name: &'a str,
    /// Whom it is about; `None` where it is about everybody.
    pub subject: Option<&'a str>,
    /// The only service that it is about; `None` where all.
    pub at: Option<&'a str>,
    /// What it takes; of a revocation: the token.
    pub loses: Cow<'a, Loss>,
    /// What it gives.
    pub gains: Option<&'a Loss>,
    /// Which kind of loss it is.
    pub cause: Cause,
    /// When it was sent (`inv`).
    pub inv: Moment,
    /// When its success was read (`ack`); `None` where it failed or nobody knows.
    pub ack: Option<Moment>,
    /// When its undoing began.
    pub undone: Option<Moment>,
    /// When the success of its undoing was read.
    pub back: Option<Moment>,
    /// Tokens that it is about: given before it was sent, to its subject, and among the tokens or keys that it names,
    /// if it names any.
    pub hits: BTreeSet<&'a str>,
    /// Start of the first later op that gives back what it took: its undoing, or a change that gives authority to
    /// the same subject. Until then the loss must hold.
    pub until: Option<Moment>,
}

impl Issued<'_> {
    /// The key that signed it, as its header says.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.token.header.as_ref()?.get("kid")?.as_str()
    }

    /// True for the token of a sign-in that was to be exchanged: it is shown to no service.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        matches!(self.op.action, Action::Issue { exchange: Some(_), .. })
    }

    /// The scopes that the token carries, as far as can be known: its claim, else what the answer said, else what was
    /// asked for (RFC 6749 section 5.1 lets an answer leave out what equals the request). `None` where nothing tells.
    #[must_use]
    pub fn scopes(&self) -> Option<BTreeSet<String>> {
        let claims = ["scope", "scp"].map(str::to_owned);
        let read = self.token.authority(&claims);
        if !read.0.is_empty() {
            let bare = |s: String| s.split_once(':').map(|(_, scope)| scope.to_owned());
            return Some(read.0.into_iter().filter_map(bare).collect());
        }
        let told = self.token.response_scope.as_ref().or(self.token.requested_scope.as_ref());
        told.map(|scopes| scopes.iter().cloned().collect())
    }
}

impl Changed<'_> {
    /// True where what it ended stays dead, also when its subject is back: a consent that is given again is another one. A client
    /// that is enabled again may find what it held.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.cause, Cause::Token | Cause::Subject) || self.name == "withdraw consent"
    }

    /// True for the end of what a subject is signed in with, after which its account is as it was.
    #[must_use]
    pub fn leaves_account(&self) -> bool {
        ["end sessions", "reset password"].contains(&self.name)
    }

    /// True where its subject can sign in at once as before.
    #[must_use]
    pub fn leaves_sign_in(&self) -> bool {
        self.name == "end sessions"
    }
}

impl<'a> Timeline<'a> {
    /// Reads the timeline out of a part of a history.
    #[must_use]
    pub fn of(view: &'a View) -> Self {
        let zero = zero::of(view);
        let mut timeline = Self { zero, ..Self::default() };
        for op in &view.ops {
            for token in &op.seen.tokens {
                let at = op.end.unwrap_or(op.start);
                let exp = expires(token, op, zero);
                timeline.tokens.insert(&token.id, Issued { token, op, at, exp });
            }
        }
        let news = view.ops.iter();
        let news = news.filter(|op| !signals::changes_nothing(op, view) && !repeats(op, view));
        timeline.changes = news.filter_map(changed).collect();
        let ends: Vec<_> = timeline.changes.iter().map(|c| ends(c, view)).collect();
        let others: &[String] = view.facts().map_or(&[], |facts| &facts.other_grants);
        let hits: Vec<_> = timeline.changes.iter().map(|c| timeline.hit_by(c, others)).collect();
        for ((change, ends), hits) in timeline.changes.iter_mut().zip(ends).zip(hits) {
            change.undone = ends.undone;
            change.back = ends.back;
            change.until = ends.until;
            change.hits = hits;
        }
        timeline
    }

    /// A moment as the target's wall time, seconds since 1970.
    #[must_use]
    pub fn wall(&self, moment: Moment) -> f64 {
        self.zero.unwrap_or_default() + moment.seconds()
    }

    /// A token by the record's name of it.
    #[must_use]
    pub fn issued(&self, token: &str) -> Option<&Issued<'a>> {
        self.tokens.get(token)
    }

    /// A change that nobody knows to have been made or not, if there is one. What would follow from it is open then.
    #[must_use]
    pub fn unclear(&self) -> Option<&Changed<'a>> {
        self.changes.iter().find(|change| matches!(change.op.outcome, Outcome::Unknown(_)))
    }

    /// When a token expires, where that is known.
    #[must_use]
    pub fn exp(&self, token: &str) -> Option<Moment> {
        self.issued(token)?.exp
    }

    /// `others` are grants through other clients than the usual one.
    fn hit_by(&self, change: &Changed, others: &[String]) -> BTreeSet<&'a str> {
        let named: Option<BTreeSet<&str>> = (!change.loses.tokens.is_empty()).then(|| {
            let each = change.loses.tokens.iter().map(String::as_str);
            each.flat_map(|t| self.dragged_along(t).into_iter().chain([t])).collect()
        });
        let about = |(id, issued): &(&&'a str, &Issued)| match &named {
            Some(named) => named.contains(**id),
            None => {
                let whose = issued.token.subject.as_deref();
                let service = issued.token.service.as_deref();
                (change.subject.is_none() || whose == change.subject)
                    && (change.cause != Cause::Client || !self.given_by(id, others))
                    && (change.at.is_none() || service.is_none() || service == change.at)
                    && change.loses.key.as_deref().is_none_or(|key| issued.kid() == Some(key))
            }
        };
        let before = self.tokens.iter().filter(|(_, issued)| issued.at <= change.inv);
        before.filter(about).map(|(id, _)| *id).collect()
    }

    /// When a token's refresh token was first used. In some products that alone ends the token, so that a refusal
    /// from then on proves nothing about a change.
    #[must_use]
    pub fn refreshed_away(&self, token: &str, view: &View) -> Option<Moment> {
        let refresh = self.issued(token)?.token.refresh.as_deref()?;
        let uses = view
            .ops
            .iter()
            .filter(|op| matches!(&op.action, Action::Refresh { token, .. } | Action::RefreshByAnother { token, .. } if token == refresh));
        uses.map(|op| op.start).min()
    }
}

fn expires(token: &TokenSeen, op: &Op, zero: Option<f64>) -> Option<Moment> {
    let claimed = token.seconds("exp").zip(zero).map(|(exp, zero)| {
        // A number out of range saturates, so that a hostile `exp` is the far future and not a panic.
        Moment(((exp - zero).max(0.0) * 1e9) as u64)
    });
    claimed.or_else(|| token.expires_in.map(|s| op.start.plus_ms(s.saturating_mul(1000))))
}

fn changed(op: &Op) -> Option<Changed<'_>> {
    let (name, subject, loses, gains) = match &op.action {
        Action::Change { name, subject, loses, gains, .. } => {
            (name.as_str(), subject.as_deref(), Cow::Borrowed(loses), Some(gains))
        }
        Action::Revoke { subject, token, .. } => {
            let loses = Loss { tokens: vec![token.clone()], ..Loss::default() };
            ("revoke", Some(subject.as_str()), Cow::Owned(loses), None)
        }
        Action::SendSignal { event, subject, loses, lifted: false, .. } => {
            (event.word(), Some(subject.as_str()), Cow::Borrowed(loses), None)
        }
        _ => return None,
    };
    let at = match &op.action {
        Action::SendSignal { service, .. } => Some(service.as_str()),
        _ => None,
    };
    let ack = if op.outcome.is_allow() { op.end } else { None };
    let cause = if at.is_some() { Cause::Signal } else { cause(name, &loses) };
    Some(Changed {
        op,
        name,
        subject,
        at,
        loses,
        gains,
        cause,
        inv: op.start,
        ack,
        undone: None,
        back: None,
        hits: BTreeSet::new(),
        until: None,
    })
}

/// True for the revocation of a token that was seen revoked in the same way before: it has nothing left to take.
fn repeats(op: &Op, view: &View) -> bool {
    let same = |other: &Op| other.action == op.action && other.outcome.is_allow();
    let mut earlier = view.ops.iter().take_while(|other| other.index < op.index);
    matches!(op.action, Action::Revoke { .. }) && earlier.any(same)
}

fn cause(name: &str, loses: &Loss) -> Cause {
    if !loses.tokens.is_empty() {
        Cause::Token
    } else if loses.key.is_some() {
        Cause::Key
    } else if loses.everything {
        match name {
            "disable client" | "withdraw consent" => Cause::Client,
            "raise risk" | "change device" => Cause::Entitlement,
            _ => Cause::Subject,
        }
    } else if loses.roles.is_empty() && loses.scopes.is_empty() {
        Cause::Nothing
    } else {
        Cause::Entitlement
    }
}

/// How the loss of a change ends: `undone`, `back` and `until` of `Changed`.
struct Ends {
    undone: Option<Moment>,
    back: Option<Moment>,
    until: Option<Moment>,
}

fn ends(change: &Changed, view: &View) -> Ends {
    let after = view.ops.iter().filter(|op| op.index > change.op.index);
    let undoing = after
        .clone()
        .filter(|op| {
            matches!(&op.action, Action::Undo { change: which, .. } if *which == change.op.index)
        })
        .min_by_key(|op| op.start);
    let given_back = after
        .filter(|op| match &op.action {
            Action::Change { name, subject, gains, .. } => {
                let same = subject.is_none() || subject.as_deref() == change.subject;
                same && (name == "recreate subject" || *gains != Loss::default())
            }
            Action::SendSignal { lifted: true, .. } => {
                signals::same_state(&op.action, &change.op.action)
                    && !signals::changes_nothing(op, view)
            }
            _ => false,
        })
        .map(|op| op.start)
        .min();
    let undone = undoing.map(|op| op.start);
    let back = undoing.filter(|op| op.outcome.is_allow()).and_then(|op| op.end);
    Ends { undone, back, until: undone.into_iter().chain(given_back).min() }
}
