//! The token status list (draft-ietf-oauth-status-list): two bits a token, signed, good for thirty seconds.

use std::io::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use super::introspect::SourceDown;
use super::refusal::Refusal;
use crate::reference::jose::Key;
use crate::reference::store::Spoilt;
use crate::reference::world::World;

/// Who relies on the list keeps it this long, seconds.
const TTL_S: i64 = 30;
/// `typ` of the token that carries the list.
const TYPE: &str = "statuslist+jwt";

/// `GET /status-lists/1`.
pub async fn endpoint(State(world): State<Arc<World>>) -> Response {
    match status_list(&world) {
        Ok(list) => ([(CONTENT_TYPE, "application/statuslist+jwt")], list).into_response(),
        Err(SourceDown) => Refusal::unavailable("the list cannot be made now").into_response(),
    }
}

/// Where the list is.
pub fn status_list_uri(world: &World) -> String {
    format!("{}/status-lists/1", world.base)
}

/// The list as a signed token, or what a test wants instead of it.
pub fn status_list(world: &World) -> Result<String, SourceDown> {
    world.with(|store| {
        let spoilt = store.statuses.spoilt;
        if !store.source.is_up() || spoilt == Some(Spoilt::Unreachable) {
            return Err(SourceDown);
        }
        let bytes = match spoilt {
            Some(Spoilt::TooShort) => Vec::new(),
            _ => store.status_bytes(world.clock.now_ms()),
        };
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        let packed =
            packed.write_all(&bytes).and_then(|()| packed.finish()).map_err(|_| SourceDown)?;
        let now = world.clock.now_s();
        let iat = if spoilt == Some(Spoilt::Expired) { now - 20 * TTL_S } else { now };
        let uri = status_list_uri(world);
        let claims = json!({
            "iss": world.base,
            "sub": if spoilt == Some(Spoilt::Subject) { format!("{uri}-of-another") } else { uri },
            "iat": iat,
            "exp": iat + 10 * TTL_S,
            "ttl": TTL_S,
            "status_list": { "bits": 2, "lst": URL_SAFE_NO_PAD.encode(packed) },
        });
        let key = store.keys.signing().ok_or(SourceDown)?;
        let signed = if spoilt == Some(Spoilt::Signature) {
            Key::generate(key.kid.clone()).and_then(|forger| forger.sign(TYPE, &claims))
        } else {
            key.sign(TYPE, &claims)
        };
        signed.map_err(|_| SourceDown)
    })
}
