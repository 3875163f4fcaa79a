//! A measuring target: a small issuer and one service that sign, verify and remember as little as a real one must.
//! `measuring-target PORT`. Counts its requests: `GET /stats` tells and resets.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::extract::{Form, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const ISSUER: &str = "http://127.0.0.1";
const AUDIENCE: &str = "orders";

struct Target {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    keys: Value,
    without_writer: RwLock<HashSet<String>>,
    next: AtomicU64,
    requests: AtomicU64,
}

type Shared = State<Arc<Target>>;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    scope: String,
    iat: u64,
    exp: u64,
    jti: String,
}

#[derive(Deserialize)]
struct Ask {
    client_id: String,
}

#[tokio::main]
async fn main() {
    let port = std::env::args().nth(1).unwrap_or_else(|| "18080".to_owned());
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let target = Arc::new(target());
    let app = Router::new()
        .route("/token", post(token))
        .route("/jwks", get(async |State(t): Shared| Json(t.keys.clone())))
        .route("/orders", post(order))
        .route("/admin/{subject}/writer", axum::routing::delete(remove).put(restore))
        .layer(middleware::from_fn_with_state(target.clone(), count))
        .route("/stats", get(async |State(t): Shared| t.requests.swap(0, Relaxed).to_string()))
        .with_state(target);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("port");
    use axum::serve::ListenerExt;
    let listener = listener.tap_io(|s| {
        let _ = s.set_nodelay(true);
    });
    axum::serve(listener, app).await.expect("serve");
}

fn target() -> Target {
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).expect("key");
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).expect("key");
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.leeway = 0;
    Target {
        signing: EncodingKey::from_ec_der(pkcs8.as_ref()),
        verifying: DecodingKey::from_ec_components(&x, &y).expect("key"),
        validation,
        keys: json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1", "x": x, "y": y}]}),
        without_writer: RwLock::default(),
        next: AtomicU64::new(1),
        requests: AtomicU64::new(0),
    }
}

async fn count(State(t): Shared, request: Request, next: Next) -> axum::response::Response {
    t.requests.fetch_add(1, Relaxed);
    next.run(request).await
}

async fn token(State(t): Shared, Form(ask): Form<Ask>) -> Json<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_secs();
    let writer = !t.without_writer.read().expect("lock").contains(&ask.client_id);
    let claims = Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: ask.client_id,
        scope: if writer { "orders:read orders:write".into() } else { "orders:read".into() },
        iat: now,
        exp: now + 300,
        jti: t.next.fetch_add(1, Relaxed).to_string(),
    };
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("k1".into());
    let token = jsonwebtoken::encode(&header, &claims, &t.signing).expect("sign");
    Json(
        json!({"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": claims.scope}),
    )
}

async fn order(State(t): Shared, headers: HeaderMap) -> StatusCode {
    let token = headers
        .get("authorization")
        .and_then(|h| h.to_str().ok())
        .and_then(|h| h.strip_prefix("Bearer "));
    let Some(token) = token else { return StatusCode::UNAUTHORIZED };
    let Ok(data) = jsonwebtoken::decode::<Claims>(token, &t.verifying, &t.validation) else {
        return StatusCode::UNAUTHORIZED;
    };
    let removed = t.without_writer.read().expect("lock").contains(&data.claims.sub);
    if removed || !data.claims.scope.contains("orders:write") {
        return StatusCode::FORBIDDEN;
    }
    StatusCode::OK
}

async fn remove(State(t): Shared, Path(subject): Path<String>) -> StatusCode {
    t.without_writer.write().expect("lock").insert(subject);
    StatusCode::NO_CONTENT
}

async fn restore(State(t): Shared, Path(subject): Path<String>) -> StatusCode {
    t.without_writer.write().expect("lock").remove(&subject);
    StatusCode::NO_CONTENT
}
