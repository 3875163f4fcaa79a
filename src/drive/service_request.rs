//! The request that shows a credential to a service: the one way in which it is made, whatever is shown and wherever.

use std::collections::BTreeMap;

use serde_json::Value;

use super::http::Chunks;
use super::possession::Towards;
use super::{Answer, Body, Fault, HttpClient, Live, Request, Run, Values};
use crate::plan::Service;

/// Why a token that was forgotten can't be shown.
pub(super) const GONE: &str = "the token is not there any more";

/// What is asked for, and where.
pub(super) struct Place<'a> {
    /// Template of the base URL.
    pub base: &'a str,
    /// `METHOD /path`, a template.
    pub route: &'a str,
    /// JSON body, a template.
    pub json: Option<&'a Value>,
    /// Further headers, templates.
    pub headers: Option<&'a BTreeMap<String, String>>,
}

/// A credential, and the header that carries it.
pub(super) struct Shown<'a> {
    /// `name: value`, a template.
    pub header: &'a str,
    /// The name under which the template has the credential.
    pub name: &'a str,
    /// The credential.
    pub secret: &'a str,
}

impl<'a> Shown<'a> {
    /// A token, as this service takes it (RFC 6750 section 2.1, RFC 9449 section 7.1).
    pub fn token(service: &'a Service, live: &'a Live) -> Self {
        let usual = match live.bound().is_some() {
            true => "authorization: DPoP {token}",
            false => "authorization: Bearer {token}",
        };
        let header = service.header.as_deref().unwrap_or(usual);
        Self { header, name: "token", secret: &live.token }
    }
}

impl Run {
    /// Sends a request that shows a token; with a proof where it is bound to a key, which is then in the request.
    pub(super) async fn send_shown(
        &self,
        request: &mut Request,
        live: Option<&Live>,
        service: &str,
    ) -> Result<Answer, Fault> {
        match live.and_then(Live::bound) {
            Some((holder, token)) => {
                let (prover, towards) = (self.issuers.prover(), towards(service, token));
                prover.send(self.sender(live), request, &holder.key, &towards, None).await
            }
            None => self.sender(live).send(request).await,
        }
    }

    /// What sends requests with a token: with the certificate that it came with.
    fn sender(&self, live: Option<&Live>) -> &HttpClient {
        let client = live.and_then(|live| live.certificate.as_ref());
        client.and_then(|name| self.issuers.certificates().of(name)).unwrap_or(&self.http)
    }

    /// The same for an answer that goes on.
    pub(super) async fn open_shown(
        &self,
        request: &mut Request,
        live: Option<&Live>,
        service: &str,
    ) -> Result<(Answer, Chunks), Fault> {
        match live.and_then(Live::bound) {
            Some((holder, token)) => {
                let (prover, towards) = (self.issuers.prover(), towards(service, token));
                prover.open(self.sender(live), request, &holder.key, &towards).await
            }
            None => self.sender(live).open(request).await,
        }
    }
}

fn towards<'a>(server: &'a str, token: &'a str) -> Towards<'a> {
    Towards { server, token: Some(token) }
}

/// Makes the request. The credential is known to its own header and to the body only: never to a URL.
///
/// # Errors
/// What is wrong with a template, as a sentence.
pub(super) fn request(
    mut values: Values,
    subject: &str,
    place: &Place<'_>,
    shown: Option<&Shown<'_>>,
) -> Result<Request, String> {
    values.set("subject", subject);
    let route = place.route.trim().split_once(char::is_whitespace);
    let (method, path) = route.ok_or("a request is `METHOD /path`")?;
    let (base, path) = (values.url(place.base)?, values.url(path.trim())?);
    let mut headers = BTreeMap::new();
    for (name, value) in place.headers.into_iter().flatten() {
        headers.insert(name.to_ascii_lowercase(), values.text(value)?);
    }
    match shown {
        // no credential: no header
        Some(Shown { name, secret: "", .. }) => values.set(name, ""),
        Some(Shown { header, name, secret }) => {
            values.set_secret(name, *secret);
            let (header, value) = header.split_once(':').ok_or("a header is `name: value`")?;
            headers.insert(header.trim().to_ascii_lowercase(), values.text(value.trim())?);
        }
        None => {}
    }
    let body = match place.json {
        Some(json) => Body::Json(values.json(json)?),
        None => Body::Empty,
    };
    Ok(Request {
        method: method.to_ascii_uppercase(),
        url: format!("{}{path}", base.trim_end_matches('/')),
        headers,
        body,
        ..Request::default()
    })
}
