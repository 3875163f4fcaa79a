//! The verb that sends a security event to the target's receivers.

use std::collections::BTreeMap;

use super::token::{Made, Says, make, namesake};
use super::{Transmitter, push};
use crate::drive::entitlement::{self, About, InForce};
use crate::drive::{Halt, Run, Stage};
use crate::history::{Action, Loss, Seen};
use crate::model::{Flaw, Moment, Outcome, ServiceClass, SignalEvent};
use crate::plan::Receiver;

/// Waited beyond the bound of a receiver, milliseconds: what is called then was sent after it for certain.
pub const BEYOND: u64 = 100;

/// What the verb asks for.
#[derive(Debug, Clone, Copy)]
pub struct Signal<'a> {
    pub of: &'a str,
    pub event: SignalEvent,
    pub lifted: bool,
    pub flaw: Option<Flaw>,
    pub ago: u32,
    pub again: bool,
    pub settle: bool,
}

/// A token that was sent, to be sent again.
#[derive(Clone)]
pub struct Sent {
    of: String,
    event: SignalEvent,
    service: String,
    action: Action,
    token: String,
}

impl Stage {
    /// Pushes an event about a subject to each receiver that acts on it.
    pub(in crate::drive) async fn signal(&mut self, what: Signal<'_>) -> Result<(), Halt> {
        let run = self.run.clone();
        self.let_a_second_pass().await?;
        self.renew_controls(Some(what.of), None).await?;
        let receivers = &run.declared.target.signals.receiver;
        let mut acknowledged = None;
        for (service, receiver) in receivers.iter().filter(|(_, r)| r.events.contains(&what.event))
        {
            let Some(sent) = self.token_for(what, service, receiver)? else { continue };
            let at = self.deliver(what, receiver, sent).await?;
            acknowledged = acknowledged.max(Some(at));
        }
        if what.settle
            && let Some(acknowledged) = acknowledged
        {
            let bounds = receivers.keys().filter_map(|service| event_bound(&run, service));
            let bound = bounds.max().unwrap_or_default();
            self.wait_until(acknowledged.plus_ms(bound + BEYOND)).await?;
        }
        Ok(())
    }

    /// The token for a receiver; `None` where it would take nothing away, or where there is none to be sent again.
    fn token_for(
        &self,
        what: Signal<'_>,
        service: &str,
        receiver: &Receiver,
    ) -> Result<Option<Sent>, Halt> {
        let run = &self.run;
        if what.again {
            let same = |s: &&Sent| s.of == what.of && s.event == what.event && s.service == service;
            return Ok(self.sent.iter().rfind(same).cloned());
        }
        let loses = self.event_loses(what)?;
        if loses == Loss::default() {
            return Ok(None);
        }
        let transmitter = self.transmitter.as_ref().ok_or_else(|| {
            Halt::Unmet("nobody was told yet to trust recant's signals".to_owned())
        })?;
        let now = run.zero / 1_000_000_000 + i128::from(run.now().0 / 1_000_000_000);
        let now = i64::try_from(now).unwrap_or_default();
        let jti = run.fresh("event");
        let facts = run.declared.target.service.get(service);
        let audience = receiver.audience.clone().or_else(|| facts.map(|s| s.audience.clone()));
        let happened = now - i64::from(what.ago);
        let says = Says {
            jti: &jti,
            txn: &self.instance,
            audience: audience.as_deref().unwrap_or(service),
            subject: self.named(what, service)?,
            event: what.event,
            claims: self.told_claims(what, service, &loses)?,
            lifted: what.lifted,
            now,
            happened,
            flaw: what.flaw,
        };
        if what.flaw == Some(Flaw::Namesake) && namesake(says.subject.clone()) == says.subject {
            return Ok(None);
        }
        let Made { header, claims, token } = make(transmitter, &says).map_err(Halt::Unmet)?;
        let action = Action::SendSignal {
            service: service.to_owned(),
            subject: self.member(what.of)?.name.clone(),
            event: what.event,
            lifted: what.lifted,
            jti: jti.clone(),
            happened,
            flaw: what.flaw,
            loses: if what.lifted { Loss::default() } else { loses },
            header,
            claims,
        };
        let (of, service) = (what.of.to_owned(), service.to_owned());
        Ok(Some(Sent { of, event: what.event, service, action, token }))
    }

    /// What an event takes away, as the target declares it.
    fn event_loses(&self, what: Signal<'_>) -> Result<Loss, Halt> {
        let mut arguments = BTreeMap::new();
        let change = match what.event {
            SignalEvent::SessionRevoked
            | SignalEvent::CredentialChange
            | SignalEvent::AccountDisabled
            | SignalEvent::Deactivate => {
                return Ok(Loss { everything: true, ..Loss::default() });
            }
            SignalEvent::TokenClaimsChange => {
                let last = self.run.declared.target.subject.roles.last();
                arguments.extend(last.map(|role| ("role".to_owned(), role.clone())));
                "remove role"
            }
            SignalEvent::RiskLevelChange => "raise risk",
            SignalEvent::DeviceComplianceChange => "change device",
        };
        let about = About {
            change,
            arguments: &arguments,
            roles: &self.member(what.of)?.roles,
            fresh: &self.fresh_scopes,
            key: None,
        };
        Ok(entitlement::effects(&self.run.declared.target, about).loses)
    }

    async fn deliver(
        &mut self,
        what: Signal<'_>,
        receiver: &Receiver,
        sent: Sent,
    ) -> Result<Moment, Halt> {
        let run = self.run.clone();
        let shown = receiver.authorization.as_ref().map(|text| run.base.text(text));
        let shown = shown.transpose().map_err(Halt::Unmet)?;
        let op = run.recorder.invoke(&self.instance, run.now(), sent.action.clone())?;
        let endpoint = &receiver.endpoint;
        let pushed = push::push(&run.http, &run.vault, endpoint, shown, &sent.token);
        let (outcome, status) = run.cancel.race(pushed).await?;
        run.clock.stirred();
        let acknowledged = run.now();
        let seen = Seen { status, ..Seen::default() };
        run.recorder.complete(op, acknowledged, outcome.clone(), seen)?;
        if outcome == Outcome::Accepted && what.flaw.is_none() && !what.again {
            self.follow_signal(what, op, acknowledged, &sent)?;
        }
        if !what.again {
            self.sent.push(sent);
        }
        Ok(acknowledged)
    }

    /// Keeps count of what a receiver must have been told.
    fn follow_signal(
        &mut self,
        what: Signal<'_>,
        op: u64,
        acknowledged: Moment,
        sent: &Sent,
    ) -> Result<(), Halt> {
        let Action::SendSignal { subject, loses, happened, event, .. } = &sent.action else {
            return Ok(());
        };
        let later = |s: &Sent| {
            let happened_later = matches!(&s.action,
                Action::SendSignal { happened: h, flaw: None, .. } if h > happened);
            s.of == sent.of && s.event == *event && s.service == sent.service && happened_later
        };
        // One that comes late must change nothing.
        if event.is_state() && self.sent.iter().any(later) {
            return Ok(());
        }
        if what.lifted {
            self.in_force.retain(|c| {
                c.change.as_deref() != Some(event.word())
                    || c.service.as_ref() != Some(&sent.service)
                    || c.subject.as_ref() != Some(subject)
            });
        } else {
            self.in_force.push(InForce {
                op,
                change: Some(event.word().to_owned()),
                subject: Some(subject.clone()),
                loses: loses.clone(),
                gains: Vec::new(),
                acknowledged,
                service: Some(sent.service.clone()),
            });
        }
        Ok(())
    }

    /// The transmitter of this scenario, made when it is first asked for.
    pub(in crate::drive) fn transmitter(&mut self) -> Result<&Transmitter, Halt> {
        let made = match self.transmitter.take() {
            Some(made) => made,
            None => {
                let algorithm = self.run.declared.target.signals.algorithm;
                let fresh = Transmitter::fresh(&self.run.fresh("transmitter"), algorithm);
                fresh.map_err(Halt::Unmet)?
            }
        };
        Ok(self.transmitter.insert(made))
    }
}

/// Within which time a receiver must act, milliseconds.
pub(in crate::drive) fn event_bound(run: &Run, service: &str) -> Option<u64> {
    let facts = run.facts().services.get(service)?;
    let own = facts.bound.filter(|_| facts.class == ServiceClass::EventDriven);
    Some(own.unwrap_or(run.facts().bounds.event))
}
