//! A service that verifies tokens by itself and looks them up in the issuer's token status list, which it keeps for thirty
//! seconds (draft-ietf-oauth-status-list).
//!
//! A list only says valid or invalid of a whole token. Where a token lost a part of what it carries, its status is the
//! application-specific one, and the service asks the issuer by introspection what is still true: what was kept goes on
//! working, what was lost does not.

use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::ZlibDecoder;
use serde_json::{Map, Value};

use super::denial::Denial;
use super::guard::{Ask, Service, scopes_in};
use super::keys::KeyCache;
use crate::reference::faults::Fault;
use crate::reference::issuer;
use crate::reference::jose;
use crate::reference::scopes::Scopes;
use crate::reference::store::Look;

/// The list is kept this long, milliseconds: the `ttl` that it carries.
const KEPT_MS: i64 = 30_000;
/// A longer list is refused.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What it keeps: keys and the list.
#[derive(Default)]
pub struct StatusList {
    keys: KeyCache,
    list: Mutex<Option<(i64, Vec<u8>)>>,
}

impl StatusList {
    /// What this token may do here.
    pub fn scopes(&self, service: &Service, ask: &Ask) -> Result<Scopes, Denial> {
        let claims = self
            .keys
            .verify(&service.world, ask.token)
            .ok_or(Denial::InvalidToken("the token is not one of the issuer's access tokens"))?;
        // the fault: a token that the list calls valid is not looked at any further
        service.check_origin(&claims)?;
        if !service.world.faults.has(Fault::ValidStatusOutranksExpiry) {
            service.check_time(&claims)?;
        }
        service.check_holder(ask, &claims)?;
        let place = place_in(&claims).ok_or(Denial::InvalidToken("the token has no status"))?;
        let fails_open = service.world.faults.has(Fault::FailsOpen);
        match self.status(service, place) {
            Ok(0) => Ok(read_here(service, scopes_in(&claims))),
            Ok(3) => match issuer::introspect(&service.world, ask.token, Look::Introspection) {
                Ok(Some(seen)) => Ok(scopes_in(&seen)),
                Ok(None) => Err(Denial::InvalidToken("the token is not active")),
                Err(_) if fails_open => Ok(scopes_in(&claims)),
                Err(_) => Err(Denial::SourceDown),
            },
            Ok(_) => Err(Denial::InvalidToken("the token's status is invalid")),
            Err(Denial::SourceDown) if fails_open => Ok(scopes_in(&claims)),
            Err(denial) => Err(denial),
        }
    }

    /// The two bits at this place, from a list no older than its `ttl`.
    fn status(&self, service: &Service, place: usize) -> Result<u8, Denial> {
        let now = service.world.clock.now_ms();
        let mut kept = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept
            .as_ref()
            .is_some_and(|(read, list)| now - read < KEPT_MS && place / 4 < list.len());
        let faults = &service.world.faults;
        if !fresh {
            match self.read(service) {
                Ok(list) => *kept = Some((now, list)),
                // the fault: what was read last goes on counting
                Err(_) if faults.has(Fault::StatusListKeptWhenUnreadable) && kept.is_some() => {}
                Err(denial) => return Err(denial),
            }
        }
        let byte = match kept.as_ref().and_then(|(_, list)| list.get(place / 4)) {
            Some(byte) => *byte,
            None if faults.has(Fault::StatusListEndIsValid) => 0,
            None => return Err(Denial::InvalidToken("the token's status is not in the list")),
        };
        Ok((byte >> (2 * (place % 4))) & 0b11)
    }

    fn read(&self, service: &Service) -> Result<Vec<u8>, Denial> {
        let token = issuer::status_list(&service.world).map_err(|_| Denial::SourceDown)?;
        let keys = service.world.published_keys();
        let claims = if service.world.faults.has(Fault::StatusListUnverified) {
            jose::unverified(&token)
        } else {
            jose::verify(&token, "statuslist+jwt", &keys).filter(|list| holds(list, service))
        };
        let claims = claims.ok_or(Denial::SourceDown)?;
        let packed = claims.get("status_list").and_then(|l| l.get("lst")).and_then(Value::as_str);
        let packed =
            packed.and_then(|l| URL_SAFE_NO_PAD.decode(l).ok()).ok_or(Denial::SourceDown)?;
        let mut list = Vec::new();
        ZlibDecoder::new(packed.as_slice())
            .take(LONGEST)
            .read_to_end(&mut list)
            .map_err(|_| Denial::SourceDown)?;
        Ok(list)
    }
}

/// It is the list that was asked for, and has not expired.
fn holds(list: &Map<String, Value>, service: &Service) -> bool {
    let world = &service.world;
    let uri = issuer::status_list_uri(world);
    list.get("sub").and_then(Value::as_str) == Some(&uri)
        && list.get("exp").and_then(Value::as_i64).is_some_and(|exp| world.clock.now_s() < exp)
}

/// The scopes as this service reads them. The fault: a draft of a right counts as the right.
fn read_here(service: &Service, scopes: Scopes) -> Scopes {
    if !service.world.faults.has(Fault::ScopesReadByPart) {
        return scopes;
    }
    let whole = |scope: &String| scope.split('-').next().unwrap_or_default().to_owned();
    scopes.iter().map(whole).collect()
}

fn place_in(claims: &Map<String, Value>) -> Option<usize> {
    let place = claims.get("status")?.get("status_list")?.get("idx")?.as_u64()?;
    usize::try_from(place).ok()
}
