//! Obtains a token by a grant of the target file, and turns what was given into what the record keeps.

use std::sync::Arc;
use std::time::Instant;

use super::answer::{Denied, Granted, granted, refused_as_wrong};
use super::client::Form;
use super::issuers::{Issuers, scope_words};
use super::{Ask, Names, Obtained, assertion};
use crate::drive::forge::OwnKey;
use crate::drive::possession::{Holder, Towards};
use crate::drive::tokens::{self, Live, Wallet};
use crate::drive::{Request, Values};
use crate::model::{Outcome, Signature, TokenForm, TokenId, TokenKind, TokenSeen};
use crate::plan::{Grant, GrantKind, RefusalSigns};

/// What is known about a token besides its content.
pub(super) struct About<'a> {
    pub(super) grant: &'a str,
    pub(super) ask: &'a Ask,
    pub(super) from: Option<&'a TokenId>,
    pub(super) requested: Option<Vec<String>>,
    /// The key that was proven.
    pub(super) key: Option<Arc<OwnKey>>,
}

impl Issuers {
    /// Obtains a token by a grant. A refusal is an outcome like any other.
    pub async fn obtain(
        &self,
        grant: &str,
        ask: &Ask,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let key = self.key_for(grant, ask);
        let got = self.granted(grant, ask, key.as_ref()).await;
        let about = About { grant, ask, from: None, requested: self.asked(grant, ask), key };
        self.seen(got, about, wallet, names).await
    }

    /// The subject's key, where tokens of this grant are bound to one.
    pub(super) fn key_for(&self, grant: &str, ask: &Ask) -> Option<Arc<OwnKey>> {
        let bound = self.grant(grant).is_ok_and(|grant| grant.dpop);
        // Without a key there is no proof, and so no bound token: the outcome says so.
        bound.then(|| self.prover().key_of(&ask.subject).ok()).flatten()
    }

    async fn granted(
        &self,
        name: &str,
        ask: &Ask,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Granted, Denied> {
        let form = |grant_type| Form::of(grant_type).proven_by(key);
        let grant = self.grant(name)?;
        let values = self.values_for(grant, ask)?;
        let scope = scope_words(grant, ask, &values).map_err(Denied::failed)?;
        match grant.kind {
            GrantKind::ClientCredentials => {
                self.ask_for(grant, &values, scope, form("client_credentials")).await
            }
            GrantKind::Password => {
                let password = grant.password.as_deref().unwrap_or("{subject.password}");
                let form = form("password")
                    .with("username", user(grant, &values)?)
                    .with("password", values.text(password).map_err(Denied::failed)?);
                self.ask_for(grant, &values, scope, form).await
            }
            GrantKind::JwtBearer => {
                let form = self.assertion_form(grant, &values, scope, key)?;
                self.token_answer(grant, form).await
            }
            GrantKind::Ciba => self.by_backchannel(grant, &values, scope, key).await,
            GrantKind::AuthorizationCode => self.by_code(grant, values, scope, key).await,
            // A login comes first, which is a request of its own.
            GrantKind::TokenExchange => {
                Err(Denied::failed("an exchange needs a token of another grant".into()))
            }
            GrantKind::Http => self.by_steps(grant, values).await,
            GrantKind::Command => self.by_command(grant, &values).await,
        }
    }

    /// Sends a form to the token endpoint with what every grant adds: scope, further parameters, client
    /// authentication.
    pub(super) async fn ask_for(
        &self,
        grant: &Grant,
        values: &Values,
        scope: Option<Vec<String>>,
        form: Form,
    ) -> Result<Granted, Denied> {
        self.token_answer(grant, filled(grant, values, scope, form)?).await
    }

    /// The request of a jwt-bearer grant, with an assertion of its own.
    pub(super) fn assertion_form(
        &self,
        grant: &Grant,
        values: &Values,
        scope: Option<Vec<String>>,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Form, Denied> {
        let form = Form::of("urn:ietf:params:oauth:grant-type:jwt-bearer")
            .proven_by(key)
            .with("assertion", self.assertion(grant, values)?);
        filled(grant, values, scope, form)
    }

    /// Sends a form to the token endpoint as the grant's client; where a proof goes with it, once more with the nonce that the
    /// issuer asks for (RFC 9449 section 8).
    pub(super) async fn token_answer(&self, grant: &Grant, form: Form) -> Result<Granted, Denied> {
        let (key, dubious) = (form.key.clone(), form.dubious);
        let mut again = key.is_some().then(|| form.clone());
        let mut form = form;
        loop {
            let (mut request, signs) = self.token_request(grant, form)?;
            let server = request.url.clone();
            if let Some(key) = &key {
                let towards = Towards { server: &server, token: None };
                self.prover().prove(&mut request, key, &towards, None)?;
            }
            let answer = self.sender(grant.client.as_deref()).send(&request).await?;
            let challenged = key.is_some() && self.prover().challenged(&server, &answer);
            match again.take().filter(|_| challenged) {
                // A client assertion is made anew with the rest of the request.
                Some(same) => form = same,
                None if dubious => return refused_as_wrong(&answer, signs, &self.vault),
                None => return granted(&answer, signs, &self.vault),
            }
        }
    }

    fn token_request<'a>(
        &self,
        grant: &'a Grant,
        form: Form,
    ) -> Result<(Request, &'a RefusalSigns), Denied> {
        let issuer = self.issuer_of(grant)?;
        let (_, known) = self.known(issuer)?;
        let shows = grant.client.as_deref().and_then(|name| self.certificates().of(name)).is_some();
        let endpoints = &known.endpoints;
        let alias = endpoints.mtls_token.as_ref().filter(|_| shows);
        let url = alias
            .or(endpoints.token.as_ref())
            .ok_or_else(|| Denied::failed(format!("issuer `{issuer}` has no token endpoint")))?;
        let request = self.post(url, issuer, grant.client.as_deref(), form)?;
        Ok((request, &grant.refusal))
    }

    /// The values for templates of a grant.
    pub(super) fn values_for(&self, grant: &Grant, ask: &Ask) -> Result<Values, Denied> {
        let mut values = ask.values.layer();
        values.set("audience", ask.audience.as_str());
        values.set("service", ask.service.as_str());
        if let Some(client) = &grant.client {
            values.set("client.id", self.client_id(client).map_err(Denied::failed)?);
        }
        if let Ok(issuer) = self.issuer_of(grant) {
            values.set_url("issuer", self.known(issuer)?.1.endpoints.issuer.as_str());
        }
        let words = scope_words(grant, ask, &values).map_err(Denied::failed)?;
        values.set("scope", words.unwrap_or_default().join(" "));
        Ok(values)
    }

    fn assertion(&self, grant: &Grant, values: &Values) -> Result<String, Denied> {
        let name = grant.client.as_deref().ok_or_else(|| {
            Denied::failed("a jwt-bearer grant needs a client, whose key signs".into())
        })?;
        let client = self
            .declared
            .target
            .client
            .get(name)
            .ok_or_else(|| Denied::failed(format!("the target has no client `{name}`")))?;
        let endpoints = &self.known(self.issuer_of(grant)?)?.1.endpoints;
        let id = self.client_id(name).map_err(Denied::failed)?;
        let audience = endpoints.token.as_ref().unwrap_or(&endpoints.issuer);
        let mut claims = assertion::claims(&id, &user(grant, values)?, audience, (self.now)());
        for (claim, template) in grant.assertion_claims.iter().flatten() {
            let value = values.json(&template.as_str().into()).map_err(Denied::failed)?;
            claims.insert(claim.clone(), value);
        }
        let signed = assertion::sign(client, &self.vault.client(name), &claims)
            .map_err(|why| Denied::failed(format!("client `{name}`: {why}")))?;
        self.vault.learn("an assertion", &signed);
        Ok(signed)
    }

    /// Turns what was given into what the record keeps; the live tokens go into the wallet.
    pub(super) async fn seen(
        &self,
        got: Result<Granted, Denied>,
        about: About<'_>,
        wallet: &Wallet,
        names: Names<'_>,
    ) -> Obtained {
        let answered = Instant::now();
        let usual = self.named(about.grant);
        let got = match got {
            Ok(got) => got,
            Err(Denied { outcome, status }) => {
                let (tokens, request) = (Vec::new(), usual);
                return Obtained { outcome, status, request, tokens, refresh: None, answered };
            }
        };
        let issuer = self.grant(about.grant).and_then(|g| self.issuer_of(g)).unwrap_or_default();
        let id_token: Option<Arc<str>> = got.id.as_deref().map(Into::into);
        let client = self.grant(about.grant).ok().and_then(|grant| grant.client.clone());
        let certificate = client.filter(|name| self.certificates().of(name).is_some());
        let holder = about.key.clone().map(|key| Holder { key, bound: got.bound });
        let keep = |id: &TokenId, kind, token: &str| {
            self.vault.learn(&format!("token {id}"), token);
            self.vault.learn_signature(&format!("signature of token {id}"), token);
            let (issuer, grant) = (issuer.to_owned(), about.grant.to_owned());
            let (token, id_token, holder) = (token.into(), id_token.clone(), holder.clone());
            let certificate = certificate.clone();
            wallet.keep(id, Live { token, kind, id_token, holder, certificate, issuer, grant });
        };
        let mut access = self.token_seen(names(), TokenKind::Access, &got.access, &about);
        keep(&access.id, TokenKind::Access, &got.access);
        let refresh = got.refresh.as_ref().map(|token| {
            let seen = self.token_seen(names(), TokenKind::Refresh, token, &about);
            keep(&seen.id, TokenKind::Refresh, token);
            seen
        });
        access.refresh = refresh.as_ref().map(|r| r.id.clone());
        access.response_scope = got.scope;
        access.expires_in = got.expires_in;
        self.check_signature(issuer, &got.access, &mut access).await;
        if access.form == TokenForm::Opaque && self.introspects(issuer) {
            access.claims = self.claims_of(issuer, &got.access).await;
        }
        Obtained {
            outcome: Outcome::Accepted,
            status: got.status,
            request: usual,
            refresh: access.refresh.clone(),
            tokens: [Some(access), refresh].into_iter().flatten().collect(),
            answered,
        }
    }

    /// A grant and its issuer, for people.
    pub(super) fn named(&self, grant: &str) -> String {
        match self.grant(grant).and_then(|g| self.issuer_of(g)) {
            Ok(issuer) => format!("grant `{grant}` at issuer `{issuer}`"),
            // Free steps and commands need none.
            Err(_) => format!("grant `{grant}`"),
        }
    }

    fn token_seen(
        &self,
        id: TokenId,
        kind: TokenKind,
        token: &str,
        about: &About<'_>,
    ) -> TokenSeen {
        let content = tokens::read(token);
        let fit = |o| tokens::for_record(o, &self.vault);
        TokenSeen {
            id,
            kind,
            form: content.form,
            fingerprint: tokens::fingerprint(token),
            subject: Some(about.ask.subject.clone()),
            service: Some(about.ask.service.clone()),
            from: about.from.cloned(),
            refresh: None,
            header: content.header.map(fit),
            claims: content.claims.map(fit),
            requested_scope: about.requested.clone(),
            response_scope: None,
            expires_in: None,
            signature: Signature::Unchecked,
            crafted: None,
        }
    }
}

/// A form with what every grant adds.
fn filled(
    grant: &Grant,
    values: &Values,
    scope: Option<Vec<String>>,
    mut form: Form,
) -> Result<Form, Denied> {
    form.set("scope", scope.unwrap_or_default().join(" "));
    for (name, template) in &grant.parameters {
        form.set(name, values.text(template).map_err(Denied::failed)?);
    }
    Ok(form)
}

/// The user's name for a grant.
pub(super) fn user(grant: &Grant, values: &Values) -> Result<String, Denied> {
    values.text(grant.username.as_deref().unwrap_or("{subject}")).map_err(Denied::failed)
}
