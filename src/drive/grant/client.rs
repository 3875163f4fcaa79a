//! Who we are to an issuer: client authentication (RFC 6749 section 2.3, RFC 7523 section 2.2).

use std::sync::Arc;

use super::answer::Denied;
use super::assertion;
use super::issuers::Issuers;
use crate::drive::Request;
use crate::drive::forge::OwnKey;
use crate::drive::http::Body;
use crate::model::Unproven;
use crate::plan::ClientAuth;

/// The parameters of a form; setting one again replaces it, and an empty value leaves it out.
#[derive(Clone, Default)]
pub(super) struct Form {
    pairs: Vec<(String, String)>,
    /// The key that a proof of possession goes with it of.
    pub(super) key: Option<Arc<OwnKey>>,
    /// What is wrong on purpose about its proof or its client.
    pub(super) lacking: Option<Unproven>,
    /// Something about it is not as it should be: an answer that says so refuses what is asked for.
    pub(super) dubious: bool,
}

impl Form {
    pub(super) fn of(grant_type: &str) -> Self {
        Self::default().with("grant_type", grant_type)
    }

    /// The same, to be sent with a proof of this key.
    pub(super) fn proven_by(mut self, key: Option<&Arc<OwnKey>>) -> Self {
        self.key = key.cloned();
        self
    }

    /// The same, with this wrong about it.
    pub(super) fn lacking(mut self, how: Unproven) -> Self {
        self.lacking = Some(how);
        self.dubious = true;
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        self.pairs.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.pairs.push((name.to_owned(), value));
        }
    }

    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

impl Issuers {
    /// A POST of a form to an endpoint, authenticated as a client of the target file.
    pub(super) fn post(
        &self,
        url: &str,
        issuer: &str,
        client: Option<&str>,
        mut form: Form,
    ) -> Result<Request, Denied> {
        let mut request =
            Request { method: "POST".into(), url: url.to_owned(), ..Request::default() };
        request.headers.insert("accept".into(), "application/json".into());
        if let Some(name) = client {
            self.authenticate(name, issuer, &mut request, &mut form).map_err(Denied::failed)?;
        }
        request.body = Body::Form(form.pairs);
        Ok(request)
    }

    fn authenticate(
        &self,
        name: &str,
        issuer: &str,
        request: &mut Request,
        form: &mut Form,
    ) -> Result<(), String> {
        let client = self
            .declared
            .target
            .client
            .get(name)
            .ok_or_else(|| format!("the target has no client `{name}`"))?;
        let id = self.client_id(name)?;
        if form.lacking == Some(Unproven::NoCredential) {
            form.set("client_id", id);
            return Ok(());
        }
        let elsewhere = form.lacking == Some(Unproven::OtherPlace);
        let wrong = elsewhere || form.lacking == Some(Unproven::OtherCredential);
        let secret = || {
            let held = self.vault.client(name).secret.or(elsewhere.then(assertion::random_text));
            let held = held.ok_or_else(|| format!("client `{name}` has no secret"))?;
            if !wrong {
                return Ok::<_, String>(held);
            }
            // All of it but its end, so that whoever compares only the beginning is met too. No less secret than the whole.
            let mut part = held;
            if part.pop().is_none() || part.is_empty() {
                return Ok(assertion::random_text());
            }
            self.vault.learn(&format!("a part of the secret of client {name}"), &part);
            Ok(part)
        };
        let auth = if elsewhere { other_place(client.auth) } else { client.auth };
        match auth {
            // by the connection (RFC 8705 section 2)
            ClientAuth::TlsClientAuth | ClientAuth::SelfSignedTlsClientAuth | ClientAuth::None => {
                form.set("client_id", id);
            }
            ClientAuth::ClientSecretPost => {
                form.set("client_id", id);
                form.set("client_secret", secret()?);
            }
            ClientAuth::ClientSecretBasic => {
                // RFC 6749 section 2.3.1: form-encoded first, so that a colon in the id does no harm.
                let pair = (form_encoded(&id), form_encoded(&secret()?));
                self.learn_basic(name, &pair);
                request.basic = Some(pair);
            }
            ClientAuth::PrivateKeyJwt => {
                let (_, known) = self.known(issuer).map_err(Denied::why)?;
                let endpoints = &known.endpoints;
                let audience = endpoints.token.as_ref().unwrap_or(&endpoints.issuer);
                let claims = assertion::claims(&id, &id, audience, (self.now)());
                let signed = match wrong {
                    true => assertion::sign_by_another(client, &claims),
                    false => assertion::sign(client, &self.vault.client(name), &claims),
                };
                let signed = signed.map_err(|why| format!("client `{name}`: {why}"))?;
                self.vault.learn(&format!("assertion of client {name}"), &signed);
                form.set("client_id", id);
                form.set("client_assertion_type", assertion::TYPE);
                form.set("client_assertion", signed);
            }
        }
        Ok(())
    }

    /// The `client_id` of a client; a template.
    pub(super) fn client_id(&self, name: &str) -> Result<String, String> {
        let client = self
            .declared
            .target
            .client
            .get(name)
            .ok_or_else(|| format!("the target has no client `{name}`"))?;
        self.values().text(&client.id)
    }

    /// The header's value is a credential too, in one piece.
    fn learn_basic(&self, name: &str, (id, secret): &(String, String)) {
        use base64::Engine as _;
        let value = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
        self.vault.learn(&format!("authorization of client {name}"), &value);
    }
}

/// Where a secret goes that is not where a client has its own.
fn other_place(auth: ClientAuth) -> ClientAuth {
    match auth {
        ClientAuth::ClientSecretBasic => ClientAuth::ClientSecretPost,
        ClientAuth::ClientSecretPost | ClientAuth::PrivateKeyJwt => ClientAuth::ClientSecretBasic,
        without_secret => without_secret,
    }
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
