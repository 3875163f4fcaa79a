//! How services refuse (RFC 6750 section 3).

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::reference::proofs::Flawed;

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// No token.
    NoToken,
    /// The request is malformed, such as two tokens.
    BadRequest,
    /// The token is good for nothing here, and why.
    InvalidToken(&'static str),
    /// The token is good, but not for this.
    InsufficientScope(&'static str),
    /// The token is bound to a key, and this is why nothing proves possession of it (RFC 9449 section 7.1).
    Unproven(Flawed),
    /// The token is bound to a key and was shown as if it were not.
    Bound,
    /// Nobody can say: the source of decisions does not answer. Not a refusal of the token.
    SourceDown,
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let mut scheme = "Bearer";
        let mut nonce = None;
        let (status, error, description, scope) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "", "a bearer token is needed", ""),
            Self::BadRequest => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "one bearer token in the Authorization header is needed",
                "",
            ),
            Self::Unproven(flawed) => {
                scheme = "DPoP";
                let (error, why) = match flawed {
                    Flawed::Invalid(why) => ("invalid_dpop_proof", why),
                    Flawed::Nonce(told) => {
                        nonce = told.parse().ok();
                        ("use_dpop_nonce", "the proof needs a nonce")
                    }
                };
                (StatusCode::UNAUTHORIZED, error, why, "")
            }
            Self::Bound => {
                scheme = "DPoP";
                let why = "the token is bound to a key: a proof is needed";
                (StatusCode::UNAUTHORIZED, "invalid_token", why, "")
            }
            Self::InvalidToken(why) => (StatusCode::UNAUTHORIZED, "invalid_token", why, ""),
            Self::InsufficientScope(scope) => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "the token does not cover this",
                scope,
            ),
            Self::SourceDown => {
                let body = Json(json!({ "error": "temporarily_unavailable" }));
                return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body)
                    .into_response();
            }
        };
        let mut challenge = format!("{scheme} realm=\"recant reference\"");
        // RFC 6750 section 3.1: without authentication information there is no error code
        if !error.is_empty() {
            challenge
                .push_str(&format!(", error=\"{error}\", error_description=\"{description}\""));
        }
        if !scope.is_empty() {
            challenge.push_str(&format!(", scope=\"{scope}\""));
        }
        let body = Json(json!({ "error": error, "error_description": description }));
        let mut response = (status, body).into_response();
        if let Some(nonce) = nonce {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
