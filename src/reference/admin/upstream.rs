//! The upstream issuer's own administration: who is in which group there.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Trouble, found};
use super::names::plain;
use crate::reference::world::World;

/// `GET /admin/upstream/NAME`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Trouble> {
    let groups = world.upstream.groups(&name).ok_or(Trouble::Unknown("member"))?;
    Ok(Json(json!({ "name": name, "groups": groups })))
}

/// `PUT /admin/upstream/NAME/groups/GROUP`.
pub async fn give_group(
    State(world): State<Arc<World>>,
    Path((name, group)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    plain(&group)?;
    found(world.upstream.give_group(&name, &group), "member")
}

/// `DELETE /admin/upstream/NAME/groups/GROUP`.
pub async fn remove_group(
    State(world): State<Arc<World>>,
    Path((name, group)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    found(world.upstream.remove_group(&name, &group), "member")
}
