//! Pairs of calls that differ in one thing, one after the other and at once: what is remembered of the first must not answer
//! the second. Which of them a service must refuse is read off the target file; whether it did is not asked here.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::calls::Call;
use super::stage::{Held, Label, Member};
use super::{Halt, Stage, entitlement};
use crate::model::{Needs, TokenSeen};
use crate::plan::{Apart, Interleave, Service};

/// So often what is accepted is called before a pair: a cache may take in only what is asked for again and again.
const WARM: usize = 4;

/// Two calls that differ in one thing.
struct Pair {
    /// Accepted.
    warm: Vec<Call>,
    /// To be refused.
    shown: Call,
    /// What the token that is to be refused is good for.
    after: Option<Call>,
}

/// Tokens of one side, and who holds them.
struct Side<'a> {
    label: &'a Label,
    member: &'a Member,
}

impl Stage {
    /// Calls pairs: services beside each other, the pairs of one in order.
    pub(super) async fn interleave(&mut self, with: &Interleave) -> Result<(), Halt> {
        self.let_a_second_pass().await?;
        let run = self.run.clone();
        let lanes = self.pairs(with)?;
        if lanes.iter().all(Vec::is_empty) {
            let why = "no service has two operations or tokens of which one must be refused";
            return Err(Halt::Unmet(why.to_owned()));
        }
        let this = &*self;
        let lanes = lanes.iter().map(|lane| async move {
            for pair in lane {
                this.play(pair, with.cold).await?;
            }
            Ok(())
        });
        run.cancel.race(try_join_all(lanes)).await??;
        Ok(())
    }

    async fn play(&self, pair: &Pair, cold: bool) -> Result<(), Halt> {
        if cold {
            return self.in_order([&pair.shown]).await;
        }
        for _ in 0..WARM {
            self.in_order(&pair.warm).await?;
        }
        self.in_order([&pair.shown]).await?;
        // At once: who asks while an answer is on its way must not be handed that one.
        let both = pair.warm.iter().chain([&pair.shown]);
        let both = both.clone().chain(both).map(|call| self.run.call(&self.instance, call));
        try_join_all(both).await?;
        self.in_order(&pair.warm).await?;
        self.in_order([&pair.shown]).await?;
        self.in_order(&pair.after).await
    }

    async fn in_order<'c>(&self, calls: impl IntoIterator<Item = &'c Call>) -> Result<(), Halt> {
        for call in calls {
            self.run.call(&self.instance, call).await?;
        }
        Ok(())
    }

    /// Pairs by service.
    fn pairs(&self, with: &Interleave) -> Result<Vec<Vec<Pair>>, Halt> {
        let against = with.against.as_ref().unwrap_or(&with.of);
        let shown = with.shown.as_ref().unwrap_or(&with.label);
        let warm = Side { label: self.label(&with.label)?, member: self.member(&with.of)? };
        let shown = Side { label: self.label(shown)?, member: self.member(against)? };
        let services = self.run.declared.target.service.iter();
        Ok(services
            .map(|(name, service)| match with.apart {
                Apart::Action => self.by_action(name, service, &warm),
                Apart::Audience => self.by_audience(name, service, &warm, &shown),
                Apart::Token | Apart::Subject | Apart::Context => {
                    self.by_holder(name, service, &warm, &shown)
                }
            })
            .collect())
    }

    /// Each operation that a token covers, with each that it does not.
    fn by_action(&self, name: &str, service: &Service, side: &Side<'_>) -> Vec<Pair> {
        let Some(held) = side.label.get(name) else { return Vec::new() };
        let (good, bad) = self.sorted(service, held, side.member);
        let pair = |one: &str, bad: &str| Pair {
            warm: vec![call(name, one, held)],
            shown: call(name, bad, held),
            after: Some(call(name, surest(service, &good).unwrap_or(one), held)),
        };
        good.iter().flat_map(|good| bad.iter().map(|bad| pair(good, bad))).collect()
    }

    /// Each operation that one token is good for and the other is not.
    fn by_holder(
        &self,
        name: &str,
        service: &Service,
        warm: &Side<'_>,
        shown: &Side<'_>,
    ) -> Vec<Pair> {
        let (Some(one), Some(other)) = (warm.label.get(name), shown.label.get(name)) else {
            return Vec::new();
        };
        let (good, _) = self.sorted(service, one, warm.member);
        let (kept, _) = self.sorted(service, other, shown.member);
        let lacking = good.iter().filter(|operation| !kept.contains(*operation));
        lacking
            .map(|operation| Pair {
                warm: vec![call(name, operation, one)],
                shown: call(name, operation, other),
                after: surest(service, &kept).map(|kept| call(name, kept, other)),
            })
            .collect()
    }

    /// One operation with a token of each other service, which is in use where it belongs.
    fn by_audience(
        &self,
        name: &str,
        service: &Service,
        warm: &Side<'_>,
        shown: &Side<'_>,
    ) -> Vec<Pair> {
        let services = &self.run.declared.target.service;
        let Some(own) = warm.label.get(name) else { return Vec::new() };
        let (good, _) = self.sorted(service, own, warm.member);
        let Some(operation) = good.first() else { return Vec::new() };
        let foreign = shown.label.iter().filter_map(|(home, held)| {
            let at_home = services.get(home).filter(|s| s.audience != service.audience)?;
            let (theirs, _) = self.sorted(at_home, held, shown.member);
            let used = call(home, surest(at_home, &theirs)?, held);
            Some(Pair {
                warm: vec![call(name, operation, own), used.clone()],
                shown: call(name, operation, held),
                after: Some(used),
            })
        });
        foreign.collect()
    }

    /// Operations that a token is good for at its service, and the others.
    fn sorted<'s>(
        &self,
        service: &'s Service,
        held: &Held,
        member: &Member,
    ) -> (Vec<&'s str>, Vec<&'s str>) {
        let target = &self.run.declared.target;
        let token = &held.access;
        let good = |needs: &Needs| {
            entitlement::entitled(target, needs, &member.roles)
                && covers(token, needs)
                && entitlement::hit(&self.in_force, needs, token).is_none()
        };
        let all = service.operation.iter().map(|(name, o)| (name.as_str(), good(&o.needs)));
        let (good, bad): (Vec<_>, Vec<_>) = all.partition(|(_, good)| *good);
        let names = |some: Vec<(&'s str, bool)>| some.into_iter().map(|(name, _)| name).collect();
        (names(good), names(bad))
    }
}

/// Of operations that a token is good for, the one to show that by: whether a token of few scopes gives what a role gives is the
/// system's affair, so that one which takes a scope comes first.
fn surest<'s>(service: &Service, good: &[&'s str]) -> Option<&'s str> {
    let scoped = |good: &&&str| service.operation[**good].needs.scope.is_some();
    good.iter().find(scoped).or(good.first()).copied()
}

/// False where what is known of a token's scopes lacks the one that is needed.
fn covers(token: &TokenSeen, needs: &Needs) -> bool {
    let claims = ["scope", "scp"].map(str::to_owned);
    let said: BTreeSet<String> = token
        .authority(&claims)
        .0
        .iter()
        .filter_map(|a| Some(a.split_once(':')?.1.into()))
        .collect();
    let asked = || token.requested_scope.clone().map(BTreeSet::from_iter);
    let known = Some(said).filter(|said| !said.is_empty()).or_else(asked);
    needs.scope.as_ref().is_none_or(|scope| known.is_none_or(|known| known.contains(scope)))
}

/// What stands before a service may keep a decision for each connection, too, so that pairs share it.
fn call(service: &str, operation: &str, held: &Held) -> Call {
    Call::with(&held.access, service, operation)
}
