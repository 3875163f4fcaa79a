//! Only for faults: a side door to the service payments, by requests that say in another place what others say at the usual one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::guard::{Ask, Service};
use super::routes::{changed, listed};
use crate::reference::faults::Fault;
use crate::reference::scopes;

/// Where it is open, the handlers of before answer, which read the token and ask nobody.
pub async fn side(State(before): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let found = by_query(&before, &request).or_else(|| by_override(&before, &request));
    let path = request.uri().path();
    let needs = found.as_ref().and_then(|(_, method)| match (method, path) {
        (&Method::GET, "/items") => Some(scopes::READ),
        (&Method::GET, "/audit") => Some(scopes::AUDIT),
        (&Method::PUT, path) if path.starts_with("/items/") => Some(scopes::WRITE),
        _ => None,
    });
    let (Some((token, _)), Some(needs)) = (found, needs) else { return next.run(request).await };
    let ask = Ask { token: &token, needs, by_alias: false, shown: None };
    match before.admit(&ask) {
        Err(denial) => denial.into_response(),
        Ok(()) if needs == scopes::WRITE => changed().await.into_response(),
        Ok(()) => listed().await.into_response(),
    }
}

/// The token in the query, and the method.
fn by_query(before: &Service, request: &Request) -> Option<(String, Method)> {
    if !before.world.faults.has(Fault::QueryTokenUnasked) {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "access_token")?;
    Some((token.into_owned(), request.method().clone()))
}

/// The token of the header, and the method that another header names.
fn by_override(before: &Service, request: &Request) -> Option<(String, Method)> {
    if !before.world.faults.has(Fault::OverrideUnasked) || request.method() != Method::POST {
        return None;
    }
    let text = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let method = text(request.headers(), "x-http-method-override")?;
    let shown = text(request.headers(), AUTHORIZATION.as_str())?;
    let token = shown.split_once(' ')?.1.to_owned();
    Some((token, method.parse().ok()?))
}
