//! Tokens that other issuers of the target make for a service which does not take these: got, shown to it, and let go.

use futures::future::try_join_all;

use super::calls::Call;
use super::grants_for::Way;
use super::issue::Got;
use super::{Ask, Halt, Stage};
use crate::plan::ScopeChoice;

impl Stage {
    /// Gets such tokens and shows each at the operation that the service's own token of this label gives.
    pub(super) async fn show_other_issuers(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let run = self.run.clone();
        let member = self.member(of)?;
        let mut asks = Vec::new();
        for (name, held) in self.label(label)? {
            let service = run.declared.target.service.get(name);
            let Some((service, facts)) = service.zip(run.facts().services.get(name)) else {
                continue;
            };
            let Some(operation) = self.to_try(service, held, &member.roles) else { continue };
            for grant in facts.foreign.keys() {
                let ask = self.ask(member, name, service, ScopeChoice::Same);
                asks.push((grant, operation.clone(), ask));
            }
        }
        let this = &*self;
        let shown = asks.iter().map(|(grant, operation, ask)| this.show_one(grant, operation, ask));
        run.cancel.race(try_join_all(shown)).await??;
        Ok(())
    }

    async fn show_one(&self, grant: &str, operation: &str, ask: &Ask) -> Result<(), Halt> {
        let Got { obtained, signed_in, .. } = self.issue(&Way::by(grant), ask).await?;
        let service = self.run.declared.target.service.get(&ask.service);
        if let Some((token, service)) = obtained.access().zip(service) {
            for call in Call::with(token, &ask.service, operation).everywhere(service) {
                self.run.call(&self.instance, &call).await?;
            }
        }
        self.let_go(&obtained);
        signed_in.iter().for_each(|token| self.run.wallet.forget(token));
        Ok(())
    }
}
