//! The services' addresses: `/services/NAME/...`, each replica under its own, and every operation by an alias too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::denial::Denial;
use super::guard::{Ask, Class, Service};
use super::presented::Shown;
use super::{
    STATUS_AUDIENCE, decision, derived, doors, event_driven, introspect, legacy, logout, push,
    self_contained, status_list,
};
use crate::reference::access_log::Access;
use crate::reference::faults::Fault;
use crate::reference::scopes;
use crate::reference::store::{Digest, digest_of};
use crate::reference::world::World;

/// A longer identifier of a request is not logged.
const LONGEST_ID: usize = 200;

/// The replicas behind one address, in turn.
struct Replicas {
    all: Vec<Arc<Service>>,
    next: AtomicUsize,
}

/// What a route needs and is.
#[derive(Clone)]
struct Gate {
    replicas: Arc<Replicas>,
    needs: &'static str,
    by_alias: bool,
}

/// All services.
pub fn routes(world: &Arc<World>) -> Router {
    let service = |audience, class| Arc::new(Service { audience, class, world: Arc::clone(world) });
    let orders: Vec<_> = (0..2)
        .map(|n| service("orders", Class::Introspect(introspect::Introspect::replica(n))))
        .collect();
    let mut router = Router::new();
    for (n, replica) in orders.iter().enumerate() {
        router =
            router.nest(&format!("/services/orders/replica-{n}"), at(vec![Arc::clone(replica)]));
    }
    let catalog = Class::SelfContained(self_contained::SelfContained::default());
    let ledger = Class::StatusList(status_list::StatusList::default());
    let messages = event_driven::EventDriven::new(Arc::clone(&world.inbox));
    let payments = Class::DecisionPerRequest(decision::DecisionPerRequest::default());
    let reports = Class::Introspect(introspect::Introspect::cached());
    // the fault: what has a slash behind it goes to the handlers of before, which read the token and ask nobody
    let with_slash = if world.faults.has(Fault::SlashOpens) {
        let before = Class::SelfContained(self_contained::SelfContained::default());
        behind(vec![service("payments", before)], "/")
    } else {
        Router::new()
    };
    // the faults: what comes by a side door goes there, too
    let before = Class::SelfContained(self_contained::SelfContained::default());
    let side = middleware::from_fn_with_state(service("payments", before), doors::side);
    // the fault: a rule for `/items` does not match `/items.json`, which the service takes all the same
    let open = if world.faults.has(Fault::SuffixOpens) {
        Router::new().route("/items.json", get(listed))
    } else {
        Router::new()
    };
    let messages = service("messages", Class::EventDriven(messages));
    let payments = service("payments", payments);
    router
        .merge(derived::stream("/services/messages", &messages))
        .merge(derived::keys("/services/payments", &payments))
        .nest("/services/orders", at(orders))
        .nest("/services/catalog", at(vec![service("catalog", catalog)]))
        .nest("/services/ledger", at(vec![service(STATUS_AUDIENCE, ledger)]))
        .nest("/services/messages", at(vec![messages]))
        .nest("/services/payments", at(vec![payments]).merge(with_slash).layer(side))
        .nest("/legacy/reports", legacy::routes(world))
        .nest("/services/reports", at(vec![service("reports", reports)]).merge(open))
        .route("/services/messages/events", post(push::endpoint).with_state(Arc::clone(world)))
        .route(
            "/services/messages/backchannel-logout",
            post(logout::endpoint).with_state(Arc::clone(world)),
        )
}

/// The operations of a service.
fn at(all: Vec<Arc<Service>>) -> Router {
    behind(all, "")
}

/// The same with something behind their paths.
fn behind(all: Vec<Arc<Service>>, tail: &str) -> Router {
    let replicas = Arc::new(Replicas { all, next: AtomicUsize::new(0) });
    let gate = |needs, by_alias| Gate { replicas: Arc::clone(&replicas), needs, by_alias };
    let mut router = Router::new();
    for (prefix, by_alias) in [("", false), ("/v1", true)] {
        let guarded = |route, needs| {
            Router::new()
                .route(
                    &format!("{prefix}{route}{tail}"),
                    match needs {
                        scopes::WRITE => put(changed),
                        _ => get(listed),
                    },
                )
                .layer(middleware::from_fn_with_state(gate(needs, by_alias), admit))
        };
        router = router
            .merge(guarded("/items", scopes::READ))
            .merge(guarded("/items/{id}", scopes::WRITE))
            .merge(guarded("/audit", scopes::AUDIT));
    }
    router
}

async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Result<Response, Denial> {
    let turn = gate.replicas.next.fetch_add(1, Ordering::Relaxed);
    let all = &gate.replicas.all;
    let service = all.get(turn % all.len().max(1)).ok_or(Denial::SourceDown)?;
    // the fault: who shows nothing is not asked for anything
    let unguarded = service.audience == "payments"
        && request.method() == Method::PUT
        && service.world.faults.has(Fault::WritesUnguarded);
    if unguarded && !request.headers().contains_key(AUTHORIZATION) {
        return Ok(next.run(request).await);
    }
    let shown = Shown::by(&request)?;
    let Gate { needs, by_alias, .. } = gate;
    let ask = Ask { token: &shown.token, needs, by_alias, shown: Some(&shown) };
    let admitted = service.admit(&ask);
    log(service, &shown.token, request.headers(), &admitted);
    admitted?;
    Ok(next.run(request).await)
}

/// Writes down what came of a request with one of the issuer's tokens. Where nobody can say, nothing was decided.
fn log(service: &Service, token: &str, headers: &HeaderMap, admitted: &Result<(), Denial>) {
    let decision = match admitted {
        Ok(()) => "allow",
        Err(Denial::SourceDown) => return,
        Err(_) => "deny",
    };
    let request = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let request = request.filter(|id| id.len() <= LONGEST_ID).map(str::to_owned);
    let (time, service) = (service.world.clock.rfc3339(), service);
    let (place, now_ms) = (place_of(headers), service.world.clock.now_ms());
    service.world.with(|store| {
        let Some(known) = store.access_by(&digest_of(token)) else { return };
        let (subject, jti) = (known.subject.clone(), known.jti.clone());
        let exchanged = known.parent.is_some();
        let early = known.ended.is_some() && store.faults.has(Fault::RefusedIsLoggedAsLetIn);
        if decision == "allow" {
            store.sighted(&jti, place, now_ms);
        }
        // the fault: it is written before the token is looked at
        let decision = if early { "allow" } else { decision };
        // the fault: whoever acts for somebody is known by name only
        let unnamed = exchanged && store.faults.has(Fault::ExchangedAccessJoinsNothing);
        let token = Some(jti).filter(|_| !unnamed);
        let request = request.filter(|_| !unnamed);
        let (id, service) = (String::new(), service.audience);
        store.accesses.write(Access { id, time, service, subject, decision, token, request });
    });
}

/// Where a request came from, as far as it tells: by the program and by what a proxy before the service says.
fn place_of(headers: &HeaderMap) -> Digest {
    let told = ["user-agent", "x-forwarded-for"].map(|name| {
        headers.get(name).map_or(&[] as &[u8], |value| value.as_bytes()).escape_ascii().to_string()
    });
    digest_of(&told.join("\n"))
}

/// Something to read.
pub async fn listed() -> Json<Value> {
    Json(json!({ "items": [{ "id": 1, "name": "first" }] }))
}

/// Something was changed.
pub async fn changed() -> Json<Value> {
    Json(json!({ "id": 1, "changed": true }))
}
