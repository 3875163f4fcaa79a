//! Calling services past their enforcement point, where the target file says how. Nothing here is judged.

use futures::future::try_join_all;

use super::service_request::{GONE, Place, Shown, request};
use super::stage::{Held, Member};
use super::{Fault, Halt, Live, Request, Stage, entitlement};
use crate::history::Action;
use crate::plan::{Direct, Operation, Operations, Service};

/// One service with its way past the enforcement point, and the token that is shown there.
struct Lane<'a> {
    name: &'a str,
    service: &'a Service,
    direct: &'a Direct,
    held: &'a Held,
    member: &'a Member,
}

impl Stage {
    /// A round of calls past the enforcement points: services beside each other, the operations of one in order.
    pub(super) async fn call_direct(
        &self,
        of: &str,
        label: &str,
        which: Operations,
    ) -> Result<(), Halt> {
        let target = &self.run.declared.target;
        let member = self.member(of)?;
        let label = self.label(label)?;
        let lanes = target.service.iter().filter_map(|(name, service)| {
            let (direct, held) = (service.direct.as_ref()?, label.get(name)?);
            Some(Lane { name, service, direct, held, member })
        });
        let rounds = lanes.map(|lane| async move {
            let token = &lane.held.access;
            let in_force = &self.in_force;
            let all = entitlement::operations(
                which,
                target,
                lane.service,
                &lane.member.roles,
                in_force,
                token,
            );
            for name in all {
                for shown in [true, false] {
                    self.past(&lane, &name, shown).await?;
                }
            }
            Ok::<_, Halt>(())
        });
        self.run.cancel.race(try_join_all(rounds)).await??;
        Ok(())
    }

    async fn past(&self, lane: &Lane<'_>, operation: &str, shown: bool) -> Result<(), Halt> {
        let run = &self.run;
        let Some(declared) = lane.service.operation.get(operation) else { return Ok(()) };
        let token = &lane.held.access;
        let action = Action::CallDirect {
            subject: token.subject.clone().unwrap_or_default(),
            service: lane.name.to_owned(),
            operation: operation.to_owned(),
            token: token.id.clone(),
            shown,
        };
        let live = run.wallet.live(&token.id).filter(|_| shown);
        let request = match (shown, &live) {
            (true, None) => Err(GONE.to_owned()),
            _ => self.request_past(lane, declared, live.as_ref()),
        };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let answer = match request {
            Ok(mut request) => run.send_shown(&mut request, live.as_ref(), lane.name).await,
            Err(why) => Err(Fault::NotSent(why)),
        };
        run.answered(op, (lane.name, lane.service), operation, answer)?;
        Ok(())
    }

    fn request_past(
        &self,
        lane: &Lane<'_>,
        operation: &Operation,
        live: Option<&Live>,
    ) -> Result<Request, String> {
        let run = &self.run;
        let place = Place {
            base: &lane.direct.url,
            route: &operation.request,
            json: operation.json.as_ref(),
            headers: Some(&lane.direct.headers),
        };
        let shown = live.map(|live| Shown::token(lane.service, live));
        request(run.base.layer(), &lane.member.name, &place, shown.as_ref())
    }
}
