//! Introspection (RFC 7662), and the answer of the decision point to services that ask about each request. Both tell what
//! is true now: a token that lost something shows what is left of it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::form::{Form, authenticate, named};
use super::mint::claims_of;
use super::refusal::Refusal;
use super::token::enabled_client;
use crate::reference::faults::Fault;
use crate::reference::issuer::attempt::Attempt;
use crate::reference::policy::{Principal, Risk};
use crate::reference::scopes::Scopes;
use crate::reference::store::{Access, Bound, End, Look, Standing, Store, digest_of};
use crate::reference::world::World;

/// Nobody can say.
#[derive(Debug)]
pub struct SourceDown;

/// `POST /introspect`.
pub async fn endpoint(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = Form::parse(&body)?;
    let token = form.required("token")?;
    let seen = world.with(|store| {
        // the faults: the name of a client is enough, or whatever a form has for a secret
        let posted =
            !headers.contains_key(AUTHORIZATION) && form.optional("client_secret").is_some();
        let open = store.faults.has(Fault::IntrospectionOpen)
            || posted && store.faults.has(Fault::IntrospectionOpenByForm);
        let client = match open {
            true => named(&headers, &form)?,
            false => authenticate(store, &headers, &form)?,
        };
        enabled_client(store, &Attempt { client: client.clone(), ..Attempt::default() })?;
        if !store.source.is_up() {
            return Err(Refusal::unavailable("the source of decisions is down"));
        }
        let everything = store.clients.get(&client).is_some_and(|c| c.introspects);
        let of_client = |owner: &str| everything || owner == client;
        let digest = digest_of(token);
        Ok(match store.access_by(&digest) {
            Some(access) if of_client(&access.client) && assumed(&world, store, &form, access) => {
                told(&world, access, &access.scopes)
            }
            Some(access) if of_client(&access.client) => {
                let told = seen(&world, store, access, Look::Introspection);
                match store.faults.has(Fault::IntrospectionLivesLonger) {
                    true => told.map(|told| longer(told, access)),
                    false => told,
                }
            }
            Some(_) => None,
            None => seen_refresh(&world, store, token, of_client),
        })
    })?;
    // section 2.2: of a token that is not active, nothing else is said
    Ok(Json(seen.map_or_else(|| json!({ "active": false }), Value::Object)))
}

/// What introspection says of a token; `None` where it is not active.
pub fn introspect(
    world: &World,
    token: &str,
    look: Look,
) -> Result<Option<Map<String, Value>>, SourceDown> {
    world.with(|store| {
        if !store.source.is_up() {
            return Err(SourceDown);
        }
        let token = store.access_by(&digest_of(token));
        Ok(token.and_then(|token| seen(world, store, token, look)))
    })
}

/// What the decision point says of the token with this `jti`: the scopes it is good for; `None` where it is dead.
pub fn decide(world: &World, jti: &str) -> Result<Option<Scopes>, SourceDown> {
    world.with(|store| {
        if !store.source.is_up() {
            return Err(SourceDown);
        }
        let Some(token) = store.access.get(jti) else { return Ok(None) };
        let now_ms = world.clock.now_ms();
        // the fault: only what a sign-in gave is looked up, the rest counts as fresh from the issuer
        let revoked = matches!(token.ended, Some(End::Revoked | End::Reused));
        let unasked = store.faults.has(Fault::DescendantsOutlive) && store.descends(token);
        if unasked && !revoked && now_ms < token.exp.saturating_mul(1000) {
            return Ok(Some(token.scopes.clone()));
        }
        Ok(match store.standing(token, now_ms, Look::Full) {
            Standing::Live(_) if risk_unseen(store, token) => {
                let subject = store.subjects.get(&token.subject);
                subject.map(|subject| {
                    let calm = Principal { risk: Risk::Low, ..subject.principal() };
                    store.policy.permitted(&calm, &token.scopes, &token.audience)
                })
            }
            Standing::Live(scopes) => Some(scopes),
            Standing::Dead(_) => None,
        })
    })
}

/// The fault: nobody tells of the risk where a token was not signed in for, but exchanged.
fn risk_unseen(store: &Store, token: &Access) -> bool {
    store.faults.has(Fault::RiskUnseenInExchanged) && token.parent.is_some()
}

/// True where policy still gives this scope to whoever the token with this `jti` was made for, whatever became of the token.
pub fn still_permits(world: &World, jti: &str, scope: &str) -> Result<bool, SourceDown> {
    world.with(|store| {
        if !store.source.is_up() {
            return Err(SourceDown);
        }
        let Some(token) = store.access.get(jti) else { return Ok(false) };
        let subject = store.subjects.get(&token.subject).filter(|s| s.sub == token.sub);
        let Some(subject) = subject else {
            return Ok(store.faults.has(Fault::KeyOutlivesDeletion));
        };
        let mut principal = subject.principal();
        if store.faults.has(Fault::KeyBlindToRisk) {
            principal.risk = Risk::Low;
        }
        let wanted = Scopes::from([scope.to_owned()]);
        let given = store.policy.permitted(&principal, &wanted, &token.audience);
        Ok(principal.enabled && given.contains(scope))
    })
}

fn seen(world: &World, store: &Store, token: &Access, look: Look) -> Option<Map<String, Value>> {
    let Standing::Live(scopes) = store.standing(token, world.clock.now_ms(), look) else {
        return None;
    };
    told(world, token, &scopes)
}

/// The faults: what is called a refresh token is not looked up among the access tokens that ended, and nothing speaks against the
/// token of somebody who is not there.
fn assumed(world: &World, store: &Store, form: &Form, token: &Access) -> bool {
    let hinted = store.faults.has(Fault::IntrospectionHintBelieved)
        && form.optional("token_type_hint") == Some("refresh_token");
    let orphaned = store.faults.has(Fault::DeletedIntrospectsActive)
        && token.ended == Some(End::SubjectDeleted);
    (hinted || orphaned) && world.clock.now_s() < token.exp
}

/// The fault: the answer has an end of its own.
fn longer(mut told: Map<String, Value>, token: &Access) -> Map<String, Value> {
    told.insert("exp".to_owned(), json!(token.exp + 600));
    told
}

fn told(world: &World, token: &Access, scopes: &Scopes) -> Option<Map<String, Value>> {
    let Value::Object(mut seen) = claims_of(world, token, scopes) else { return None };
    seen.insert("active".to_owned(), json!(true));
    let kind = if matches!(token.holder, Some(Bound::Key(_))) { "DPoP" } else { "Bearer" };
    seen.insert("token_type".to_owned(), json!(kind));
    seen.insert("username".to_owned(), json!(token.subject));
    Some(seen)
}

fn seen_refresh(
    world: &World,
    store: &Store,
    token: &str,
    of_client: impl Fn(&str) -> bool,
) -> Option<Map<String, Value>> {
    let token = store.refresh.get(&digest_of(token))?;
    let grant = store.grants.get(&token.grant)?;
    // the fault: the end of a grant is not written down here
    let ended = grant.ended.is_some() && !store.faults.has(Fault::RefreshIntrospectsActive);
    // the fault: what was used is known where it is used, and nowhere else
    let used = token.used && !store.faults.has(Fault::UsedRefreshIntrospectsActive);
    let over = world.clock.now_s() >= token.exp || used || ended;
    if over || !of_client(&grant.client) {
        return None;
    }
    let seen = json!({
        "active": true, "iss": world.base, "sub": grant.sub, "client_id": grant.client,
        "exp": token.exp, "username": grant.subject,
    });
    match seen {
        Value::Object(seen) => Some(seen),
        _ => None,
    }
}
