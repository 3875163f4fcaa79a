//! What a check gets, and what it gives back.

use super::timeline::{Changed, Issued, Timeline};
use super::{Called, Lag};
use crate::history::{Action, Obligation, Op, View};
use crate::model::{Facts, Moment, ServiceClass, ServiceFacts, Verdict};
use crate::requirements::Requirement;

/// A check: a pure function from a case to rulings. One that gives none is taken as inconclusive.
pub type Check = fn(&Case) -> Vec<Ruling>;

/// Ops named as evidence of one ruling, at most: enough to look it up, few enough to read. Of more, the first ones and the last one.
pub const MOST_EVIDENCE: usize = 12;

/// One obligation with all that may be used to judge it.
pub struct Case<'a> {
    /// What is asked for.
    pub requirement: &'a Requirement,
    /// Where it was asked for.
    pub obligation: &'a Obligation,
    /// What the target declares.
    pub facts: &'a Facts,
    /// The ops of the obligation's instance, up to the obligation.
    pub view: &'a View,
    /// The same, told as tokens and changes.
    pub timeline: Timeline<'a>,
}

/// What a check says, at one service where it is about one.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// The service, where the ruling is about one.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence for people.
    pub because: String,
    /// Indices of the ops that prove it.
    pub evidence: Vec<u64>,
    /// Enforcement lag, where one was measured.
    pub lag: Option<Lag>,
    /// Residual of a bounded ruling, seconds.
    pub residual_seconds: Option<u64>,
}

impl Ruling {
    /// A ruling about no single service.
    #[must_use]
    pub fn new(verdict: Verdict, because: impl Into<String>) -> Self {
        Self {
            service: None,
            verdict,
            because: because.into(),
            evidence: Vec::new(),
            lag: None,
            residual_seconds: None,
        }
    }

    /// The same, at a service.
    #[must_use]
    pub fn at(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// The same, with the ops that prove it: the first few, in the order of the record.
    #[must_use]
    pub fn proved_by(mut self, ops: impl IntoIterator<Item = u64>) -> Self {
        self.evidence.extend(ops);
        self.evidence.sort_unstable();
        self.evidence.dedup();
        if let Some(last) =
            self.evidence.last().copied().filter(|_| self.evidence.len() > MOST_EVIDENCE)
        {
            self.evidence.truncate(MOST_EVIDENCE - 1);
            self.evidence.push(last);
        }
        self
    }

    /// The same, with a measured lag.
    #[must_use]
    pub fn with_lag(mut self, lag: Option<Lag>) -> Self {
        self.lag = lag;
        self
    }
}

impl<'a> Case<'a> {
    /// Services that the obligation is about: all of the target, or the one that the step names.
    pub fn services(&self) -> impl Iterator<Item = (&'a str, &'a ServiceFacts)> + use<'a> {
        let facts: &'a Facts = self.facts;
        let only: Option<&'a str> = self.obligation.service.as_deref();
        let all = facts.services.iter().map(|(name, service)| (name.as_str(), service));
        all.filter(move |(name, _)| only.is_none_or(|only| only == *name))
    }

    /// Within which time a service must follow a change, milliseconds: what the step says, else what the service's
    /// class promises. `None` for a self-contained service, whose bound is the token's own `exp`.
    #[must_use]
    pub fn bound(&self, service: &ServiceFacts) -> Option<u64> {
        if self.obligation.within.is_some() {
            return self.obligation.within;
        }
        // A self-contained service that declares a bound all the same would make a promise that its class can't keep.
        (service.class != ServiceClass::SelfContained).then(|| service.bound.unwrap_or_default())
    }

    /// Within which time issue and refresh must follow a change, milliseconds: what the step says, else T_dec.
    #[must_use]
    pub fn decision_bound(&self) -> u64 {
        self.obligation.within.unwrap_or(self.facts.bounds.decision)
    }

    /// True where the obligation is about this operation.
    #[must_use]
    pub fn covers(&self, operation: &str) -> bool {
        self.obligation.operation.as_deref().is_none_or(|only| only == operation)
    }

    /// Calls of operations, in the order of the record.
    pub fn calls(&self) -> impl Iterator<Item = Called<'a>> + use<'a> {
        self.view.ops.iter().filter_map(Called::of)
    }

    /// Calls at one service.
    pub fn calls_at<'s>(&self, service: &'s str) -> impl Iterator<Item = Called<'a>> + use<'a, 's> {
        self.calls().filter(move |call| call.service == service)
    }

    /// True where this change takes this operation of this service away from this token. False where the token came
    /// after the change, belongs to somebody else, or keeps the operation.
    #[must_use]
    pub fn lost(&self, change: &Changed, token: &str, service: &str, operation: &str) -> bool {
        if !change.hits.contains(token) || change.at.is_some_and(|at| at != service) {
            return false;
        }
        let loses = change.loses.as_ref();
        if loses.everything || !loses.tokens.is_empty() || loses.key.is_some() {
            return true;
        }
        let operations = self.facts.services.get(service).map(|s| &s.operations);
        let Some(needs) = operations.and_then(|o| o.get(operation)).map(|o| &o.needs) else {
            return false;
        };
        loses.takes(needs)
    }

    /// True where a subject with the roles that the history gave it may do this operation, as the target declares.
    #[must_use]
    pub fn entitled(&self, subject: &str, service: &str, operation: &str) -> bool {
        let operations = self.facts.services.get(service).map(|s| &s.operations);
        let Some(needs) = operations.and_then(|o| o.get(operation)).map(|o| &o.needs) else {
            return false;
        };
        let roles = self.roles(subject);
        let gives = |scope: &String| {
            let of = |role: &String| self.facts.roles.get(role).map(|r| r.scopes.contains(scope));
            roles.iter().any(|role| of(role).unwrap_or_default())
        };
        needs.scope.as_ref().is_none_or(gives)
            && needs.role.as_ref().is_none_or(|role| roles.contains(role))
    }

    /// True where a token was good for an operation when it was given: its subject is entitled to it, and where the
    /// token's scopes can be read, the one that it takes is among them.
    #[must_use]
    pub fn carried(&self, issued: &Issued, service: &str, operation: &str) -> bool {
        let entitled = issued
            .token
            .subject
            .as_deref()
            .is_none_or(|subject| self.entitled(subject, service, operation));
        let operations = self.facts.services.get(service).map(|s| &s.operations);
        let needed = operations.and_then(|o| o.get(operation)).and_then(|o| o.needs.scope.as_ref());
        let scopes = issued.scopes();
        entitled && needed.is_none_or(|scope| scopes.is_none_or(|scopes| scopes.contains(scope)))
    }

    /// The roles that a subject was made with.
    #[must_use]
    pub fn roles(&self, subject: &str) -> &'a [String] {
        let made = self.view.ops.iter().find_map(|op| match &op.action {
            Action::Subject { subject: name, roles } if name == subject => Some(roles.as_slice()),
            _ => None,
        });
        made.unwrap_or_default()
    }

    /// True where the history tells which roles a subject was made with.
    #[must_use]
    pub fn knows(&self, subject: &str) -> bool {
        let is =
            |action: &Action| matches!(action, Action::Subject { subject: s, .. } if s == subject);
        self.view.ops.iter().any(|op| is(&op.action))
    }

    /// True where a call was sent before its token expired, as far as is known. A refusal from then on proves nothing
    /// about anything but expiry.
    #[must_use]
    pub fn live(&self, call: &Called) -> bool {
        self.timeline.exp(call.token).is_none_or(|exp| call.op.start < exp)
    }

    /// The positive control: the same token was accepted for the same operation at the same service in the 5 s before
    /// the change was sent.
    #[must_use]
    pub fn positive_control(
        &self,
        before: Moment,
        token: &str,
        service: &str,
        operation: &str,
    ) -> Option<&'a Op> {
        let same = |call: &Called| call.token == token && call.operation == operation;
        self.controls(before, service).find(same).map(|call| call.op)
    }

    /// What may serve as a positive control of a change at a service: all that was accepted there in the 5 s before.
    pub fn controls<'s>(
        &self,
        before: Moment,
        service: &'s str,
    ) -> impl Iterator<Item = Called<'a>> + use<'a, 's> {
        let earliest = Moment(before.0.saturating_sub(super::REACH_MS * 1_000_000));
        self.calls_at(service).filter(move |call| {
            call.op.outcome.is_allow()
                && call.op.start >= earliest
                && call.op.end.is_some_and(|end| end <= before)
        })
    }

    /// The bystander control: after the change, somebody whom it leaves alone was accepted at the same service, for
    /// the same operation where such a call was made. Where the change is about everybody, any token and operation
    /// that it leaves alone will do.
    #[must_use]
    pub fn bystander(&self, change: &Changed, service: &str, operation: &str) -> Option<&'a Op> {
        let ack = change.ack?;
        let left_alone: Vec<Called<'a>> = self
            .calls_at(service)
            .filter(|call| call.op.start > ack)
            .filter(|call| change.subject.is_none_or(|subject| call.subject != subject))
            .filter(|call| !self.lost(change, call.token, service, call.operation))
            .collect();
        let same = |call: &&Called| call.operation == operation;
        let about_all = change.subject.is_none();
        let any_same = left_alone.iter().any(|call| same(&call));
        let mut fitting = left_alone.iter().filter(|call| about_all || !any_same || same(call));
        fitting.find(|call| call.op.outcome.is_allow()).map(|call| call.op)
    }
}
