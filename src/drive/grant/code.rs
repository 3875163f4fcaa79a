//! The authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636) and `state`; the browser's part
//! is scripted.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use super::answer::{Denied, Granted};
use super::client::Form;
use super::issuers::Issuers;
use super::{answer, assertion};
use crate::drive::capture::{self, parameter_of};
use crate::drive::forge::OwnKey;
use crate::drive::{Flow, Reached, Values, tokens};
use crate::plan::Grant;

impl Issuers {
    /// Runs the steps of a login and exchanges the code.
    pub(super) async fn by_code(
        &self,
        grant: &Grant,
        values: Values,
        scope: Option<Vec<String>>,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Granted, Denied> {
        let form = self.code_form(grant, values, scope, key).await?;
        self.token_answer(grant, form).await
    }

    /// Runs the steps of a login; gives the request that exchanges the code. The steps begin with `{authorize}`, the whole
    /// authorization request; the code is captured as `code`, or found in the location that the last step
    /// ended with.
    pub(super) async fn code_form(
        &self,
        grant: &Grant,
        mut values: Values,
        scope: Option<Vec<String>>,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Form, Denied> {
        let redirect = grant.redirect_uri.as_deref().ok_or_else(|| {
            Denied::failed("an authorization-code grant needs `redirect-uri`".into())
        })?;
        let redirect = values.url(redirect).map_err(Denied::failed)?;
        let (verifier, state) = (assertion::random_text(), assertion::random_text());
        self.vault.learn("a PKCE verifier", &verifier);
        let url = self.authorization_url(grant, &values, scope, &redirect, &verifier, &state)?;
        values.set_url("authorize", url);
        values.set_url("redirect_uri", redirect.as_str());
        values.set("state", state.as_str());
        let mut flow = Flow::new(&self.http, &self.vault, values).stop_at(&redirect);
        let last = flow.run(&grant.steps).await;
        let last = last.map_err(|stopped| Denied::of_steps(stopped, &grant.refusal))?;
        let back = last.as_ref().and_then(|r| came_back(r, &redirect));
        if let Some(back) = &back {
            self.check_return(grant, back, &state)?;
        }
        let code = flow
            .values()
            .text_of("code")
            .or_else(|| back.as_ref().and_then(|b| parameter_of(b, "code")))
            .ok_or_else(|| {
                let status = last.as_ref().map(|r| r.answer.status);
                Denied::unknown("the login ended without an authorization code", status)
            })?;
        self.vault.learn("an authorization code", &code);
        let mut form = Form::of("authorization_code")
            .with("code", code)
            .with("redirect_uri", redirect)
            .with("code_verifier", verifier)
            .proven_by(key);
        for (name, template) in &grant.parameters {
            form.set(name, flow.values().text(template).map_err(Denied::failed)?);
        }
        Ok(form)
    }

    fn authorization_url(
        &self,
        grant: &Grant,
        values: &Values,
        scope: Option<Vec<String>>,
        redirect: &str,
        verifier: &str,
        state: &str,
    ) -> Result<String, Denied> {
        let issuer = self.issuer_of(grant)?;
        let endpoint = self.known(issuer)?.1.endpoints.authorization.as_ref().ok_or_else(|| {
            Denied::failed(format!("issuer `{issuer}` has no authorization endpoint"))
        })?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut form = Form::default()
            .with("response_type", "code")
            .with("client_id", values.text_of("client.id").unwrap_or_default())
            .with("redirect_uri", redirect)
            .with("scope", scope.unwrap_or_default().join(" "))
            .with("state", state)
            .with("code_challenge", challenge)
            .with("code_challenge_method", "S256");
        for (name, template) in &grant.parameters {
            form.set(name, values.text(template).map_err(Denied::failed)?);
        }
        let mut url = Url::parse(endpoint).map_err(|_| {
            Denied::failed(format!("the authorization endpoint of `{issuer}` is no URL"))
        })?;
        url.query_pairs_mut().extend_pairs(form.pairs());
        Ok(url.into())
    }

    /// What came back must be the answer to what was sent (RFC 6749 section 10.12, RFC 9207).
    fn check_return(&self, grant: &Grant, back: &str, state: &str) -> Result<(), Denied> {
        if let Some(error) = parameter_of(back, "error") {
            let error = tokens::code(&self.vault.strike(&error));
            return Err(match error.as_str() {
                "server_error" | "temporarily_unavailable" => Denied::unknown(error, Some(302)),
                code if answer::is_refusal(code) => Denied::refused(302, Some(error), false),
                _ => Denied::failed(error),
            });
        }
        if parameter_of(back, "state").as_deref() != Some(state) {
            return Err(Denied::unknown("the login came back with another `state`", None));
        }
        let issuer = &self.known(self.issuer_of(grant)?)?.1.endpoints.issuer;
        match parameter_of(back, "iss") {
            Some(other) if other != *issuer => {
                Err(Denied::unknown("the login came back from another issuer", None))
            }
            _ => Ok(()),
        }
    }
}

/// The URL that the login ended at, if that is the `redirect_uri`.
fn came_back(last: &Reached, redirect: &str) -> Option<String> {
    let location = capture::header(&last.answer, "location", &last.url);
    [location, Some(last.url.clone())].into_iter().flatten().find(|u| u.starts_with(redirect))
}
