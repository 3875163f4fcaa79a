//! The issuer's addresses.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{ciba, introspect, metadata, partners, revoke, status, token};
use crate::reference::world::World;

/// All endpoints of the issuer.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata::openid))
        .route("/.well-known/oauth-authorization-server", get(metadata::oauth))
        .route("/jwks", get(metadata::jwks))
        .route("/token", post(token::endpoint))
        .route("/bc-authorize", post(ciba::endpoint))
        .route("/introspect", post(introspect::endpoint))
        .route("/revoke", post(revoke::endpoint))
        .route("/status-lists/1", get(status::endpoint))
        .merge(partners::routes())
}
