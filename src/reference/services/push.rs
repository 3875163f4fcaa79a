//! The address that security event tokens are pushed to (RFC 8935).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::receiver::Rejected;
use crate::reference::store::digest_of;
use crate::reference::world::World;

/// What transmitters show: a well-known laboratory value.
pub const PUSH_SECRET: &str = "lab-secret-of-push";

/// `POST /services/messages/events`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    token: String,
) -> Response {
    let text = |name: axum::http::HeaderName| {
        headers.get(name).and_then(|h| h.to_str().ok()).unwrap_or_default()
    };
    let shown = text(AUTHORIZATION).strip_prefix("Bearer ").unwrap_or_default();
    let (shown, wanted) = (digest_of(shown), digest_of(PUSH_SECRET));
    if aws_lc_rs::constant_time::verify_slices_are_equal(&shown, &wanted).is_err() {
        let body =
            Json(json!({ "err": "authentication_failed", "description": "who sends this?" }));
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], body).into_response();
    }
    let taken = if text(CONTENT_TYPE).starts_with("application/secevent+jwt") {
        world.receiver.take(token.trim(), &world.base, world.clock.now_s())
    } else {
        Err(Rejected("invalid_request", "application/secevent+jwt is wanted"))
    };
    match taken {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(Rejected(err, description)) => {
            let body = Json(json!({ "err": err, "description": description }));
            (StatusCode::BAD_REQUEST, body).into_response()
        }
    }
}
