//! Metadata and the management of streams (SSF 1.0 sections 7 and 8).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::streams::{Signer, Status};
use crate::reference::delivery::Endpoint;
use crate::reference::world::World;

/// No stream asks for more kinds of events.
const MOST_EVENTS: usize = 100;

/// Which stream is meant.
#[derive(Deserialize)]
pub struct Which {
    stream_id: Option<String>,
}

/// What a new stream is asked for. Members that are not known are ignored.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    events_requested: Vec<String>,
    #[serde(default)]
    delivery: Option<Value>,
}

/// A status to be set.
#[derive(Deserialize)]
pub struct NewStatus {
    stream_id: String,
    status: String,
}

/// A verification to be sent.
#[derive(Deserialize)]
pub struct Verify {
    stream_id: String,
    state: Option<String>,
}

/// `GET /.well-known/ssf-configuration`.
pub async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let base = &world.base;
    Json(json!({
        "spec_version": "1_0",
        "issuer": base,
        "jwks_uri": format!("{base}/jwks"),
        "delivery_methods_supported": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
        "configuration_endpoint": format!("{base}/ssf/streams"),
        "status_endpoint": format!("{base}/ssf/status"),
        "verification_endpoint": format!("{base}/ssf/verify"),
        "default_subjects": "ALL",
    }))
}

/// `POST /ssf/streams`.
pub async fn create(State(world): State<Arc<World>>, Json(wanted): Json<Wanted>) -> Response {
    let told = |name: &str| wanted.delivery.as_ref()?.get(name)?.as_str();
    let pushes = match told("method") {
        None | Some("urn:ietf:rfc:8936") => None,
        Some("urn:ietf:rfc:8935") => {
            let url = told("endpoint_url").unwrap_or_default();
            let Some(endpoint) = Endpoint::parse(url, told("authorization_header")) else {
                return StatusCode::BAD_REQUEST.into_response();
            };
            Some(endpoint)
        }
        Some(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let requested = wanted.events_requested.into_iter().take(MOST_EVENTS).collect();
    let made = world.streams.create(requested, pushes);
    match made.and_then(|id| world.streams.shown(&id, &world.base)) {
        Some(shown) => (StatusCode::CREATED, Json(shown)).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// `GET /ssf/streams?stream_id=ID`; a list where none is named.
pub async fn read(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Response {
    let shown = |id: &str| world.streams.shown(id, &world.base);
    match which.stream_id {
        Some(id) => match shown(&id) {
            Some(stream) => Json(stream).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        None => {
            let all: Vec<Value> = world.streams.ids().iter().filter_map(|id| shown(id)).collect();
            Json(all).into_response()
        }
    }
}

/// `DELETE /ssf/streams?stream_id=ID`.
pub async fn delete(State(world): State<Arc<World>>, Query(which): Query<Which>) -> StatusCode {
    let deleted = which.stream_id.is_some_and(|id| world.streams.delete(&id));
    if deleted { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// `GET /ssf/status?stream_id=ID`.
pub async fn status(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Response {
    let id = which.stream_id.unwrap_or_default();
    match world.streams.status(&id) {
        Some(status) => told(&id, status),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `POST /ssf/status`.
pub async fn set_status(State(world): State<Arc<World>>, Json(new): Json<NewStatus>) -> Response {
    let Some(status) = Status::parse(&new.status) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if world.streams.set_status(&new.stream_id, status) {
        told(&new.stream_id, status)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn told(id: &str, status: Status) -> Response {
    Json(json!({ "stream_id": id, "status": status.word() })).into_response()
}

/// `POST /ssf/verify`.
pub async fn verify(State(world): State<Arc<World>>, Json(verify): Json<Verify>) -> StatusCode {
    let now_s = world.clock.now_s();
    let known = world.with(|store| {
        let Some(key) = store.keys.signing() else { return false };
        let by = Signer { key, issuer: &world.base, now_s };
        world.streams.verify(&verify.stream_id, verify.state.as_deref(), &by)
    });
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
