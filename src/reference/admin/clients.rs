//! Clients: disable and enable.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Trouble, found};
use crate::reference::world::World;

/// `GET /admin/clients/CLIENT`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
) -> Result<Json<Value>, Trouble> {
    world.with(|store| {
        let client = store.clients.get(&client).ok_or(Trouble::Unknown("client"))?;
        let status = if client.enabled { "enabled" } else { "disabled" };
        let grant_types = client.grant_types;
        Ok(Json(json!({ "id": client.id, "status": status, "grant_types": grant_types })))
    })
}

/// `POST /admin/clients/CLIENT/disable`.
pub async fn disable(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
) -> Result<StatusCode, Trouble> {
    found(world.with(|store| store.set_client_enabled(&client, false)), "client")
}

/// `POST /admin/clients/CLIENT/enable`.
pub async fn enable(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
) -> Result<StatusCode, Trouble> {
    found(world.with(|store| store.set_client_enabled(&client, true)), "client")
}
