//! Reading the logs. There is no way to change them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reference::world::World;

/// No answer has more records than this: the latest ones.
const MOST: usize = 10_000;

/// Which records.
#[derive(Deserialize)]
pub struct Which {
    subject: Option<String>,
}

/// `GET /admin/decisions?subject=NAME`: oldest first.
pub async fn read(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Json<Value> {
    Json(world.with(|store| store.log.read(which.subject.as_deref(), MOST)))
}

/// `GET /admin/accesses?subject=NAME`: what services logged of a subject's tokens, oldest first.
pub async fn accesses(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Json<Value> {
    let records = world.with(|store| store.accesses.read(which.subject.as_deref().unwrap_or("")));
    Json(if records.is_null() { json!([]) } else { records })
}

/// `GET /admin/changes?subject=NAME`: changes of a subject's entitlements, oldest first.
pub async fn changes(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Json<Value> {
    Json(world.with(|store| store.changes.read(which.subject.as_deref().unwrap_or(""))))
}
