//! Form bodies, and who sends them: client authentication by HTTP Basic or in the form (RFC 6749 section 2.3.1).

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::refusal::Refusal;
use crate::reference::policy::CLIENT;
use crate::reference::store::{Bound, Store};

/// No more parameters than this.
const MOST_PARAMETERS: usize = 50;

/// The parameters of a request.
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a body. A parameter that comes twice is an error (RFC 6749 section 3.2).
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut all = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            let twice = all.insert(name.into_owned(), value.into_owned()).is_some();
            if twice || all.len() > MOST_PARAMETERS {
                return Err(malformed("a parameter comes twice, or there are too many"));
            }
        }
        Ok(Self(all))
    }

    /// A parameter that is there and not empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same, which must be there.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| malformed(&format!("{name} is missing")))
    }
}

/// A request that cannot be understood.
pub fn malformed(why: &str) -> Refusal {
    Refusal::by(CLIENT, "invalid_request", why)
}

/// The client that a request says it comes from, with the secret it shows.
pub fn claimed(headers: &HeaderMap, form: &Form) -> Option<(String, String)> {
    match headers.get(AUTHORIZATION) {
        Some(header) => {
            let (scheme, credentials) = header.to_str().ok()?.split_once(' ')?;
            if !scheme.eq_ignore_ascii_case("basic") {
                return None;
            }
            let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
            let (id, secret) = credentials.split_once(':')?;
            Some((form_decoded(id)?, form_decoded(secret)?))
        }
        None => Some((
            form.optional("client_id")?.to_owned(),
            form.optional("client_secret")?.to_owned(),
        )),
    }
}

/// The client whose own certificate a request was sent with (RFC 8705 section 2.2).
pub fn by_certificate(store: &Store, form: &Form, shown: Option<&Bound>) -> Option<String> {
    let Some(Bound::Certificate(hash)) = shown else { return None };
    let client = store.clients.get(form.optional("client_id")?)?;
    (client.certificate.as_ref() == Some(hash)).then(|| client.id.clone())
}

/// The public client that a request says it comes from, with no secret.
pub fn public(store: &Store, headers: &HeaderMap, form: &Form) -> Option<String> {
    let alone = !headers.contains_key(AUTHORIZATION) && form.optional("client_secret").is_none();
    let client = store.clients.get(form.optional("client_id")?).filter(|client| client.public)?;
    alone.then(|| client.id.clone())
}

/// Id and secret are form-encoded before they go into the header.
fn form_decoded(part: &str) -> Option<String> {
    form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned())
}

/// The client that a request says it comes from, whether it proves that or not.
pub fn named(headers: &HeaderMap, form: &Form) -> Result<String, Refusal> {
    match claimed(headers, form) {
        Some((id, _)) => Ok(id),
        None => form.required("client_id").map(str::to_owned),
    }
}

/// The client that a request comes from. A disabled client is known here too: who asks for it says whether that matters.
pub fn authenticate(store: &Store, headers: &HeaderMap, form: &Form) -> Result<String, Refusal> {
    claimed(headers, form)
        .filter(|(id, secret)| store.clients.get(id).is_some_and(|c| c.has_secret(secret)))
        .map(|(id, _)| id)
        .ok_or_else(|| Refusal::by(CLIENT, "invalid_client", "the client did not prove who it is"))
}
