//! The address that the issuer posts logout tokens to (OpenID Connect Back-Channel Logout 1.0 sections 2.5 to 2.8): the service with sessions of
//! its own ends those of the subject.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::EVENT_AUDIENCE;
use crate::reference::faults::Fault;
use crate::reference::issuer::LOGOUT;
use crate::reference::jose;
use crate::reference::world::World;

/// `POST /services/messages/backchannel-logout`.
pub async fn endpoint(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let mut form = form_urlencoded::parse(&body);
    let token = form.find(|(name, _)| name == "logout_token").map(|(_, token)| token);
    let claims = token.and_then(|token| validated(&world, &token));
    let answer = match claims.as_ref().and_then(ended) {
        Some((sub, at)) => {
            // the fault: what is left of a session once its cookie is gone is nobody's concern
            if !world.faults.has(Fault::LogoutTokenIgnored) {
                world.receiver.ended(sub, at);
            }
            StatusCode::OK.into_response()
        }
        None => {
            (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request" }))).into_response()
        }
    };
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

/// The claims of a logout token that the issuer made for this service, and that has not expired (section 2.6).
fn validated(world: &World, token: &str) -> Option<Map<String, Value>> {
    let claims = jose::verify(token, "logout+jwt", &world.published_keys())?;
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    let lives = claims.get("exp")?.as_i64()? > world.clock.now_s();
    let tells = claims.get("events")?.get(LOGOUT)?.is_object();
    let right = is("iss", &world.base) && is("aud", EVENT_AUDIENCE) && lives && tells;
    (right && !claims.contains_key("nonce")).then_some(claims)
}

/// Whose sessions ended, and when.
fn ended(claims: &Map<String, Value>) -> Option<(&str, i64)> {
    Some((claims.get("sub")?.as_str()?, claims.get("iat")?.as_i64()?))
}
