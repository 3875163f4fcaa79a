//! Keys: retire and reinstate.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Trouble, found};
use crate::reference::faults::Fault;
use crate::reference::world::World;

/// `GET /admin/keys`.
pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    world.with(|store| {
        let published: Vec<_> = store.keys.published().into_keys().collect();
        let signing = store.keys.signing().map(|key| key.kid.as_str());
        Json(json!({ "signing": signing, "published": published }))
    })
}

/// `POST /admin/keys/KID/retire`: gone from the key set at once; a new key signs.
pub async fn retire(
    State(world): State<Arc<World>>,
    Path(kid): Path<String>,
) -> Result<StatusCode, Trouble> {
    found(world.with(|store| store.keys.retire(&kid)).map_err(Trouble::Impossible)?, "key")
}

/// `POST /admin/keys/KID/reinstate`: published again, and it signs again.
pub async fn reinstate(
    State(world): State<Arc<World>>,
    Path(kid): Path<String>,
) -> Result<StatusCode, Trouble> {
    // the fault: one key at a time
    let alone = world.faults.has(Fault::ReinstatingRetiresOthers);
    found(world.with(|store| store.keys.reinstate(&kid, alone)), "key")
}
