//! A service that verifies tokens by itself and follows nothing but keys and expiry.

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::scopes::Scopes;

/// What it keeps: keys.
#[derive(Default)]
pub struct SelfContained {
    keys: KeyCache,
}

impl SelfContained {
    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let claims = self
            .keys
            .verify(&service.world, ask.token)
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        service.check(&claims)?;
        service.check_holder(ask, &claims)?;
        Ok(scopes_in(&claims))
    }
}
