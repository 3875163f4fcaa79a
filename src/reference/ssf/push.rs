//! Delivery by push (RFC 8935): what is due is pushed before the answer to the request that made it is given, so that who has an answer
//! has the events too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::streams::Due;
use crate::reference::delivery::TRIES;
use crate::reference::faults::Fault;
use crate::reference::world::World;

/// Pushes what a request made due before its answer goes out.
pub async fn deliver(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let mut held = Vec::new();
    for due in world.streams.due() {
        // It may have been paused since.
        match world.streams.delivers(&due) {
            true => push(&world, due).await,
            false => held.push(due),
        }
    }
    held.into_iter().rev().for_each(|due| world.streams.not_delivered(due));
    response
}

/// What is left over is tried again with the next request.
async fn push(world: &World, due: Due) {
    // the fault: a delivery that fails is the last one
    let tries = if world.faults.has(Fault::PushGivesUp) { 1 } else { TRIES };
    // the fault: what was agreed is forgotten
    let shows = !world.faults.has(Fault::PushWithoutAuthorization);
    let kind = "application/secevent+jwt";
    let done = due.endpoint.attempt(kind, &due.token, tries, shows).await;
    if !done && !world.faults.has(Fault::PushGivesUp) {
        world.streams.not_delivered(due);
    }
}
