//! Assertions and authorization codes, presented twice. Nothing here is judged.

use futures::future::try_join_all;

use super::grant::Presented;
use super::{Ask, Halt, Stage};
use crate::history::Action;
use crate::plan::ScopeChoice;

/// After this an issuer may have forgotten what was used, seconds. Assertions of recant are good for longer than that.
const FORGOTTEN: u64 = 45;

/// The op of a use, and what was presented.
type Used = (u64, Option<Presented>);

impl Stage {
    /// For each service and grant: once, the same once more, and anew.
    pub(super) async fn use_twice(&mut self, of: &str) -> Result<(), Halt> {
        let run = self.run.clone();
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
        let this = &*self;
        let used = asks.iter().map(|(grant, ask)| this.once_and_again(grant, ask));
        let used = run.cancel.race(try_join_all(used)).await??;
        // Once more, when it may be forgotten that it was used.
        if run.clock.movable() {
            self.pause(FORGOTTEN, true).await?;
            let this = &*self;
            let later = asks.iter().zip(&used).map(|((grant, ask), used)| async move {
                this.present_again(grant, ask, used).await?;
                this.present_once(grant, ask).await
            });
            run.cancel.race(try_join_all(later)).await??;
        }
        Ok(())
    }

    async fn once_and_again(&self, grant: &str, ask: &Ask) -> Result<Used, Halt> {
        let used = self.present_once(grant, ask).await?;
        self.present_again(grant, ask, &used).await?;
        self.present_once(grant, ask).await?;
        Ok(used)
    }

    async fn present_again(
        &self,
        grant: &str,
        ask: &Ask,
        (first, presented): &Used,
    ) -> Result<(), Halt> {
        let run = &self.run;
        if let Some(presented) = presented {
            let action = Action::PresentAgain {
                subject: ask.subject.clone(),
                service: ask.service.clone(),
                grant: grant.to_owned(),
                what: presented.what,
                first: *first,
            };
            let op = run.recorder.invoke(&self.instance, run.now(), action)?;
            let names = || run.recorder.token_name();
            let got = run.issuers.present(grant, presented, ask, &run.wallet, &names).await;
            let (got, _) = self.obtained(op, got)?;
            self.let_go(&got);
        }
        Ok(())
    }

    async fn present_once(&self, grant: &str, ask: &Ask) -> Result<Used, Halt> {
        let run = &self.run;
        let op = self.asks(grant, ask, None, None)?;
        let names = || run.recorder.token_name();
        let (got, presented) = run.issuers.obtain_kept(grant, ask, &run.wallet, &names).await;
        let (got, _) = self.obtained(op, got)?;
        self.let_go(&got);
        Ok((op, presented))
    }
}
