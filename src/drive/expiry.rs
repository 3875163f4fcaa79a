//! When tokens expire and bounds end, in target time.

use futures::future::try_join_all;

use super::entitlement::InForce;
use super::stage::Held;
use super::{Halt, Stage};
use crate::model::{Facts, Moment, ServiceClass};
use crate::plan::{AwaitedBound, CallWith, Later, Operations, ScopeChoice, Via};

/// A token is not used this shortly before its end, milliseconds: clocks differ a little.
const MARGIN: u64 = 5_000;

impl Stage {
    /// Waits until the tokens of a label have expired by more than the skew bound.
    pub(super) async fn await_expiry(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        self.member(of)?;
        let held = self.label(label)?;
        let ends: Vec<_> = held.values().flat_map(|h| self.ends(h)).collect();
        let Some(end) = ends.into_iter().max() else {
            return Err(Halt::Unmet(format!("nothing tells when the tokens `{label}` expire")));
        };
        let skew = self.run.facts().bounds.skew;
        self.wait_until(end.plus_ms(skew).plus_ms(1_000)).await
    }

    /// Calls operations with the tokens of a label on every route and replica once they are older, where the clock can be moved.
    pub(super) async fn look_later(
        &mut self,
        of: &str,
        label: &str,
        when: Later,
        operations: Operations,
    ) -> Result<(), Halt> {
        self.member(of)?;
        if !self.run.clock.movable() {
            return Ok(());
        }
        let now = self.run.now();
        let at = |last: Moment| match when {
            Later::HalfWay => Moment(now.0.midpoint(last.0)),
            Later::AtLast => last,
        };
        // What does not tell its end is not waited for: nobody knows until when it would have to be refused.
        let ends =
            self.label(label)?.iter().filter_map(|(s, held)| Some((self.last_use(held)?, s)));
        let due = ends.filter(|(last, _)| *last > now);
        let mut due: Vec<_> = due.map(|(last, service)| (at(last), service.clone())).collect();
        due.sort();
        while let Some(first) = due.first().map(|(first, _)| *first) {
            // What was given together ends together, but for the second in which it was given.
            let (now, later) = due.into_iter().partition(|(at, _)| at.ms_since(first) < 1_000);
            due = later;
            self.wait_until(first).await?;
            let services: Vec<(Moment, String)> = now;
            let rounds: Vec<_> = services
                .into_iter()
                .map(|(_, service)| CallWith {
                    of: of.to_owned(),
                    label: label.to_owned(),
                    or: Vec::new(),
                    operations,
                    service: Some(service),
                    operation: None,
                    elsewhere: false,
                    every_route: true,
                    times: None,
                })
                .collect();
            try_join_all(rounds.iter().map(|with| self.call_round(with))).await?;
        }
        Ok(())
    }

    /// Gets new tokens for somebody whom no change is about, in place of those that expired meanwhile: they are to show that a service
    /// is up, however long the bound of another one was waited for.
    pub(super) async fn renew_bystander(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let Some((member, set)) = self.cast.get(of).zip(self.labels.get(label)) else {
            return Ok(());
        };
        let meant = |change: &InForce| change.subject.as_ref().is_none_or(|s| *s == member.name);
        if self.in_force.is_empty() || self.in_force.iter().any(meant) {
            return Ok(());
        }
        let (run, now) = (self.run.clone(), self.run.now());
        let mut asks = Vec::new();
        for (name, held) in set {
            let over = self.ends(held).into_iter().min().is_some_and(|end| now >= end);
            let service = run.declared.target.service.get(name);
            let Some(service) = service.filter(|_| over) else { continue };
            let ways = self.grants_for(name, service, Via::Usual)?.into_iter();
            let ask = self.ask(member, name, service, ScopeChoice::Same);
            let ways = ways.filter(|way| way.grant == held.grant);
            asks.extend(ways.map(|way| (name.clone(), way, ask.clone())));
        }
        for (name, way, ask) in asks {
            let got = run.cancel.race(self.issue(&way, &ask)).await??;
            if let Some(held) = got.held(&way.grant) {
                self.labels.entry(label.to_owned()).or_default().insert(name, held);
            }
        }
        Ok(())
    }

    /// Waits; of `moved`: only where that costs no time.
    pub(super) async fn pause(&mut self, seconds: u64, moved: bool) -> Result<(), Halt> {
        if moved && !self.run.clock.movable() {
            return Ok(());
        }
        self.wait_until(self.run.now().plus_ms(seconds.saturating_mul(1000))).await
    }

    /// Waits for as long as a bound is.
    pub(super) async fn await_bound(&mut self, bound: AwaitedBound) -> Result<(), Halt> {
        let facts = &self.run.facts();
        let ms = match bound {
            AwaitedBound::StatusList => {
                longest(facts, ServiceClass::StatusList).unwrap_or(facts.bounds.status_list)
            }
            AwaitedBound::Kept => longest(facts, ServiceClass::IntrospectCache).unwrap_or(0),
            AwaitedBound::EventDriven => {
                longest(facts, ServiceClass::EventDriven).unwrap_or(facts.bounds.event)
            }
            AwaitedBound::Connection => facts.bounds.connection,
            AwaitedBound::Services => {
                facts.services.values().filter_map(|s| s.bound).max().unwrap_or_default()
            }
        };
        self.wait_until(self.run.now().plus_ms(ms).plus_ms(1_000)).await
    }

    /// From when on a token is not used any more.
    pub(super) fn last_use(&self, held: &Held) -> Option<Moment> {
        let end = self.ends(held).into_iter().min()?;
        let life = end.ms_since(held.received);
        let margin = (life / 10).clamp(1_000, MARGIN);
        Some(Moment(end.0.saturating_sub(margin * 1_000_000)))
    }

    /// When a token expires, as far as its content and its answer tell: by its `exp`, and by its lifetime from when it was
    /// received (the issuer's clock may differ from the target's, and that may not be readable).
    fn ends(&self, held: &Held) -> Vec<Moment> {
        let token = &held.access;
        let nanos = |seconds: f64| (seconds * 1e9) as i128;
        let moment = |ns: i128| Moment(u64::try_from(ns.max(0)).unwrap_or(u64::MAX));
        let exp = token.seconds("exp").filter(|s| s.is_finite());
        let from_receipt = |s: f64| moment(nanos(s).saturating_add(held.received.0.into()));
        let wall = exp.map(|exp| moment(nanos(exp).saturating_sub(self.run.zero)));
        let life = exp.zip(token.seconds("iat")).map(|(exp, iat)| from_receipt(exp - iat));
        let told = token.expires_in.map(|s| from_receipt(s as f64));
        match (wall, life, told) {
            (None, None, told) => told.into_iter().collect(),
            (wall, life, _) => wall.into_iter().chain(life).collect(),
        }
    }
}

/// The longest bound of the services of a class, milliseconds; `None` where there is none.
fn longest(facts: &Facts, class: ServiceClass) -> Option<u64> {
    facts.services.values().filter(|s| s.class == class).filter_map(|s| s.bound).max()
}
