//! An issuer of recant's own, on loopback for as long as a scenario forges: its metadata (RFC 8414, OpenID Connect Discovery), its key set,
//! a certificate. Forged tokens name it as the place where their key is to be found, and who fetches that and believes it is
//! fooled. Where the target was told to trust it, its own tokens are good, and only those.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::der;
use super::key::OwnKey;

/// The address. It is gone when this is dropped.
pub struct Bait {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    serving: JoinHandle<()>,
}

impl Bait {
    /// Serves public keys, as they stand in a key set, and a certificate of one key.
    ///
    /// # Errors
    /// Where there is no address on loopback.
    pub async fn lay(keys: Vec<Value>, certified: Option<&OwnKey>) -> Result<Self, String> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(|e| format!("no address on loopback: {e}"))?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let base = format!("http://{address}");
        let keys: Arc<Value> = Arc::new(json!({ "keys": keys }));
        let certificate = certified.and_then(OwnKey::certificate).unwrap_or_default();
        let certificate: Arc<str> = der::pem("CERTIFICATE", &certificate).into();
        let told: Arc<str> = base.as_str().into();
        let router = Router::new()
            .route("/jwks", get(|| async move { Json(Value::clone(&keys)) }))
            .route("/certificate", get(|| async move { certificate.to_string() }))
            .fallback(|uri: Uri| async move { metadata(&told, uri.path()) });
        let serving = tokio::spawn(async move {
            // Without it the headers lead nowhere, which is safe.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { base, serving })
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What the issuer says of itself, as the issuer that somebody takes it for: before `/.well-known/` (OpenID Connect Discovery) or
/// after the name of the document (RFC 8414 section 3.1) stands the rest of that issuer's identifier.
fn metadata(base: &str, path: &str) -> Response {
    let Some((before, document)) = path.split_once("/.well-known/") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let after = document.split_once('/').map(|(_, after)| format!("/{after}")).unwrap_or_default();
    let issuer = format!("{base}{before}{after}");
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{base}/jwks"),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    });
    Json(document).into_response()
}
