//! How the issuer refuses (RFC 6749 section 5.2).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::reference::policy::{Cited, Rule};

/// A request that gets no token.
#[derive(Debug)]
pub struct Refusal {
    pub error: &'static str,
    /// Why, for the log and the client; never with a secret in it.
    pub why: String,
    /// What decided.
    pub cited: Vec<Cited>,
}

impl Refusal {
    /// By a built-in rule.
    pub fn by(rule: Rule, error: &'static str, why: &str) -> Self {
        Self { error, why: format!("rule {}: {why}", rule.id), cited: vec![rule.into()] }
    }

    /// Nobody can decide now: not a refusal of the request, and not logged as one.
    pub fn unavailable(why: &str) -> Self {
        Self { error: "temporarily_unavailable", why: why.to_owned(), cited: Vec::new() }
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
        response
    }
}
