//! Measuring when a service stops accepting: probes in an open loop, at a fixed spacing, recorded with the times at which
//! they were really sent. A lag is only as sharp as the spacing, so the spacing follows the bound.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::calls::{Call, replicas_of};
use super::schedule::{Schedule, Terms};
use super::signals::event_bound;
use super::stage::{Held, Member};
use super::{Halt, Run, Stage, entitlement};
use crate::history::Arm;
use crate::model::{Moment, Outcome};
use crate::plan::{Operations, Service, Verb};

/// Probes of a replica that go over one connection: a balancer that chooses by connection shows its other sides too.
const CONNECTION: u32 = 3;

/// The probes of one service.
struct Lane {
    /// One for each lost operation, at replica 0.
    hot: Vec<Call>,
    cold: Vec<Call>,
    cold_until: Option<Moment>,
    replicas: u32,
    schedule: Schedule,
    next: Moment,
    ticks: u32,
    /// Ticks after the bound.
    late: u32,
    /// Clear answers after the bound, by operation and replica.
    answers: HashMap<(usize, u32), u32>,
    /// Probes that wait for the budget: while there are any, a tick is left out.
    queued: Arc<AtomicU32>,
    done: bool,
}

/// A probe and what it came to.
struct Probed {
    lane: usize,
    operation: usize,
    replica: u32,
    sent: Moment,
    outcome: Outcome,
}

impl Stage {
    /// Probes what was lost, at all services beside each other, until each one's bound has passed and long enough
    /// after that.
    pub(super) async fn watch(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Watch { of, hot, or, cold, within_ms, late } = verb else { return Ok(()) };
        let mut lanes = self.lanes(of, (hot, or), cold.as_deref(), *within_ms)?;
        if *late {
            lanes.iter_mut().for_each(|lane| lane.next = lane.schedule.first_late(lane.next));
        }
        let (run, instance) = (self.run.clone(), self.instance.clone());
        let movable = run.clock.movable();
        // On a real clock a watch waits most of the time; what it sends is bounded by the probe budget.
        let mut turn = self.turn.take().filter(|_| movable);
        let mut flying = FuturesUnordered::new();
        loop {
            let due = lanes.iter().filter(|l| !l.done).map(|l| l.next).min();
            let probed = match due {
                // Nothing may be in flight while the clock moves.
                Some(due) if flying.is_empty() && movable => {
                    let free = match turn.take() {
                        Some(turn) => turn,
                        None => run.slots.take().await?,
                    };
                    turn = Some(run.slots.sleep_until(free, due).await?);
                    None
                }
                Some(due) if !movable => {
                    let wait = Duration::from_nanos(due.0.saturating_sub(run.now().0));
                    tokio::select! {
                        biased;
                        () = run.cancel.interrupted() => return Err(Halt::Interrupted),
                        Some(probed) = flying.next(), if !flying.is_empty() => Some(probed),
                        () = tokio::time::sleep(wait) => None,
                    }
                }
                _ => match run.cancel.race(flying.next()).await? {
                    Some(probed) => Some(probed),
                    None => break,
                },
            };
            if let Some(probed) = probed {
                let probed: Probed = probed?;
                lanes[probed.lane].note(&probed);
                continue;
            }
            let now = run.now();
            for (at, lane) in lanes.iter_mut().enumerate().filter(|(_, l)| l.next <= now) {
                for (operation, call) in lane.tick(now) {
                    lane.queued.fetch_add(1, Ordering::Relaxed);
                    flying.push(probe(&run, &instance, at, operation, call, lane.queued.clone()));
                }
            }
        }
        drop(flying);
        self.turn = turn;
        Ok(())
    }

    fn lanes(
        &self,
        of: &str,
        (hot, others): (&str, &[String]),
        cold: Option<&str>,
        within_ms: Option<u64>,
    ) -> Result<Vec<Lane>, Halt> {
        let member = self.member(of)?;
        let hot = self.label_or(hot, others)?;
        let cold = cold.map(|c| self.label(c)).transpose()?;
        let mut lanes = Vec::new();
        for (name, held) in hot {
            let Some(service) = self.run.declared.target.service.get(name) else { continue };
            let calls = self.lost(name, service, held, member, Arm::Hot);
            let first = calls.first().and_then(|c| service.operation.get(&c.operation));
            let hit = first.and_then(|o| entitlement::hit(&self.in_force, &o.needs, &held.access));
            let Some(hit) = hit else { continue };
            let cold = cold.and_then(|c| c.get(name));
            // Tokens that are revoked one after the other have bounds of their own: the later one counts for both.
            let hit_cold = first.zip(cold).and_then(|(operation, held)| {
                entitlement::hit(&self.in_force, &operation.needs, &held.access)
            });
            let acknowledged =
                hit_cold.map_or(hit.acknowledged, |c| c.acknowledged.max(hit.acknowledged));
            let bounds = &self.run.facts().bounds;
            let class = self.run.facts().services.get(name).and_then(|s| s.bound);
            let bound = match hit.loses.key {
                _ if hit.service.is_some() => event_bound(&self.run, name),
                Some(_) => Some(class.unwrap_or(0).max(bounds.keys)),
                None => class,
            };
            // A step may give more time than the class has; what comes after it must be seen as well.
            let bound = bound.into_iter().chain(within_ms).max();
            let now = self.run.now();
            let replicas = replicas_of(service);
            let schedule = Schedule::of(&Terms {
                bound,
                acknowledged,
                now,
                last: self.last_use(held),
                movable: self.run.clock.movable(),
                settling: bounds.settling,
                longest: self.run.longest_wait,
                operations: u32::try_from(calls.len()).unwrap_or(u32::MAX),
                replicas,
                probes: bounds.probes,
            });
            lanes.push(Lane {
                hot: calls,
                cold: cold
                    .map(|c| self.lost(name, service, c, member, Arm::Cold))
                    .unwrap_or_default(),
                cold_until: cold.and_then(|c| self.last_use(c)),
                replicas,
                schedule,
                next: now,
                ticks: 0,
                late: 0,
                answers: HashMap::new(),
                queued: Arc::default(),
                done: false,
            });
        }
        Ok(lanes)
    }

    fn lost(
        &self,
        name: &str,
        service: &Service,
        held: &Held,
        member: &Member,
        arm: Arm,
    ) -> Vec<Call> {
        let (target, token) = (&self.run.declared.target, &held.access);
        let roles = &member.roles;
        let lost = Operations::Lost;
        let names = entitlement::operations(lost, target, service, roles, &self.in_force, token);
        let call = |operation: String| Call {
            subject: member.name.clone(),
            arm,
            ..Call::with(token, name, &operation)
        };
        names.into_iter().map(call).collect()
    }
}

impl Lane {
    /// The probes of a tick, with the place of their operation; the cold ones at the end.
    fn tick(&mut self, now: Moment) -> Vec<(usize, Call)> {
        if self.done {
            return Vec::new();
        }
        if self.is_over(now) {
            self.done = true;
            let late = now > self.schedule.bound_at;
            let alive = self.cold_until.is_none_or(|until| now < until);
            return if late && alive { self.cold_probes() } else { Vec::new() };
        }
        self.next = self.schedule.after(now);
        if self.queued.load(Ordering::Relaxed) > 0 {
            return Vec::new();
        }
        let replica = self.ticks % self.replicas;
        let last_on_connection = (self.ticks / self.replicas) % CONNECTION == CONNECTION - 1;
        self.ticks += 1;
        self.late += u32::from(now > self.schedule.bound_at);
        let at = |call: &Call| Call { replica, last_on_connection, ..call.clone() };
        self.hot.iter().map(at).enumerate().collect()
    }

    fn cold_probes(&self) -> Vec<(usize, Call)> {
        let replicas = 0..self.replicas;
        let each = |(n, call): (usize, &Call)| {
            let call = call.clone();
            replicas.clone().map(move |replica| (n, Call { replica, ..call.clone() }))
        };
        self.cold.iter().enumerate().flat_map(each).collect()
    }

    fn is_over(&self, now: Moment) -> bool {
        if self.schedule.last.is_some_and(|last| now >= last) || now >= self.schedule.give_up {
            return true;
        }
        let enough = (0..self.hot.len()).all(|o| {
            (0..self.replicas)
                .all(|r| self.answers.get(&(o, r)).is_some_and(|n| *n >= self.schedule.probes))
        });
        // A service that gives no clear answers is not probed for ever.
        let spent = self.late >= self.schedule.most_late;
        (enough || spent) && now >= self.schedule.settled
    }

    fn note(&mut self, probed: &Probed) {
        let clear = probed.outcome.is_allow() || probed.outcome.is_deny();
        if clear && probed.sent > self.schedule.bound_at && !self.done {
            *self.answers.entry((probed.operation, probed.replica)).or_default() += 1;
        }
    }
}

async fn probe(
    run: &Run,
    instance: &str,
    lane: usize,
    operation: usize,
    call: Call,
    queued: Arc<AtomicU32>,
) -> Result<Probed, Halt> {
    let _permit = run.budget.turn().await;
    queued.fetch_sub(1, Ordering::Relaxed);
    let sent = run.now();
    let outcome = run.call(instance, &call).await?;
    Ok(Probed { lane, operation, replica: call.replica, sent, outcome })
}
