//! Calls with a token from another place than that of its subject. Nothing here is judged.

use futures::future::try_join_all;

use super::calls::Call;
use super::service_request::{GONE, Place, Shown, request};
use super::{Halt, Live, Request, Run, Stage};
use crate::history::Action;
use crate::plan::{Elsewhere, Service};

impl Stage {
    /// Calls one operation of each service with the tokens of a label, as somebody at another place.
    pub(super) async fn call_elsewhere(&self, of: &str, label: &str) -> Result<(), Halt> {
        let run = &self.run;
        let target = &run.declared.target;
        let Some(place) = &target.elsewhere else {
            return Err(Halt::Unmet("the target does not provide `elsewhere`".to_owned()));
        };
        let roles = &self.member(of)?.roles;
        let mut calls = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = target.service.get(name) else { continue };
            let Some(operation) = self.to_try(service, held, roles) else { continue };
            calls.push((service, Call::with(&held.access, name, &operation)));
        }
        let instance = self.instance.as_str();
        let called =
            calls.iter().map(|(service, call)| run.call_from(instance, place, service, call));
        run.cancel.race(try_join_all(called)).await??;
        Ok(())
    }
}

impl Run {
    async fn call_from(
        &self,
        instance: &str,
        place: &Elsewhere,
        service: &Service,
        call: &Call,
    ) -> Result<(), Halt> {
        let live = self.wallet.live(&call.token);
        let made = live.as_ref().ok_or_else(|| GONE.to_owned());
        let made = made.and_then(|live| self.request_from(place, service, call, live));
        let action = Action::CallElsewhere {
            subject: call.subject.clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            token: call.token.clone(),
        };
        let op = self.recorder.invoke(instance, self.clock.now(), action)?;
        let (_, answer) = self.send_named(op, &call.service, made, live.as_ref()).await;
        self.answered(op, (&call.service, service), &call.operation, answer)?;
        Ok(())
    }

    fn request_from(
        &self,
        place: &Elsewhere,
        service: &Service,
        call: &Call,
        live: &Live,
    ) -> Result<Request, String> {
        let operation = service.operation.get(&call.operation);
        let operation = operation.ok_or_else(|| format!("there is no `{}`", call.operation))?;
        let base = service.replicas.first().unwrap_or(&service.url);
        let (route, json) = (&operation.request, operation.json.as_ref());
        let at = Place { base, route, json, headers: Some(&place.headers) };
        let shown = Shown::token(service, live);
        let mut made = request(self.base.layer(), &call.subject, &at, Some(&shown))?;
        // Another place has connections of its own.
        made.last_on_connection = true;
        Ok(made)
    }
}
