//! Reading the decision log. There is no way to change it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::Value;

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
