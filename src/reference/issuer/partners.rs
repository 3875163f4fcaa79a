//! Another issuer of the same house, for partners: it knows the same accounts and policies, and signs with a key of its own. No service
//! here takes its tokens.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::attempt::Attempt;
use super::form::{Form, authenticate};
use super::refusal::Refusal;
use super::token::audience;
use crate::reference::jose::{self, Key, PublicKeys};
use crate::reference::policy::SIGN_IN;
use crate::reference::scopes::{self, Scopes};
use crate::reference::world::{World, random_name};

/// An access token lives this long, seconds.
const LIFETIME_S: i64 = 600;

/// What it keeps: a key.
pub struct Partners(Key);

impl Partners {
    /// With a fresh key.
    pub fn new() -> Result<Self, String> {
        Key::generate(random_name("p-")).map(Self)
    }

    /// The claims of an access token of its own. Only for a fault: no service should ask.
    pub fn verify(&self, token: &str) -> Option<Map<String, Value>> {
        jose::verify(token, "at+jwt", &self.keys())
    }

    fn keys(&self) -> PublicKeys {
        PublicKeys::from([(self.0.kid.clone(), self.0.public())])
    }
}

/// Its endpoints.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/partners/.well-known/openid-configuration", get(metadata))
        .route("/partners/jwks", get(jwks))
        .route("/partners/token", post(token))
}

async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let issuer = identifier(&world);
    Json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "jwks_uri": format!("{issuer}/jwks"),
        "grant_types_supported": ["password"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(State(world): State<Arc<World>>) -> Json<Value> {
    let keys = world.partners.keys();
    let keys: Vec<_> = keys.iter().map(|(kid, point)| jose::jwk(kid, point)).collect();
    Json(json!({ "keys": keys }))
}

/// The password grant, and no other.
async fn token(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::parse(&body)?;
    let refused = |why| Refusal::by(SIGN_IN, "invalid_grant", why);
    if form.required("grant_type")? != "password" {
        return Err(Refusal::by(SIGN_IN, "unsupported_grant_type", "no such grant here"));
    }
    let (name, password) = (form.required("username")?, form.required("password")?);
    let now = world.clock.now_s();
    let (claims, scopes) = world.with(|store| {
        let client = authenticate(store, &headers, &form)?;
        let audience = audience(form.optional("resource"), &mut Attempt::default())?;
        let subject = store.subjects.get(name).filter(|s| s.enabled && s.has_password(password));
        let subject = subject.ok_or_else(|| refused("the name or the password is wrong"))?;
        let wanted = form.optional("scope").map_or_else(|| store.policy.scopes(), scopes::parse);
        let given: Scopes = store.policy.permitted(&subject.principal(), &wanted, audience);
        if given.is_empty() {
            return Err(Refusal::by(SIGN_IN, "invalid_scope", "policy permits none of it"));
        }
        let claims = json!({
            "iss": identifier(&world), "sub": subject.sub, "aud": audience, "client_id": client,
            "scope": scopes::join(&given), "iat": now, "exp": now + LIFETIME_S,
            "jti": random_name("p-"),
        });
        Ok((claims, given))
    })?;
    let token = world.partners.0.sign("at+jwt", &claims).map_err(|e| Refusal::unavailable(&e))?;
    let answer = json!({
        "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S,
        "scope": scopes::join(&scopes),
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Its issuer identifier.
fn identifier(world: &World) -> String {
    format!("{}/partners", world.base)
}
