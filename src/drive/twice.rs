//! Assertions and authorization codes, presented twice. Nothing here is judged.

use futures::future::try_join_all;

use super::grant::Presented;
use super::{Ask, Halt, Stage};
use crate::history::Action;
use crate::plan::ScopeChoice;

impl Stage {
    /// For each service and grant: once, the same once more, and anew.
    pub(super) async fn use_twice(&self, of: &str) -> Result<(), Halt> {
        let run = &self.run;
        let target = &run.declared.target;
        let Some(grants) = &target.subject.one_time_grant else {
            return Err(Halt::Unmet("the target does not provide `one-time-grant`".to_owned()));
        };
        let member = self.member(of)?;
        let asks = target.service.iter().flat_map(|(name, service)| {
            let ask = self.ask(member, name, service, ScopeChoice::Same);
            grants.all().iter().map(move |grant| (grant, ask.clone()))
        });
        let asks: Vec<_> = asks.collect();
        let used = asks.iter().map(|(grant, ask)| self.once_and_again(grant, ask));
        run.cancel.race(try_join_all(used)).await??;
        Ok(())
    }

    async fn once_and_again(&self, grant: &str, ask: &Ask) -> Result<(), Halt> {
        let run = &self.run;
        let (first, presented) = self.present_once(grant, ask).await?;
        if let Some(presented) = presented {
            let action = Action::PresentAgain {
                subject: ask.subject.clone(),
                service: ask.service.clone(),
                grant: grant.to_owned(),
                what: presented.what,
                first,
            };
            let op = run.recorder.invoke(&self.instance, run.now(), action)?;
            let names = || run.recorder.token_name();
            let got = run.issuers.present(grant, &presented, ask, &run.wallet, &names).await;
            let (got, _) = self.obtained(op, got)?;
            self.let_go(&got);
        }
        self.present_once(grant, ask).await?;
        Ok(())
    }

    async fn present_once(&self, grant: &str, ask: &Ask) -> Result<(u64, Option<Presented>), Halt> {
        let run = &self.run;
        let op = self.asks(grant, ask, None, None)?;
        let names = || run.recorder.token_name();
        let (got, presented) = run.issuers.obtain_kept(grant, ask, &run.wallet, &names).await;
        let (got, _) = self.obtained(op, got)?;
        self.let_go(&got);
        Ok((op, presented))
    }
}
