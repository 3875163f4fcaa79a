//! The transmitter's addresses.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{manage, poll};
use crate::reference::services::PUSH_SECRET;
use crate::reference::store::digest_of;
use crate::reference::world::World;

/// Metadata for everybody, the rest for receivers.
pub fn routes() -> Router<Arc<World>> {
    let receivers = Router::new()
        .route("/ssf/streams", get(manage::read).post(manage::create).delete(manage::delete))
        .route("/ssf/status", get(manage::status).post(manage::set_status))
        .route("/ssf/verify", post(manage::verify))
        .route("/ssf/poll/{id}", post(poll::endpoint))
        .layer(middleware::from_fn(known));
    Router::new().route("/.well-known/ssf-configuration", get(manage::metadata)).merge(receivers)
}

async fn known(request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok());
    let secret = shown.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let (shown, wanted) = (digest_of(secret), digest_of(PUSH_SECRET));
    if aws_lc_rs::constant_time::verify_slices_are_equal(&shown, &wanted).is_ok() {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer realm=\"streams\"")]).into_response()
    }
}
