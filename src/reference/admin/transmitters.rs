//! Who may tell the event-driven service of changes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{DONE, Trouble, found};
use crate::reference::jose;
use crate::reference::services::{EVENT_AUDIENCE, Transmitter};
use crate::reference::world::World;

/// No transmitter has more keys or critical members.
const MOST: usize = 32;

/// What a transmitter says of itself (SSF 1.0 section 7), with its keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    jwks: Jwks,
    #[serde(default)]
    critical_subject_members: Vec<String>,
}

/// A key set (RFC 7517 section 5).
#[derive(Deserialize)]
pub struct Jwks {
    keys: Vec<Value>,
}

impl Jwks {
    /// The keys by their names.
    pub fn read(&self) -> Result<jose::PublicKeys, Trouble> {
        let keys: Option<_> = self.keys.iter().take(MOST).map(jose::key_in).collect();
        keys.ok_or_else(|| Trouble::Unreadable("keys are P-256 or RSA keys".to_owned()))
    }
}

/// `PUT /admin/transmitters/ISSUER`.
pub async fn trust(
    State(world): State<Arc<World>>,
    Path(issuer): Path<String>,
    Json(about): Json<About>,
) -> Result<StatusCode, Trouble> {
    let keys = about.jwks.read()?;
    let critical = about.critical_subject_members.into_iter().take(MOST).collect();
    let transmitter = Transmitter { audience: EVENT_AUDIENCE.to_owned(), keys, critical };
    if world.receiver.trust(issuer, transmitter) {
        Ok(DONE)
    } else {
        Err(Trouble::Impossible("there are too many transmitters".to_owned()))
    }
}

/// `DELETE /admin/transmitters/ISSUER`.
pub async fn distrust(
    State(world): State<Arc<World>>,
    Path(issuer): Path<String>,
) -> Result<StatusCode, Trouble> {
    found(world.receiver.distrust(&issuer), "transmitter")
}
