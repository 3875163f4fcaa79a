//! A service that verifies tokens by itself and asks the policy decision point about each request.

use serde_json::Value;

use super::denial::Denial;
use super::forgetful::Forgetful;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::faults::Fault;
use crate::reference::issuer;
use crate::reference::scopes::Scopes;

/// What it keeps: keys.
#[derive(Default)]
pub struct DecisionPerRequest {
    keys: KeyCache,
    /// Only faults use it.
    remembered: Forgetful,
}

impl DecisionPerRequest {
    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let world = &service.world;
        let claims = self
            .keys
            .verify(world, ask.token)
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        service.check(&claims)?;
        service.check_holder(ask, &claims)?;
        let now = world.clock.now_ms();
        // the fault: the key of what is remembered leaves something out
        let key = Forgetful::key(&world.faults, ask, &claims);
        if key.as_ref().is_some_and(|key| self.remembered.knows(key, now)) {
            return Ok([ask.needs.to_owned()].into());
        }
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        let scopes: Scopes = match issuer::decide(world, jti) {
            Ok(Some(scopes)) => scopes_in(&claims).intersection(&scopes).cloned().collect(),
            Ok(None) => return Err(Denial::InvalidToken("the token is not live")),
            Err(_) if world.faults.has(Fault::FailsOpen) => scopes_in(&claims),
            Err(_) => return Err(Denial::SourceDown),
        };
        if let Some(key) = key.filter(|_| scopes.contains(ask.needs)) {
            self.remembered.learn(key, now);
        }
        Ok(scopes)
    }
}
