//! A service that verifies tokens by itself and asks the policy decision point about each request.

use serde_json::Value;

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::faults::Fault;
use crate::reference::issuer;
use crate::reference::scopes::Scopes;

/// What it keeps: keys.
#[derive(Default)]
pub struct DecisionPerRequest {
    keys: KeyCache,
}

impl DecisionPerRequest {
    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let claims = self
            .keys
            .verify(&service.world, ask.token)
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        service.check(&claims)?;
        service.check_holder(ask, &claims)?;
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        match issuer::decide(&service.world, jti) {
            Ok(Some(scopes)) => Ok(scopes_in(&claims).intersection(&scopes).cloned().collect()),
            Ok(None) => Err(Denial::InvalidToken("the token is not live")),
            Err(_) if service.world.faults.has(Fault::FailsOpen) => Ok(scopes_in(&claims)),
            Err(_) => Err(Denial::SourceDown),
        }
    }
}
