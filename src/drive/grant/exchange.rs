//! Tokens from tokens: refresh (RFC 6749 section 6) and exchange (RFC 8693).

use std::sync::Arc;

use super::answer::{Denied, Granted};
use super::client::Form;
use super::issuers::{Issuers, scope_words};
use super::obtain::About;
use super::{Ask, Names, Obtained};
use crate::drive::forge::OwnKey;
use crate::drive::tokens::{Live, Wallet};
use crate::model::{Outcome, TokenId, TokenKind, Unproven};
use crate::plan::Grant;

/// `grant_type` of RFC 8693.
pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

impl Issuers {
    /// Uses a refresh token. `ask.scope` narrows; `None` sends no scope parameter.
    pub async fn refresh(
        &self,
        token: &TokenId,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let grant = wallet.live(token).map(|l| l.grant).unwrap_or_default();
        self.refresh_as(&grant, token, ask, wallet, names).await
    }

    /// The same as the client of this grant, whoever the token was given to.
    pub async fn refresh_as(
        &self,
        grant: &str,
        token: &TokenId,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let live = live(wallet, token, TokenKind::Refresh);
        let key = live.as_ref().ok().and_then(|live| live.holder.as_ref().map(|h| h.key.clone()));
        let form = Form::of("refresh_token").proven_by(key.as_ref());
        let got = match live {
            Ok(live) => self.refreshed(grant, &live, ask, form).await,
            Err(denied) => Err(denied),
        };
        let requested = ask.scope.clone();
        let about = About { grant, ask, from: Some(token), requested, key };
        let mut obtained = self.seen(got, about, wallet, names).await;
        if obtained.refresh.is_none() && !obtained.tokens.is_empty() {
            obtained.refresh = Some(token.clone());
        }
        obtained
    }

    /// The same in the name of the client that it was given to, with this wrong about the proof of its key or of its client.
    pub async fn refresh_unproven(
        &self,
        token: &TokenId,
        how: Unproven,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let live = live(wallet, token, TokenKind::Refresh);
        let grant = live.as_ref().map(|live| live.grant.clone()).unwrap_or_default();
        let own = || live.as_ref().ok()?.holder.as_ref().map(|holder| holder.key.clone());
        let key = match how {
            Unproven::OtherKey => OwnKey::like("ES256").map(|key| Some(Arc::new(key))),
            how if how.is_of_client() => Ok(own()),
            _ => Ok(None),
        };
        let form =
            |key: Option<&Arc<OwnKey>>| Form::of("refresh_token").proven_by(key).lacking(how);
        let got = match (&key, &live) {
            (Ok(key), Ok(live)) => self.refreshed(&grant, live, ask, form(key.as_ref())).await,
            (Err(why), _) => Err(Denied::failed(why.clone())),
            (_, Err(denied)) => Err(denied.clone()),
        };
        let (requested, key) = (ask.scope.clone(), key.ok().flatten());
        let about = About { grant: &grant, ask, from: Some(token), requested, key };
        self.seen(got, about, wallet, names).await
    }

    async fn refreshed(
        &self,
        grant: &str,
        live: &Live,
        ask: &Ask,
        form: Form,
    ) -> Result<Granted, Denied> {
        let grant = self.grant(grant)?;
        let values = self.values_for(grant, ask)?;
        let mut form = form
            .with("refresh_token", &*live.token)
            .with("scope", ask.scope.clone().unwrap_or_default().join(" "));
        for (name, template) in &grant.refresh_parameters {
            form.set(name, values.text(template).map_err(Denied::failed)?);
        }
        if let Some(audience) = &ask.elsewhere {
            form.set("resource", audience);
            form.set("audience", audience);
            form.dubious = true;
        }
        self.token_answer(grant, form).await
    }

    /// Exchanges an access token for one at `ask.service`, by a grant of kind `token-exchange`.
    pub async fn exchange(
        &self,
        name: &str,
        token: &TokenId,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let key = self.key_for(name, ask);
        let got = match live(wallet, token, TokenKind::Access) {
            Ok(live) => self.exchanged(name, &live.token, ask, key.as_ref()).await,
            Err(denied) => Err(denied),
        };
        let requested = self.asked(name, ask);
        let about = About { grant: name, ask, from: Some(token), requested, key };
        self.seen(got, about, wallet, names).await
    }

    async fn exchanged(
        &self,
        name: &str,
        token: &str,
        ask: &Ask,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Granted, Denied> {
        let grant = self.grant(name)?;
        let values = self.values_for(grant, ask)?;
        let scope = scope_words(grant, ask, &values).map_err(Denied::failed)?;
        let form = exchange_form(grant, token, ask).proven_by(key);
        self.ask_for(grant, &values, scope, form).await.map_err(dead_subject)
    }

    /// The login that gives the token that a grant exchanges, by name: the subjects' usual grant. `None` for grants that
    /// need no token.
    #[must_use]
    pub fn login_before(&self, grant: &str) -> Option<&str> {
        let target = &self.declared.target;
        target.is_exchange(grant).then_some(target.subject.grant.as_str())
    }
}

fn exchange_form(grant: &Grant, token: &str, ask: &Ask) -> Form {
    let form =
        Form::of(EXCHANGE).with("subject_token", token).with("subject_token_type", ACCESS_TOKEN);
    // RFC 8693 section 2.1: the target service is named by `resource` or `audience`.
    if grant.parameters.contains_key("resource") {
        form
    } else {
        form.with("audience", ask.audience.as_str())
    }
}

/// A subject token that is no good is answered with `invalid_request` (RFC 8693 section 2.2.2): at an exchange that is a no, where
/// it is a mistake of the request anywhere else.
fn dead_subject(denied: Denied) -> Denied {
    match (&denied.outcome, denied.status) {
        (Outcome::Failed(code), Some(status)) if status == 400 && code == "invalid_request" => {
            Denied::refused(status, Some(code.clone()), false)
        }
        _ => denied,
    }
}

fn live(wallet: &Wallet, id: &str, kind: TokenKind) -> Result<Live, Denied> {
    wallet
        .live(id)
        .filter(|l| l.kind == kind)
        .ok_or_else(|| Denied::failed(format!("token {id} is not at hand")))
}
