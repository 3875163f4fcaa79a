//! A service that verifies tokens by itself and follows nothing but keys and expiry.

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::faults::Fault;
use crate::reference::scopes::Scopes;

/// What it keeps: keys.
#[derive(Default)]
pub struct SelfContained {
    keys: KeyCache,
}

impl SelfContained {
    /// What this token may do here. It is the system's own issuer's, or one of those that an administrator made known.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let (world, token) = (&service.world, ask.token);
        if let Some(claims) = world.further.verify(token, &world.faults) {
            service.check_audience(claims.get("aud"))?;
            service.check_time(&claims)?;
            service.check_holder(ask, &claims)?;
            return Ok(scopes_in(&claims));
        }
        // the fault: the keys of the whole house are in one set, and nobody looks whose token it is
        let house = world.faults.has(Fault::HouseTrusted).then(|| world.partners.verify(token));
        if let Some(claims) = house.flatten() {
            service.check_audience(claims.get("aud"))?;
            service.check_time(&claims)?;
            return Ok(scopes_in(&claims));
        }
        let verified = self.keys.verify(world, token).or_else(|| {
            // the fault: keys are looked for among those of all issuers
            let any = world.faults.has(Fault::KeysOfAnyIssuer);
            any.then(|| world.further.verify_with_any(token)).flatten()
        });
        let claims = verified
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        // the fault: the other route was written when nobody thought of time
        match ask.by_alias && world.faults.has(Fault::AliasIgnoresExpiry) {
            true => service.check_origin(&claims)?,
            false => service.check(&claims)?,
        }
        service.check_holder(ask, &claims)?;
        Ok(scopes_in(&claims))
    }
}
