//! The token endpoint (RFC 6749 section 3.2): who asks, by which grant, and the record of what came of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::attempt::Attempt;
use super::form::{Form, authenticate, by_certificate, claimed, named, public};
use super::refusal::Refusal;
use super::{ciba, client_credentials, exchange, jwt_bearer, password, possession, refresh};
use crate::reference::faults::Fault;
use crate::reference::policy::{CLIENT, RESOURCE};
use crate::reference::scopes::{self, Scopes};
use crate::reference::services::AUDIENCES;
use crate::reference::store::{Bound, Source, Store};
use crate::reference::world::World;

/// RFC 8693.
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// OpenID CIBA.
const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// The issuer waits this long for a decision.
const PATIENCE: Duration = Duration::from_millis(100);

/// What the endpoint answers with.
pub struct Issued {
    pub access_token: String,
    pub jti: String,
    pub expires_in: i64,
    pub scopes: Scopes,
    pub refresh_token: Option<String>,
    /// Where a subject signed in.
    pub id_token: Option<String>,
    /// Only for exchange.
    pub issued_token_type: Option<&'static str>,
}

/// `POST /token`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::parse(&body)?;
    if world.with(|store| store.source) == Source::Slow {
        tokio::time::sleep(PATIENCE).await;
    }
    let holder = possession::holder(&world, &headers, &extensions)?;
    let by_key = matches!(holder, Some(Bound::Key(_)));
    let token_type = if by_key { "DPoP" } else { "Bearer" };
    let issued = world.with(|store| {
        store.sweep(world.clock.now_ms());
        // the fault: where nobody answers, what policy said last is as good
        if !store.source.is_up() && !store.faults.has(Fault::IssuanceFailsOpen) {
            return Err(Refusal::unavailable(
                "the source of decisions does not answer as it should",
            ));
        }
        let mut attempt = Attempt { kind: kind(&form), holder, ..Attempt::default() };
        let outcome = grant(&world, store, &headers, &form, &mut attempt);
        if !outcome.as_ref().is_err_and(Refusal::is_unavailable) {
            attempt.record(&world, store, &outcome);
        }
        outcome
    })?;
    let mut answer = json!({
        "access_token": issued.access_token,
        "token_type": token_type,
        "expires_in": issued.expires_in,
        "scope": scopes::join(&issued.scopes),
    });
    if let Some(token) = issued.refresh_token {
        answer["refresh_token"] = json!(token);
    }
    if let Some(token) = issued.id_token {
        answer["id_token"] = json!(token);
    }
    if let Some(kind) = issued.issued_token_type {
        answer["issued_token_type"] = json!(kind);
    }
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

fn kind(form: &Form) -> &'static str {
    match form.optional("grant_type") {
        Some("refresh_token") => "refresh",
        Some(EXCHANGE) => "exchange",
        _ => "issue",
    }
}

fn grant(
    world: &World,
    store: &mut Store,
    headers: &HeaderMap,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    attempt.client = claimed(headers, form).map(|(id, _)| id).unwrap_or_default();
    attempt.ask_for(form.optional("scope"));
    let known = by_certificate(store, form, attempt.holder.as_ref());
    attempt.client = match known.or_else(|| public(store, headers, form)) {
        Some(client) => client,
        None if unasked(store, headers, form) => named(headers, form)?,
        None => authenticate(store, headers, form)?,
    };
    let grant_type = form.required("grant_type")?;
    let allowed = store.clients.get(&attempt.client).map_or(&[][..], |c| c.grant_types);
    match grant_type {
        "password" | "client_credentials" | "refresh_token" | EXCHANGE | JWT_BEARER | CIBA => {}
        _ => return Err(Refusal::by(CLIENT, "unsupported_grant_type", "no such grant here")),
    }
    if !allowed.contains(&grant_type) {
        return Err(Refusal::by(CLIENT, "unauthorized_client", "the grant is not for this client"));
    }
    match grant_type {
        "password" => password::grant(world, store, form, attempt),
        "client_credentials" => client_credentials::grant(world, store, form, attempt),
        "refresh_token" => refresh::grant(world, store, form, attempt),
        EXCHANGE => exchange::grant(world, store, form, attempt),
        JWT_BEARER => jwt_bearer::grant(world, store, form, attempt),
        _ => ciba::grant(world, store, form, attempt),
    }
}

/// The faults: a refresh token is taken for proof of who its client is; so it is where the secret comes in the form.
fn unasked(store: &Store, headers: &HeaderMap, form: &Form) -> bool {
    let posted = !headers.contains_key(AUTHORIZATION) && form.optional("client_secret").is_some();
    let unchecked = store.faults.has(Fault::ImpostorRefreshes)
        || posted && store.faults.has(Fault::PostedSecretUnchecked);
    unchecked && kind(form) == "refresh"
}

/// Refuses where the client is disabled. Asked by each grant once it knows whom the request is about, so that the record
/// of the refusal says so too.
pub fn enabled_client(store: &Store, attempt: &Attempt) -> Result<(), Refusal> {
    if store.client_enabled(&attempt.client) {
        Ok(())
    } else {
        Err(Refusal::by(CLIENT, "invalid_client", "the client is disabled"))
    }
}

/// The service that a request names (RFC 8707), which must exist.
pub fn audience(resource: Option<&str>, attempt: &mut Attempt) -> Result<&'static str, Refusal> {
    let found = resource.and_then(|named| AUDIENCES.into_iter().find(|known| *known == named));
    let found = found.ok_or_else(|| {
        Refusal::by(RESOURCE, "invalid_target", "the request names no service that exists")
    })?;
    attempt.audience = Some(found.to_owned());
    Ok(found)
}
