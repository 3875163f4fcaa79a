//! Calling operations of services with tokens.

use futures::future::try_join_all;

use super::classify::classify;
use super::detours::take;
use super::service_request::{GONE, Place, Shown, request};
use super::stage::Held;
use super::{Answer, Fault, Halt, Live, Request, Run, Stage, entitlement};
use crate::history::{Action, Arm, Seen, request_id};
use crate::model::{Detour, Outcome, TokenId, TokenSeen};
use crate::plan::{CallWith, Operation, Service};

/// Rounds that one verb makes at most.
const MOST_ROUNDS: u32 = 1_000;

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub subject: String,
    pub service: String,
    pub operation: String,
    pub token: TokenId,
    pub route: u32,
    pub replica: u32,
    pub arm: Arm,
    /// The detour, where it takes one.
    pub detour: Option<Detour>,
    /// Ends the connection after the answer, so that a later call opens another: what stands before a service may
    /// choose a place, or keep a decision, for each connection.
    pub last_on_connection: bool,
}

impl Call {
    /// One on the main route of the first replica, with a token as its subject uses it.
    pub fn with(token: &TokenSeen, service: &str, operation: &str) -> Self {
        Self {
            subject: token.subject.clone().unwrap_or_default(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            token: token.id.clone(),
            route: 0,
            replica: 0,
            arm: Arm::None,
            detour: None,
            last_on_connection: false,
        }
    }

    /// The same on every route and replica.
    pub fn everywhere(self, declared: &Service) -> impl Iterator<Item = Self> {
        let replicas = replicas_of(declared);
        let places = (0..routes_of(declared, &self.operation))
            .flat_map(move |route| (0..replicas).map(move |replica| (route, replica)));
        places.map(move |(route, replica)| Self { route, replica, ..self.clone() })
    }
}

impl Stage {
    /// A round of calls: services beside each other, the operations of one in order.
    pub(super) async fn call_round(&self, with: &CallWith) -> Result<(), Halt> {
        let run = &self.run;
        let member = self.member(&with.of)?;
        let label = self.label_or(&with.label, &with.or)?;
        let services = &run.declared.target.service;
        if let Some(name) = with.service.as_ref().filter(|n| !services.contains_key(*n)) {
            return Err(Halt::Unmet(format!("the target has no service `{name}`")));
        }
        let mut lanes = Vec::new();
        for (name, service) in services {
            if with.service.as_ref().is_some_and(|only| only != name) {
                continue;
            }
            let mut lane = Vec::new();
            for (own, held) in &label {
                if (*own == name) == with.elsewhere {
                    continue;
                }
                lane.extend(self.calls_at(name, service, held, &member.roles, with));
            }
            lanes.push(lane);
        }
        if lanes.iter().all(Vec::is_empty) && with.operation.is_some() {
            return Err(Halt::Unmet(format!(
                "no service with a token `{}` has the operation asked for",
                with.label
            )));
        }
        for _ in 0..with.times.unwrap_or(1).min(MOST_ROUNDS) {
            let lanes = lanes.iter().map(|lane| async move {
                for call in lane {
                    run.call(&self.instance, call).await?;
                }
                Ok(())
            });
            run.cancel.race(try_join_all(lanes)).await??;
        }
        Ok(())
    }

    fn calls_at(
        &self,
        name: &str,
        service: &Service,
        held: &Held,
        roles: &[String],
        with: &CallWith,
    ) -> Vec<Call> {
        let operations = match &with.operation {
            Some(only) => service.operation.keys().filter(|o| *o == only).cloned().collect(),
            None => {
                let target = &self.run.declared.target;
                let token = &held.access;
                entitlement::operations(
                    with.operations,
                    target,
                    service,
                    roles,
                    &self.in_force,
                    token,
                )
            }
        };
        let calls = operations.iter().map(|operation| Call::with(&held.access, name, operation));
        if with.every_route {
            let others = |call: &Call| -> Vec<Call> {
                let detours = self.detours_to(name, &call.operation).map(Some);
                detours.map(|detour| Call { detour, ..call.clone() }).collect()
            };
            calls
                .flat_map(|call| others(&call).into_iter().chain(call.everywhere(service)))
                .collect()
        } else {
            calls.collect()
        }
    }
}

/// Replicas that are addressed one by one.
pub(super) fn replicas_of(service: &Service) -> u32 {
    u32::try_from(service.replicas.len()).unwrap_or(u32::MAX).max(1)
}

/// Routes that reach an operation.
fn routes_of(service: &Service, operation: &str) -> u32 {
    let others = service.operation.get(operation).map_or(0, |o| o.routes.len());
    u32::try_from(others).unwrap_or(u32::MAX - 1) + 1
}

impl Run {
    /// Makes one call and records it.
    pub(super) async fn call(&self, instance: &str, call: &Call) -> Result<Outcome, Halt> {
        Ok(self.call_shown(instance, call).await?.1)
    }

    /// The same; gives the request as it was sent in the end, where it was sent.
    pub(super) async fn call_shown(
        &self,
        instance: &str,
        call: &Call,
    ) -> Result<(Option<Request>, Outcome), Halt> {
        let unknown =
            || Halt::Unmet(format!("there is no `{}` at `{}`", call.operation, call.service));
        let service = self.declared.target.service.get(&call.service).ok_or_else(unknown)?;
        let operation = service.operation.get(&call.operation).ok_or_else(unknown)?;
        let live = self.wallet.live(&call.token);
        let request = live.as_ref().ok_or_else(|| GONE.to_owned());
        let request = request.and_then(|live| self.request_with(service, operation, call, live));
        let op = self.recorder.invoke(instance, self.clock.now(), action_of(call))?;
        let (request, answer) = self.send_named(op, &call.service, request, live.as_ref()).await;
        let outcome = self.answered(op, (&call.service, service), &call.operation, answer)?;
        Ok((request, outcome))
    }

    /// Sends a request by the name that the service's access log knows it by; why there is none to send is its answer.
    pub(super) async fn send_named(
        &self,
        op: u64,
        service: &str,
        request: Result<Request, String>,
        live: Option<&Live>,
    ) -> (Option<Request>, Result<Answer, Fault>) {
        let mut request = match request {
            Ok(request) => request,
            Err(why) => return (None, Err(Fault::NotSent(why))),
        };
        if let Some(header) = self.request_header(service) {
            request.headers.insert(header.to_ascii_lowercase(), request_id(&self.name, op));
        }
        let answer = self.send_shown(&mut request, live, service).await;
        (Some(request), answer)
    }

    /// Records what the answer of an operation means.
    pub(super) fn answered(
        &self,
        op: u64,
        (name, service): (&str, &Service),
        operation: &str,
        answer: Result<Answer, Fault>,
    ) -> Result<Outcome, Halt> {
        let at = self.clock.now();
        let unknown = || Halt::Unmet(format!("there is no `{operation}` at `{name}`"));
        let declared = service.operation.get(operation).ok_or_else(unknown)?;
        let outcome = classify(&answer, declared, &service.refusal, &self.vault);
        let outcome = self.pages.told((name, operation), declared, &answer, outcome);
        let seen = Seen { status: answer.ok().map(|a| a.status), ..Seen::default() };
        self.recorder.complete(op, at, outcome.clone(), seen)?;
        Ok(outcome)
    }

    /// The header by which a service's access log knows a request.
    fn request_header(&self, service: &str) -> Option<&str> {
        let log = self.declared.target.access_log.as_ref()?;
        let logged = self.facts().access_logged.iter().any(|name| name == service);
        log.request_header().filter(|_| logged)
    }

    /// The request of a call that shows this token.
    pub(super) fn request_with(
        &self,
        service: &Service,
        operation: &Operation,
        call: &Call,
        live: &Live,
    ) -> Result<Request, String> {
        let route = match call.route {
            0 => Some(&operation.request),
            n => operation.routes.get(n as usize - 1),
        };
        let route = route.ok_or_else(|| format!("there is no route {}", call.route))?;
        let base = service.replicas.get(call.replica as usize).unwrap_or(&service.url);
        let base = service.mtls_url.as_ref().filter(|_| live.certificate.is_some()).unwrap_or(base);
        let place = Place { base, route, json: operation.json.as_ref(), headers: None };
        let shown = Shown::token(service, live);
        let mut request = request(self.base.layer(), &call.subject, &place, Some(&shown))?;
        request.last_on_connection = call.last_on_connection;
        match call.detour {
            Some(detour) if !take(detour, &mut request) => {
                Err(format!("there is no request with {}", detour.words()))
            }
            _ => Ok(request),
        }
    }
}

fn action_of(call: &Call) -> Action {
    Action::Call {
        subject: call.subject.clone(),
        service: call.service.clone(),
        operation: call.operation.clone(),
        token: call.token.clone(),
        route: call.route,
        replica: call.replica,
        arm: call.arm,
        detour: call.detour,
    }
}
