//! A service that verifies tokens by itself and hears of changes as events (after SSF and CAEP: session-revoked and
//! token-claims-change), delivered in process in the order in which they happened, and from others by push (`receiver`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::faults::{Fault, Faults};
use crate::reference::scopes::Scopes;

/// Something that happened at the issuer.
#[derive(Debug, Clone)]
pub enum Event {
    /// A token came to its end.
    Ended { jti: String, exp: i64 },
    /// What a token is worth now.
    ClaimsChanged { jti: String, exp: i64, scopes: Scopes },
    /// Time has passed: tokens that expired long before this second need not be remembered.
    Passed { now_s: i64 },
}

/// Where events arrive, and what follows from them.
pub struct Inbox {
    /// The fault: events are acknowledged, and that is all.
    ignores: bool,
    heard: Mutex<HashMap<String, Heard>>,
}

struct Heard {
    exp: i64,
    ended: bool,
    scopes: Option<Scopes>,
}

impl Inbox {
    /// Nothing heard yet.
    pub fn new(faults: &Faults) -> Self {
        Self { ignores: faults.has(Fault::EventsIgnored), heard: Mutex::default() }
    }

    /// Takes an event in.
    pub fn receive(&self, event: Event) {
        if self.ignores {
            return;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |exp| Heard { exp, ended: false, scopes: None };
        match event {
            Event::Ended { jti, exp } => {
                heard.entry(jti).or_insert_with(|| fresh(exp)).ended = true;
            }
            Event::ClaimsChanged { jti, exp, scopes } => {
                heard.entry(jti).or_insert_with(|| fresh(exp)).scopes = Some(scopes);
            }
            Event::Passed { now_s } => heard.retain(|_, h| h.exp.saturating_add(600) > now_s),
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// What it keeps: keys and what it heard.
pub struct EventDriven {
    keys: KeyCache,
    inbox: Arc<Inbox>,
}

impl EventDriven {
    /// A service that reads this inbox.
    pub fn new(inbox: Arc<Inbox>) -> Self {
        Self { keys: KeyCache::default(), inbox }
    }

    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let claims = self
            .keys
            .verify(&service.world, ask.token)
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        service.check(&claims)?;
        service.check_holder(ask, &claims)?;
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        let heard = self.inbox.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let scopes = match heard.get(jti) {
            Some(heard) if heard.ended => {
                return Err(Denial::InvalidToken("the token was revoked"));
            }
            Some(Heard { scopes: Some(now), .. }) => {
                scopes_in(&claims).intersection(now).cloned().collect()
            }
            _ => scopes_in(&claims),
        };
        let sub = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let iat = claims.get("iat").and_then(Value::as_i64).unwrap_or_default();
        let left = service.world.receiver.left_of(sub, iat, scopes);
        left.ok_or(Denial::InvalidToken("its subject's sessions were revoked"))
    }
}
