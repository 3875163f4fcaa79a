//! A service that asks the issuer about each token (RFC 7662), with or without keeping the answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use crate::reference::faults::Fault;
use crate::reference::issuer;
use crate::reference::scopes::Scopes;
use crate::reference::store::{Digest, Look, digest_of};

/// With a cache: an answer is kept this long, milliseconds, whether it is used or not.
const KEPT_MS: i64 = 60_000;
/// How long an answer is kept where a fault forgets the bound, milliseconds.
const FORGETFUL_MS: i64 = 300_000;
/// No more answers than this are kept.
const MOST_KEPT: usize = 20_000;

/// A service that introspects.
pub struct Introspect {
    /// Which view of the issuer it sees.
    look: Look,
    keeps: bool,
    /// By token; a fault keeps those of the alias apart.
    cache: Mutex<HashMap<(Digest, bool), Kept>>,
}

/// An answer about a live token. Negative answers are not kept: a token that is dead stays so, and asking again is cheap.
struct Kept {
    until_ms: i64,
    exp_ms: i64,
    claims: Map<String, Value>,
}

impl Introspect {
    /// Asks each time. The second replica has its own connection to the issuer.
    pub fn replica(number: usize) -> Self {
        let look = if number == 0 { Look::Introspection } else { Look::SecondReplica };
        Self { look, keeps: false, cache: Mutex::default() }
    }

    /// Keeps answers.
    pub fn cached() -> Self {
        Self { look: Look::Introspection, keeps: true, cache: Mutex::default() }
    }

    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let claims = match self.keeps_ms(service, ask) {
            None => self.ask(service, ask.token)?,
            Some(ms) => self.kept(ms, service, ask)?,
        };
        // the fault: one host has a setting of its own
        let any = self.look == Look::SecondReplica
            && service.world.faults.has(Fault::ReplicaTakesAnyAudience);
        if !any {
            service.check_audience(claims.get("aud"))?;
        }
        service.check_holder(ask, &claims)?;
        Ok(scopes_in(&claims))
    }

    /// How long an answer to this request is kept, milliseconds; `None` where none is.
    fn keeps_ms(&self, service: &Service, ask: &Ask) -> Option<i64> {
        let faults = &service.world.faults;
        let replica = self.look == Look::SecondReplica && faults.has(Fault::ReplicaKeepsAnswers);
        let alias = self.keeps && ask.by_alias && faults.has(Fault::AliasKeepsAnswers);
        match (replica || alias, self.keeps) {
            (true, _) => Some(FORGETFUL_MS),
            (false, true) => Some(KEPT_MS),
            (false, false) => None,
        }
    }

    fn ask(&self, service: &Service, token: &str) -> Result<Map<String, Value>, Denial> {
        match issuer::introspect(&service.world, token, self.look) {
            Ok(Some(claims)) => Ok(claims),
            Ok(None) => Err(Denial::InvalidToken("the token is not active")),
            Err(_) => Err(Denial::SourceDown),
        }
    }

    fn kept(
        &self,
        keeps_ms: i64,
        service: &Service,
        ask: &Ask,
    ) -> Result<Map<String, Value>, Denial> {
        let now = service.world.clock.now_ms();
        let faults = &service.world.faults;
        let apart = ask.by_alias && faults.has(Fault::AliasKeepsAnswers);
        let key = (digest_of(ask.token), apart);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = cache.get_mut(&key)
            && now < kept.until_ms
        {
            if faults.has(Fault::SlidingCache) {
                kept.until_ms = kept.exp_ms.min(now + KEPT_MS);
            }
            return Ok(kept.claims.clone());
        }
        let stale = cache.remove(&key);
        let claims = match (self.ask(service, ask.token), stale) {
            // the fault: what is too old is good enough while nobody can be asked
            (Err(Denial::SourceDown), Some(stale))
                if faults.has(Fault::KeptWhenUnreachable) && now < stale.until_ms + KEPT_MS =>
            {
                let claims = stale.claims.clone();
                cache.insert(key, stale);
                return Ok(claims);
            }
            (asked, _) => asked?,
        };
        // RFC 7662 section 4: never longer than the token lives
        let exp_ms = claims.get("exp").and_then(Value::as_i64).unwrap_or(0).saturating_mul(1000);
        let kept_ms = if faults.has(Fault::CachedUntilExpiry) { i64::MAX - now } else { keeps_ms };
        if cache.len() >= MOST_KEPT {
            cache.retain(|_, kept| now < kept.until_ms);
        }
        if cache.len() < MOST_KEPT {
            let until_ms = exp_ms.min(now + kept_ms);
            cache.insert(key, Kept { until_ms, exp_ms, claims: claims.clone() });
        }
        Ok(claims)
    }
}
