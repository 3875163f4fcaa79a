//! The system as a whole: restart, the source of decisions, the clock, a new start.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{DONE, Trouble};
use crate::reference::store::Source;
use crate::reference::store::Spoilt;
use crate::reference::world::World;

/// How far the clock goes: a number, or a number as text.
#[derive(Deserialize)]
pub struct Advance {
    ms: Value,
}

/// `POST /admin/restart`.
pub async fn restart(State(world): State<Arc<World>>) -> StatusCode {
    world.with(|store| store.restart());
    DONE
}

/// `POST /admin/reset`: as at the start, but for the clock.
pub async fn reset(State(world): State<Arc<World>>) -> Result<StatusCode, Trouble> {
    world.reset().map_err(Trouble::Impossible)?;
    Ok(DONE)
}

/// `GET /admin/decision-source`.
pub async fn source(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "status": world.with(|store| store.source.word()) }))
}

/// `POST /admin/decision-source/stop`.
pub async fn stop_source(State(world): State<Arc<World>>) -> StatusCode {
    now(&world, Source::Stopped)
}

/// `POST /admin/decision-source/slow`: it answers long after everybody has given up.
pub async fn slow_source(State(world): State<Arc<World>>) -> StatusCode {
    now(&world, Source::Slow)
}

/// `POST /admin/decision-source/garble`: nobody can read what it answers.
pub async fn garble_source(State(world): State<Arc<World>>) -> StatusCode {
    now(&world, Source::Garbled)
}

/// `POST /admin/decision-source/start`.
pub async fn start_source(State(world): State<Arc<World>>) -> StatusCode {
    now(&world, Source::Running)
}

fn now(world: &World, source: Source) -> StatusCode {
    world.with(|store| store.source = source);
    DONE
}

/// What is wrong with the status list that is served.
#[derive(Deserialize)]
pub struct Spoiling {
    how: String,
}

/// `GET /admin/status-list`.
pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    let spoilt = world.with(|store| store.statuses.spoilt);
    let word = Spoilt::WORDS.into_iter().find(|(_, how)| Some(*how) == spoilt);
    Json(json!({ "served": word.map_or("good", |(word, _)| word) }))
}

/// `PUT /admin/status-list`: from now on a list is served that nobody may rely on.
pub async fn spoil_list(
    State(world): State<Arc<World>>,
    Json(spoiling): Json<Spoiling>,
) -> Result<StatusCode, Trouble> {
    let known = Spoilt::WORDS.into_iter().find(|(word, _)| *word == spoiling.how);
    let (_, how) = known
        .ok_or_else(|| Trouble::Unreadable("nobody knows how to spoil a list so".to_owned()))?;
    world.with(|store| store.statuses.spoilt = Some(how));
    Ok(DONE)
}

/// `DELETE /admin/status-list`: the true list is served again.
pub async fn mend_list(State(world): State<Arc<World>>) -> StatusCode {
    world.with(|store| store.statuses.spoilt = None);
    DONE
}

/// `GET /admin/clock`.
pub async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "now": world.clock.rfc3339(), "ms": world.clock.now_ms() }))
}

/// `POST /admin/clock/advance`.
pub async fn advance_clock(
    State(world): State<Arc<World>>,
    Json(by): Json<Advance>,
) -> Result<Json<Value>, Trouble> {
    let ms = by.ms.as_u64().or_else(|| by.ms.as_str()?.parse().ok());
    if ms.is_some_and(|ms| world.clock.advance(ms)) {
        Ok(clock(State(world)).await)
    } else {
        Err(Trouble::Unreadable("ms is a whole number of milliseconds within reason".to_owned()))
    }
}
