//! Tokens that are bound to a key or a certificate, shown to their services by somebody who does not have it.

use futures::future::try_join_all;

use super::{Towards, Wrong};
use crate::drive::calls::Call;
use crate::drive::forge::OwnKey;
use crate::drive::tokens::Live;
use crate::drive::{Fault, Halt, HttpClient, Request, Run, Stage};
use crate::history::Action;
use crate::model::Unproven;
use crate::plan::Service;

/// Within this a proof may still be young enough, and what was taken may be forgotten, seconds.
const FORGOTTEN: u64 = 20;

/// One place where a token is shown.
struct Showing<'a> {
    service: &'a Service,
    live: &'a Live,
    call: Call,
}

/// Every way but that of a proof which is shown twice.
fn ways() -> impl Iterator<Item = Unproven> {
    [Unproven::AsBearer].into_iter().chain(Unproven::ANYWHERE).chain([Unproven::Stale])
}

impl Stage {
    /// Shows the bound tokens of a label to their services, on every route and replica of one operation.
    pub(in crate::drive) async fn show_unproven(
        &mut self,
        of: &str,
        label: &str,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let run = &run;
        let roles = &self.member(of)?.roles;
        let other = OwnKey::like("ES256").map_err(Halt::Broken)?;
        let mut lanes = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = run.declared.target.service.get(name) else { continue };
            let Some(live) = run.wallet.live(&held.access.id) else { continue };
            let Some(operation) = self.to_try(service, held, roles) else { continue };
            if live.holder.is_none() && live.certificate.is_none() {
                continue;
            }
            let call = Call::with(&held.access, name, &operation);
            let one_address = live.certificate.is_some() && service.mtls_url.is_some();
            let calls = call.everywhere(service).filter(|call| !one_address || call.replica == 0);
            let client = live.certificate.as_deref();
            let another = client.map(|name| run.issuers.certificates().other_than(name));
            let another = another.transpose().map_err(Halt::Broken)?;
            lanes.push((service, live, another, calls.collect::<Vec<_>>()));
        }
        let instance = self.instance.clone();
        let (instance, other) = (instance.as_str(), &other);
        let shown = lanes.iter().map(|(service, live, another, calls)| async move {
            for call in calls {
                let showing = Showing { service, live, call: call.clone() };
                if let Some(another) = another {
                    run.show_by_others(instance, &showing, another).await?;
                }
                if live.holder.is_none() {
                    continue;
                }
                run.show_twice(instance, &showing).await?;
                for how in ways() {
                    run.show_wrong(instance, &showing, &Wrong { how, other }).await?;
                }
            }
            Ok(())
        });
        run.cancel.race(try_join_all(shown)).await??;
        let first = lanes.iter().filter_map(|(service, live, _, calls)| {
            let call = calls.first().filter(|_| live.holder.is_some())?.clone();
            Some(Showing { service, live, call })
        });
        let first: Vec<_> = first.collect();
        self.show_later(instance, &first).await
    }

    /// Each once with a good proof, and the same request once more when it may be forgotten that the proof was taken. Only where the
    /// target's clock can be moved.
    async fn show_later(&mut self, instance: &str, all: &[Showing<'_>]) -> Result<(), Halt> {
        let run = self.run.clone();
        if !run.clock.movable() {
            return Ok(());
        }
        let mut taken = Vec::new();
        for showing in all {
            let (request, outcome) = run.call_shown(instance, &showing.call).await?;
            let proven = request.filter(|r| outcome.is_allow() && r.headers.contains_key("dpop"));
            taken.extend(proven.map(|request| (showing, request)));
        }
        self.pause(FORGOTTEN, true).await?;
        for (showing, request) in &taken {
            let op = run.invoke_unproven(instance, showing, Unproven::ReplayedLater)?;
            let answer = run.http.send(request).await;
            let Showing { service, call, .. } = showing;
            run.answered(op, (&call.service, service), &call.operation, answer)?;
        }
        Ok(())
    }
}

impl Run {
    /// Calls over connections that lack the certificate, with everything else as it should be: with none, and with that of another.
    async fn show_by_others(
        &self,
        instance: &str,
        showing: &Showing<'_>,
        another: &HttpClient,
    ) -> Result<(), Halt> {
        let senders =
            [(Unproven::NoCertificate, &self.http), (Unproven::OtherCertificate, another)];
        for (how, sender) in senders {
            let Showing { service, call, live } = showing;
            let mut request = self.request_unproven(showing, how).map_err(Halt::Broken)?;
            let op = self.invoke_unproven(instance, showing, how)?;
            let answer = match live.bound() {
                Some((holder, token)) => {
                    let towards = Towards { server: &call.service, token: Some(token) };
                    let prover = self.issuers.prover();
                    prover.send(sender, &mut request, &holder.key, &towards, None).await
                }
                None => sender.send(&request).await,
            };
            self.answered(op, (&call.service, service), &call.operation, answer)?;
        }
        Ok(())
    }

    /// A call with a good proof, and the same request once more.
    async fn show_twice(&self, instance: &str, showing: &Showing<'_>) -> Result<(), Halt> {
        let (mut request, outcome) = self.call_shown(instance, &showing.call).await?;
        let was_proven = request.as_ref().is_some_and(|r| r.headers.contains_key("dpop"));
        if let Some(request) = request.as_mut().filter(|_| was_proven && outcome.is_allow()) {
            let op = self.invoke_unproven(instance, showing, Unproven::Replayed)?;
            let answer = self.http.send(request).await;
            let Showing { service, call, .. } = showing;
            self.answered(op, (&call.service, service), &call.operation, answer)?;
        }
        Ok(())
    }

    /// A call with something wrong about its proof.
    async fn show_wrong(
        &self,
        instance: &str,
        showing: &Showing<'_>,
        wrong: &Wrong<'_>,
    ) -> Result<(), Halt> {
        let prover = self.issuers.prover();
        let mut request = match self.request_unproven(showing, wrong.how) {
            Ok(request) => request,
            Err(why) => return Err(Halt::Broken(why)),
        };
        let dated_by_nonce = prover.nonce(&showing.call.service).is_some();
        let as_bearer = wrong.how == Unproven::AsBearer;
        // Where a server gives out nonces these say how old a proof is (RFC 9449 section 4.3, item 11); and a header of its own
        // has no scheme that could be another one.
        if (wrong.how == Unproven::Stale && dated_by_nonce)
            || (as_bearer && showing.service.header.is_some())
        {
            return Ok(());
        }
        let op = self.invoke_unproven(instance, showing, wrong.how)?;
        let answer = match wrong.how {
            Unproven::AsBearer | Unproven::NoProof => self.http.send(&request).await,
            // With the nonce where the service asks for one: what is refused must be what is wrong.
            _ => match &showing.live.holder {
                Some(holder) => {
                    let (server, token) =
                        (showing.call.service.as_str(), Some(&*showing.live.token));
                    let towards = Towards { server, token };
                    let wrong = Some(wrong);
                    prover.send(&self.http, &mut request, &holder.key, &towards, wrong).await
                }
                None => Err(Fault::NotSent("the token is bound to no key".into())),
            },
        };
        let Showing { service, call, .. } = showing;
        self.answered(op, (&call.service, service), &call.operation, answer)?;
        Ok(())
    }

    fn request_unproven(&self, showing: &Showing<'_>, how: Unproven) -> Result<Request, String> {
        let Showing { service, live, call } = showing;
        let as_it_is = how.is_of_certificate();
        let bound = live.holder.clone().map(|h| super::Holder { bound: h.bound || !as_it_is, ..h });
        let holder = bound.filter(|_| how != Unproven::AsBearer);
        let live = Live { holder, ..(*live).clone() };
        let operation = service.operation.get(&call.operation);
        let operation = operation.ok_or_else(|| format!("there is no `{}`", call.operation))?;
        self.request_with(service, operation, call, &live)
    }

    fn invoke_unproven(
        &self,
        instance: &str,
        showing: &Showing<'_>,
        how: Unproven,
    ) -> Result<u64, Halt> {
        let call = &showing.call;
        let action = Action::ShowUnproven {
            subject: call.subject.clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            token: call.token.clone(),
            route: call.route,
            replica: call.replica,
            how,
        };
        self.recorder.invoke(instance, self.clock.now(), action)
    }
}
