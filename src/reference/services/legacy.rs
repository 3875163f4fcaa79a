//! What stands behind the service `reports`: a program that understands static roles and nothing else. It is reached through
//! the guard of the service, which checks tokens; its own address lets nobody in but that guard.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, put};

use super::denial::Denial;
use super::routes::{changed, listed};
use crate::reference::faults::Fault;
use crate::reference::scopes;
use crate::reference::world::{World, random_name};

/// What its guard shows: nobody else knows it.
struct Door {
    world: Arc<World>,
    seal: String,
}

/// Its own address.
pub fn routes(world: &Arc<World>) -> Router {
    let door = Arc::new(Door { world: Arc::clone(world), seal: random_name("seal-") });
    Router::new()
        .route("/items", get(listed))
        .route("/items/{id}", put(changed))
        .route("/audit", get(listed))
        .layer(middleware::from_fn_with_state(door, admit))
}

async fn admit(
    State(door): State<Arc<Door>>,
    request: Request,
    next: Next,
) -> Result<Response, Denial> {
    door.lets_in(&request)?;
    Ok(next.run(request).await)
}

impl Door {
    fn lets_in(&self, request: &Request) -> Result<(), Denial> {
        let header = |name: &str| request.headers().get(name).and_then(|h| h.to_str().ok());
        // the fault: whoever calls is believed, and so are the roles that a header names
        let believes = self.world.faults.has(Fault::LegacyDirectPath);
        if !believes && header("x-enforced-by") != Some(&self.seal) {
            return Err(Denial::NoToken);
        }
        let (role, needs) = match (request.method(), request.uri().path()) {
            (&Method::PUT, _) => ("writer", scopes::WRITE),
            (_, "/audit") => ("auditor", scopes::AUDIT),
            _ => ("reader", scopes::READ),
        };
        let named = header("x-roles").is_some_and(|roles| roles.split(' ').any(|r| r == role));
        if named { Ok(()) } else { Err(Denial::InsufficientScope(needs)) }
    }
}
