//! How the admin interface answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Done, with nothing to say.
pub const DONE: StatusCode = StatusCode::NO_CONTENT;

/// Why something was not done.
#[derive(Debug)]
pub enum Trouble {
    /// There is no such thing.
    Unknown(&'static str),
    /// It is there already.
    Taken,
    /// The request cannot be understood.
    Unreadable(String),
    /// The system cannot do it.
    Impossible(String),
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (status, what) = match self {
            Self::Unknown(what) => (StatusCode::NOT_FOUND, format!("there is no such {what}")),
            Self::Taken => (StatusCode::CONFLICT, "the name is taken".to_owned()),
            Self::Unreadable(what) => (StatusCode::BAD_REQUEST, what),
            Self::Impossible(what) => (StatusCode::INTERNAL_SERVER_ERROR, what),
        };
        (status, Json(json!({ "error": what }))).into_response()
    }
}

/// Done where something was found.
pub fn found(found: bool, what: &'static str) -> Result<StatusCode, Trouble> {
    if found { Ok(DONE) } else { Err(Trouble::Unknown(what)) }
}
