//! Where a forged token's header says that its key is to be found: a key set and a certificate of recant's own, on
//! loopback for as long as a scenario forges. Who fetches them and believes them is fooled.

use std::net::Ipv4Addr;
use std::sync::Arc;

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
    /// Serves the public part of a key under some names.
    pub async fn lay(key: &OwnKey, kids: &[String]) -> Result<Self, String> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(|e| format!("no address on loopback: {e}"))?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let keys: Vec<_> = kids.iter().map(|kid| key.published_as(kid)).collect();
        let keys: Arc<Value> = Arc::new(json!({ "keys": keys }));
        let certificate = key.certificate().unwrap_or_default();
        let certificate: Arc<str> = der::pem("CERTIFICATE", &certificate).into();
        let router = Router::new()
            .route("/jwks", get(|| async move { Json(Value::clone(&keys)) }))
            .route("/certificate", get(|| async move { certificate.to_string() }));
        let serving = tokio::spawn(async move {
            // Without it the headers lead nowhere, which is safe.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { base: format!("http://{address}"), serving })
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
