//! Requests for tokens by something that counts once: an assertion, an authorization code. Kept, so that it can be presented again.

use std::sync::Arc;

use super::answer::{Denied, Granted};
use super::client::Form;
use super::issuers::{Issuers, scope_words};
use super::obtain::About;
use super::{Ask, Names, Obtained};
use crate::drive::forge::OwnKey;
use crate::drive::tokens::Wallet;
use crate::model::OneTime;
use crate::plan::GrantKind;

/// A request for a token as it was sent. No `Debug`, on purpose.
pub struct Presented {
    form: Form,
    /// What of it counts once.
    pub what: OneTime,
}

impl Issuers {
    /// Obtains a token by a grant whose assertion or authorization code counts once. `None` where it did not come to a request at the
    /// token endpoint.
    pub async fn obtain_kept(
        &self,
        grant: &str,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> (Obtained, Option<Presented>) {
        let key = self.key_for(grant, ask);
        match self.one_time(grant, ask, key.as_ref()).await {
            Ok(presented) => {
                (self.present(grant, &presented, ask, wallet, names).await, Some(presented))
            }
            Err(denied) => {
                let requested = self.asked(grant, ask);
                let about = About { grant, ask, from: None, requested, key };
                (self.seen(Err(denied), about, wallet, names).await, None)
            }
        }
    }

    /// Sends a request for a token as it was sent before; the client proves itself anew.
    pub async fn present(
        &self,
        grant: &str,
        presented: &Presented,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let got = self.sent(grant, presented.form.clone()).await;
        let (key, requested) = (presented.form.key.clone(), self.asked(grant, ask));
        let about = About { grant, ask, from: None, requested, key };
        self.seen(got, about, wallet, names).await
    }

    async fn sent(&self, grant: &str, form: Form) -> Result<Granted, Denied> {
        self.token_answer(self.grant(grant)?, form).await
    }

    async fn one_time(
        &self,
        grant: &str,
        ask: &Ask,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Presented, Denied> {
        let grant = self.grant(grant)?;
        let values = self.values_for(grant, ask)?;
        let scope = scope_words(grant, ask, &values).map_err(Denied::failed)?;
        match grant.kind {
            GrantKind::JwtBearer => {
                let form = self.assertion_form(grant, &values, scope, key)?;
                Ok(Presented { form, what: OneTime::Assertion })
            }
            GrantKind::AuthorizationCode => {
                let form = self.code_form(grant, values, scope, key).await?;
                Ok(Presented { form, what: OneTime::Code })
            }
            _ => Err(Denied::failed("nothing of this grant counts once".into())),
        }
    }
}
