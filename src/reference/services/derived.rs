//! What is made of a token and goes on without it: a stream of events, and keys. Both are looked at again for as long as they
//! go on.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use futures::stream;
use serde_json::{Value, json};

use super::denial::Denial;
use super::guard::{Ask, Service};
use super::presented::Shown;
use crate::reference::faults::Fault;
use crate::reference::scopes;
use crate::reference::store::{Digest, digest_of};
use crate::reference::world::random_name;
use crate::reference::{issuer, jose};

/// Between two events, in real time.
const EVERY: Duration = Duration::from_millis(40);
/// No more keys than this are kept.
const MOST_KEYS: usize = 10_000;

/// `GET /follow`.
pub fn stream(at: &str, service: &Arc<Service>) -> Router {
    Router::new().route(&format!("{at}/follow"), get(follow)).with_state(Arc::clone(service))
}

/// `POST /keys`, and what a key opens.
pub fn keys(at: &str, service: &Arc<Service>) -> Router {
    let made = Arc::new(Made { service: Arc::clone(service), keys: Mutex::default() });
    Router::new()
        .route(&format!("{at}/keys"), post(make))
        .route(&format!("{at}/by-key/items/{{id}}"), put(by_key))
        .with_state(made)
}

async fn follow(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Denial> {
    let shown = Shown::by(&request)?;
    admit(&service, &shown.token, Some(&shown))?;
    let token = shown.token;
    let events = stream::unfold((service, token), |(service, token)| async move {
        tokio::time::sleep(EVERY).await;
        if admit(&service, &token, None).is_err() && !goes_on(&service, &token) {
            return None;
        }
        Some((Ok::<_, Infallible>("data: {\"message\":\"hello\"}\n\n"), (service, token)))
    });
    Ok(([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response())
}

/// The faults: nobody looks at an open stream again, or only at its subject and not at the token.
fn goes_on(service: &Service, token: &str) -> bool {
    let world = &service.world;
    let permitted = || issuer::still_permits(world, &jti(token), scopes::WRITE).unwrap_or(false);
    world.faults.has(Fault::StreamNotCut)
        || world.faults.has(Fault::StreamOutlivesToken) && permitted()
}

/// The identifier in a token that was verified before.
fn jti(token: &str) -> String {
    let claims = jose::unverified(token).unwrap_or_default();
    claims.get("jti").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn admit(service: &Service, token: &str, shown: Option<&Shown>) -> Result<(), Denial> {
    service.admit(&Ask { token, needs: scopes::WRITE, by_alias: false, shown })
}

/// Keys by their digest, with the `jti` of the token that each was made with.
struct Made {
    service: Arc<Service>,
    keys: Mutex<HashMap<Digest, String>>,
}

async fn make(State(made): State<Arc<Made>>, request: Request) -> Result<Json<Value>, Denial> {
    let shown = Shown::by(&request)?;
    // the fault: whoever may come in may have a key
    let needs = match made.service.world.faults.has(Fault::KeyOfNarrowToken) {
        true => scopes::READ,
        false => scopes::WRITE,
    };
    let (token, by) = (&shown.token, Some(&shown));
    made.service.admit(&Ask { token, needs, by_alias: false, shown: by })?;
    let key = random_name("key-");
    let mut keys = made.keys.lock().unwrap_or_else(PoisonError::into_inner);
    if keys.len() >= MOST_KEYS {
        keys.clear();
    }
    keys.insert(digest_of(&key), jti(&shown.token));
    Ok(Json(json!({ "key": key })))
}

async fn by_key(State(made): State<Arc<Made>>, headers: HeaderMap) -> Result<Json<Value>, Denial> {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok()).ok_or(Denial::NoToken)?;
    let keys = made.keys.lock().unwrap_or_else(PoisonError::into_inner);
    let jti = keys.get(&digest_of(key)).ok_or(Denial::InvalidToken("there is no such key"))?;
    let world = &made.service.world;
    let permitted = match issuer::still_permits(world, jti, scopes::WRITE) {
        // the fault: who can't be asked has no objection
        Err(_) if world.faults.has(Fault::KeyOpensInOutage) => true,
        asked => asked.map_err(|_| Denial::SourceDown)?,
    };
    if !permitted && !world.faults.has(Fault::DerivedKeySurvives) {
        return Err(Denial::InsufficientScope(scopes::WRITE));
    }
    Ok(Json(json!({ "id": 1, "changed": true })))
}
