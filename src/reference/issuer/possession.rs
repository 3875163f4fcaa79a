//! Who asks for a token proves possession of a key, and gets one that is good with that key only (RFC 9449 section 5).

use axum::http::HeaderMap;

use super::refusal::Refusal;
use crate::reference::proofs::{self, About, Flawed};
use crate::reference::world::World;

/// The key that a token request proves possession of, by its thumbprint; `None` where it proves none. The issuer asks for a nonce
/// in each proof (section 8), so that a proof made in advance is worth nothing.
pub fn holder(world: &World, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let holder = || {
        let Some(proof) = proofs::in_headers(headers)? else { return Ok(None) };
        let url = format!("{}/token", world.base);
        let now_s = world.clock.now_s();
        let about = About { method: "POST", url: &url, token: None, now_s };
        let (key, claims) = proofs::maker(proof, &about)?;
        world.proofs.fresh(&claims, world.clock.now_ms())?;
        world.proofs.once(&key, &claims, now_s)?;
        Ok(Some(key))
    };
    holder().map_err(|flawed: Flawed| Refusal::unproven(flawed))
}
