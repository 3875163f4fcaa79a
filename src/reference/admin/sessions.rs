//! What ends the sessions of a subject: a logout everywhere, and a new password. Who has to hear of it has heard of it when the answer is given.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::answer::{Trouble, found};
use super::subjects::changed;
use crate::reference::issuer;
use crate::reference::store::{Store, digest_of};
use crate::reference::world::World;

/// A password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    password: String,
}

/// `POST /admin/subjects/NAME/logout`: everywhere.
pub async fn logout(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Trouble> {
    ended(&world, &name, "sessions.ended", |store| store.end_sessions(&name)).await
}

/// `PUT /admin/subjects/NAME/password`.
pub async fn reset_password(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode, Trouble> {
    let password = digest_of(&new.password);
    ended(&world, &name, "password.reset", |store| store.reset_password(&name, password)).await
}

async fn ended(
    world: &World,
    name: &str,
    what: &'static str,
    change: impl FnOnce(&mut Store) -> bool,
) -> Result<StatusCode, Trouble> {
    // taken with the change, so that nobody else tells of it later than this answers
    let mut ended = Vec::new();
    let made = changed(world, name, what, |store| {
        let made = change(store);
        ended = std::mem::take(&mut store.logouts);
        made
    });
    issuer::tell(world, &ended).await;
    found(made, "subject")
}
