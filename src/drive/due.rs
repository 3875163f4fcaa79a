//! How long an issuer may take to follow a change (`bounds.decision`) or a revocation (`bounds.revocation`): what is judged by
//! its answers is asked when that time has passed, because an answer from within it proves nothing. Services are not waited
//! for here: they are watched from the change on.

use super::{Halt, Stage};
use crate::history::Action;
use crate::model::{Bounds, Moment};
use crate::plan::Verb;

/// From when on the issuer must have followed something. A moment of nothing to wait for is the one it happened at.
#[derive(Debug, Clone)]
pub(super) struct Due {
    /// The op that did it.
    op: u64,
    /// Whom it is about (the record's name); `None` where everybody.
    subject: Option<String>,
    kind: Kind,
    acknowledged: Moment,
}

/// What the issuer is to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A token was revoked: what is shown again of it is judged, a new sign-in is not.
    Revocation,
    /// A subject, or what it has through one client, is gone as a whole.
    Everything,
    /// Roles, scopes, policy.
    Entitlement,
    /// A key was retired: whoever verifies by it may have kept it.
    Key,
}

/// What is asked of the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// A new token.
    New,
    /// A token for one of before.
    Again,
    /// What it says of one of before.
    About,
}

impl Due {
    fn after(&self, asks: Asks, bounds: &Bounds) -> u64 {
        match (self.kind, asks) {
            (Kind::Revocation, Asks::New) => 0,
            (Kind::Revocation, _) | (Kind::Everything, Asks::About) => bounds.revocation,
            (Kind::Everything, Asks::Again) | (Kind::Entitlement, Asks::About) => bounds.issuer(),
            (Kind::Key, Asks::Again | Asks::About) => bounds.issuer_keys(),
            (Kind::Everything | Kind::Entitlement | Kind::Key, _) => bounds.decision,
        }
    }
}

impl Stage {
    /// Notes a change that was acknowledged, where it is one that issuers must follow. An outage or a restart is none: nothing
    /// that is asked during it is put off, so that a scenario about it keeps its course.
    pub(super) fn is_due(&mut self, op: u64, action: &Action, acknowledged: Moment) {
        let Action::Change { subject, loses, .. } = action else { return };
        if action.shapes_entitlement() {
            let whole = loses.everything || !loses.tokens.is_empty();
            let kind = match whole {
                true => Kind::Everything,
                false if loses.key.is_some() => Kind::Key,
                false => Kind::Entitlement,
            };
            self.due.push(Due { op, subject: subject.clone(), kind, acknowledged });
        }
    }

    /// Notes a revocation that was acknowledged.
    pub(super) fn is_due_revoked(&mut self, op: u64, subject: Option<&str>, acknowledged: Moment) {
        let (subject, kind) = (subject.map(str::to_owned), Kind::Revocation);
        self.due.push(Due { op, subject, kind, acknowledged });
    }

    /// Notes that a change was undone: what it took must be given again, within the same time.
    pub(super) fn is_due_again(&mut self, op: u64) {
        let acknowledged = self.run.now();
        let made = self.due.iter().find(|due| due.op == op);
        let again = made.map(|due| Due { acknowledged, ..due.clone() });
        self.due.extend(again);
    }

    /// Waits until the issuer must have followed what happened to a subject, before it is asked for what is judged by that.
    /// Where time is real and the wait would be too long, and where the tokens that are to be shown would not live to see its
    /// end, nothing is waited for: the run goes on, and what comes too soon is left open by the judge.
    pub(super) async fn let_the_issuer_follow(&mut self, verb: &Verb) -> Result<(), Halt> {
        let (of, label, asks) = match verb {
            Verb::Tokens { of, .. } => (of, None, Asks::New),
            // A refresh token lives longer than what came with it.
            Verb::Refresh { of, .. }
            | Verb::RefreshByAnother { of, .. }
            | Verb::RefreshUntilEnd { of, .. } => (of, None, Asks::Again),
            Verb::Exchange { of, label, .. } => (of, Some(label), Asks::Again),
            Verb::Introspect { of, label, .. } => (of, Some(label), Asks::About),
            _ => return Ok(()),
        };
        let Some(member) = self.cast.get(of) else { return Ok(()) };
        let bounds = &self.run.facts().bounds;
        let concerns = |due: &&Due| due.subject.as_ref().is_none_or(|s| *s == member.name);
        let ends = self.due.iter().filter(concerns).filter_map(|due| {
            let ms = due.after(asks, bounds);
            // One more: some of it is judged by what comes later than the bound, and not at its end.
            (ms > 0).then(|| due.acknowledged.plus_ms(ms + 1))
        });
        let Some(end) = ends.max().filter(|end| *end > self.run.now()) else { return Ok(()) };
        let shown = label.and_then(|label| self.labels.get(label));
        let last = shown.into_iter().flat_map(|l| l.values()).filter_map(|h| self.last_use(h));
        if last.min().is_some_and(|last| last < end) || self.is_too_long(end) {
            return Ok(());
        }
        self.wait_until(end).await
    }
}
