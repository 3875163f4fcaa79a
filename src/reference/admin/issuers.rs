//! Which issuers the self-contained service takes tokens of, beside the system's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::answer::{DONE, Trouble, found};
use super::transmitters::Jwks;
use crate::reference::world::World;

/// An issuer's keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    jwks: Jwks,
}

/// `PUT /admin/issuers/ISSUER`.
pub async fn trust(
    State(world): State<Arc<World>>,
    Path(issuer): Path<String>,
    Json(about): Json<About>,
) -> Result<StatusCode, Trouble> {
    if world.further.trust(issuer, about.jwks.read()?) {
        Ok(DONE)
    } else {
        Err(Trouble::Impossible("there are too many issuers".to_owned()))
    }
}

/// `DELETE /admin/issuers/ISSUER`.
pub async fn distrust(
    State(world): State<Arc<World>>,
    Path(issuer): Path<String>,
) -> Result<StatusCode, Trouble> {
    found(world.further.distrust(&issuer), "issuer")
}
