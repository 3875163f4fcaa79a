//! OpenID CIBA in poll mode. Every request is approved as soon as it is made: there is nobody here to ask.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::attempt::Attempt;
use super::form::{Form, authenticate, malformed};
use super::refusal::Refusal;
use super::sign_in;
use super::token::{Issued, audience, enabled_client};
use crate::reference::policy::SIGN_IN;
use crate::reference::scopes;
use crate::reference::store::{Backchannel, Store, digest_of};
use crate::reference::world::{World, random_name};

/// A request is good for this long, seconds.
const EXPIRES_S: i64 = 120;
/// No more requests than this at once.
const MOST: usize = 50_000;

/// `POST /bc-authorize`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body)?;
    world.with(|store| {
        store.sweep(world.clock.now_ms());
        let client = authenticate(store, &headers, &form)?;
        let subject = form.required("login_hint")?;
        if !store.subjects.contains_key(subject) {
            let why = "there is no such subject";
            return Err(Refusal::by(SIGN_IN, "unknown_user_id", why));
        }
        if store.backchannel.len() >= MOST {
            return Err(Refusal::unavailable("there are too many requests"));
        }
        let id = random_name("cr-");
        let request = Backchannel {
            subject: subject.to_owned(),
            client,
            resource: form.optional("resource").unwrap_or_default().to_owned(),
            scope: form.optional("scope").map(scopes::parse),
            exp: world.clock.now_s() + EXPIRES_S,
        };
        store.backchannel.insert(digest_of(&id), request);
        Ok(Json(json!({ "auth_req_id": id, "expires_in": EXPIRES_S, "interval": 1 })))
    })
}

/// Issues tokens for an approved request, once.
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let id = digest_of(form.required("auth_req_id")?);
    let ours = |request: &Backchannel| request.client == attempt.client;
    if !store.backchannel.get(&id).is_some_and(ours) {
        return Err(Refusal::by(SIGN_IN, "invalid_grant", "there is no such request"));
    }
    let request = store.backchannel.remove(&id).ok_or_else(|| malformed("no such request"))?;
    attempt.requested = request.scope;
    let found = sign_in::known(store, attempt, &request.subject).map(|_| ());
    let audience = audience(Some(&request.resource), attempt);
    enabled_client(store, attempt)?;
    if world.clock.now_s() >= request.exp {
        return Err(Refusal::by(SIGN_IN, "expired_token", "the request has expired"));
    }
    // CIBA section 11: at the token endpoint a denial is access_denied
    found.map_err(|refusal| Refusal { error: "access_denied", ..refusal })?;
    sign_in::issue(world, store, attempt, &request.subject, audience?, "user", true)
}
