//! Delivery by poll (RFC 8936).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::reference::world::World;

/// No answer has more tokens.
const MOST: usize = 100;

/// What is asked for and acknowledged. There is no long poll: every answer comes at once.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    max_events: Option<usize>,
    #[serde(default)]
    ack: Vec<String>,
    #[serde(default)]
    set_errs: Map<String, Value>,
}

/// `POST /ssf/poll/ID`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    Json(poll): Json<Poll>,
) -> Response {
    // what was rejected is not sent again either
    let done: Vec<String> =
        poll.ack.into_iter().chain(poll.set_errs.into_iter().map(|(jti, _)| jti)).collect();
    let most = poll.max_events.unwrap_or(MOST).min(MOST);
    match world.streams.poll(&id, &done, most) {
        Some((sets, true)) => Json(json!({ "sets": sets, "moreAvailable": true })).into_response(),
        Some((sets, false)) => Json(json!({ "sets": sets })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
