//! Who asks for a token proves possession of a key, and gets one that is good with that key only (RFC 9449 section 5), or shows a
//! certificate, and gets one that is good with that only (RFC 8705 section 3).

use axum::http::{Extensions, HeaderMap};

use super::refusal::Refusal;
use crate::reference::proofs::{self, About, Flawed};
use crate::reference::store::Bound;
use crate::reference::tls;
use crate::reference::world::World;

/// What a token request proves possession of; `None` where it proves nothing. The issuer asks for a nonce
/// in each proof (section 8), so that a proof made in advance is worth nothing.
pub fn holder(
    world: &World,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Bound>, Refusal> {
    let holder = || {
        let Some(proof) = proofs::in_headers(headers)? else {
            let certificate = tls::shown_with(extensions);
            return Ok(certificate.map(|hash| Bound::Certificate(hash.to_owned())));
        };
        let url = format!("{}/token", world.base);
        let now_s = world.clock.now_s();
        let about = About { method: "POST", url: &url, token: None, now_s };
        let (key, claims) = proofs::maker(proof, &about)?;
        world.proofs.fresh(&claims, world.clock.now_ms())?;
        world.proofs.once(&key, &claims, now_s)?;
        Ok(Some(Bound::Key(key)))
    };
    holder().map_err(|flawed: Flawed| Refusal::unproven(flawed))
}
