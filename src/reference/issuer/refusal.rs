//! How the issuer refuses (RFC 6749 section 5.2).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::reference::policy::{CLIENT, Cited, Rule};
use crate::reference::proofs::Flawed;

/// A request that gets no token.
#[derive(Debug)]
pub struct Refusal {
    pub error: &'static str,
    /// Why, for the log and the client; never with a secret in it.
    pub why: String,
    /// What decided.
    pub cited: Vec<Cited>,
    /// What the next proof must have in it (RFC 9449 section 8).
    pub nonce: Option<String>,
}

impl Refusal {
    /// By a built-in rule.
    pub fn by(rule: Rule, error: &'static str, why: &str) -> Self {
        let why = format!("rule {}: {why}", rule.id);
        Self { error, why, cited: vec![rule.into()], nonce: None }
    }

    /// A proof of possession does not count (RFC 9449 sections 5 and 8).
    pub fn unproven(flawed: Flawed) -> Self {
        match flawed {
            Flawed::Invalid(why) => Self::by(CLIENT, "invalid_dpop_proof", why),
            Flawed::Nonce(nonce) => {
                let refusal = Self::by(CLIENT, "use_dpop_nonce", "the proof needs a nonce");
                Self { nonce: Some(nonce), ..refusal }
            }
        }
    }

    /// Nobody can decide now: not a refusal of the request, and not logged as one.
    pub fn unavailable(why: &str) -> Self {
        let error = "temporarily_unavailable";
        Self { error, why: why.to_owned(), cited: Vec::new(), nonce: None }
    }

    /// True where nobody could decide.
    pub fn is_unavailable(&self) -> bool {
        self.error == "temporarily_unavailable"
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = Json(json!({ "error": self.error, "error_description": self.why }));
        let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge =
                axum::http::HeaderValue::from_static("Basic realm=\"recant reference\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(nonce) = self.nonce.and_then(|nonce| nonce.parse().ok()) {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        response
    }
}
