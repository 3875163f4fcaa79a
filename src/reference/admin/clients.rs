//! Clients: disable and enable, and where they are told of logouts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{DONE, Trouble, found};
use crate::reference::delivery::Endpoint;
use crate::reference::world::World;

/// Where logout tokens are posted to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogoutAddress {
    uri: String,
}

/// `GET /admin/clients/CLIENT`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
) -> Result<Json<Value>, Trouble> {
    world.with(|store| {
        let client = store.clients.get(&client).ok_or(Trouble::Unknown("client"))?;
        let status = if client.enabled { "enabled" } else { "disabled" };
        let grant_types = client.grant_types;
        let logout = client.logout.as_ref().map(Endpoint::url);
        let told = json!({
            "id": client.id, "status": status, "grant_types": grant_types,
            "backchannel_logout_uri": logout,
        });
        Ok(Json(told))
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

/// `PUT /admin/clients/CLIENT/logout-address`: `backchannel_logout_uri` of its registration.
pub async fn tell_logouts(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
    Json(address): Json<LogoutAddress>,
) -> Result<StatusCode, Trouble> {
    let on_loopback = || Trouble::Unreadable("an address is http and on loopback".to_owned());
    let endpoint = Endpoint::parse(&address.uri, None).ok_or_else(on_loopback)?;
    register(&world, &client, Some(endpoint))
}

/// `DELETE /admin/clients/CLIENT/logout-address`.
pub async fn tell_no_logouts(
    State(world): State<Arc<World>>,
    Path(client): Path<String>,
) -> Result<StatusCode, Trouble> {
    register(&world, &client, None)
}

fn register(world: &World, client: &str, to: Option<Endpoint>) -> Result<StatusCode, Trouble> {
    world.with(|store| {
        let client = store.clients.get_mut(client).ok_or(Trouble::Unknown("client"))?;
        client.logout = to;
        Ok(DONE)
    })
}
