//! What every service checks, whatever its class: whose token it is, for whom, until when, and for what.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::denial::Denial;
use super::presented::Shown;
use super::{decision, event_driven, introspect, self_contained, status_list};
use crate::reference::faults::Fault;
use crate::reference::scopes::{self, Scopes};
use crate::reference::world::World;

/// Clocks may differ by this much, seconds.
const SKEW_S: i64 = 2;

/// How a service decides.
pub enum Class {
    SelfContained(self_contained::SelfContained),
    StatusList(status_list::StatusList),
    Introspect(introspect::Introspect),
    EventDriven(event_driven::EventDriven),
    DecisionPerRequest(decision::DecisionPerRequest),
}

/// A service (one replica of it).
pub struct Service {
    pub audience: &'static str,
    pub class: Class,
    pub world: Arc<World>,
}

/// One request as a guard sees it.
pub struct Ask<'a> {
    pub token: &'a str,
    /// The scope that the operation needs.
    pub needs: &'static str,
    /// It came by a route that is an alias of the main one.
    pub by_alias: bool,
    /// How it is shown; `None` where it was shown before and is looked at again.
    pub shown: Option<&'a Shown>,
}

impl Service {
    /// Lets a request in, or says why not.
    pub fn admit(&self, ask: &Ask) -> Result<(), Denial> {
        let scopes = match &self.class {
            Class::SelfContained(class) => class.scopes(self, ask)?,
            Class::StatusList(class) => class.scopes(self, ask)?,
            Class::Introspect(class) => class.scopes(self, ask)?,
            Class::EventDriven(class) => class.scopes(self, ask)?,
            Class::DecisionPerRequest(class) => class.scopes(self, ask)?,
        };
        // the fault: the alias was added later, and nobody put the check on it
        let unchecked = ask.by_alias && self.world.faults.has(Fault::AliasUnchecked);
        let taken_for = || self.write_reads(&scopes, ask.needs) || self.alike(&scopes, ask.needs);
        if unchecked || scopes.contains(ask.needs) || taken_for() {
            Ok(())
        } else if self.audience == "orders" && self.world.faults.has(Fault::OneRefusalForAll) {
            // the fault: there is one answer for everything that is not let in
            Err(Denial::InvalidToken("access denied"))
        } else {
            Err(Denial::InsufficientScope(ask.needs))
        }
    }

    /// The fault: scopes are levels, and who may write may read.
    fn write_reads(&self, scopes: &Scopes, needs: &str) -> bool {
        self.audience == "payments"
            && self.world.faults.has(Fault::WriteReads)
            && needs.strip_suffix(":read").is_some_and(|of| scopes.contains(&format!("{of}:write")))
    }

    /// The fault: scopes are compared without regard to case.
    fn alike(&self, scopes: &Scopes, needs: &str) -> bool {
        self.audience == "payments"
            && self.world.faults.has(Fault::ScopesWithoutCase)
            && scopes.iter().any(|scope| scope.eq_ignore_ascii_case(needs))
    }

    /// Checks issuer, audience and time of claims whose signature is good (RFC 9068 section 4).
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), Denial> {
        self.check_origin(claims)?;
        self.check_time(claims)
    }

    /// Checks who made the token, and for whom.
    pub fn check_origin(&self, claims: &Map<String, Value>) -> Result<(), Denial> {
        if claims.get("iss").and_then(Value::as_str) != Some(&self.world.base) {
            return Err(Denial::InvalidToken("another issuer's token"));
        }
        // the fault: whoever it was given to is known, and that is enough
        let client = claims.get("client_id").and_then(Value::as_str);
        if client == Some("app2") && self.world.faults.has(Fault::HouseClientEverywhere) {
            return Ok(());
        }
        self.check_audience(claims.get("aud"))
    }

    /// Checks that the token is in its time.
    pub fn check_time(&self, claims: &Map<String, Value>) -> Result<(), Denial> {
        let seconds = |claim: &str| claims.get(claim).and_then(Value::as_i64);
        let now = self.world.clock.now_s();
        let leeway = if self.world.faults.has(Fault::GenerousLeeway) { 300 } else { SKEW_S };
        if seconds("exp").is_none_or(|exp| now >= exp.saturating_add(leeway)) {
            return Err(Denial::InvalidToken("the token has expired"));
        }
        if claims.contains_key("nbf") && seconds("nbf").is_none_or(|nbf| nbf > now + SKEW_S) {
            return Err(Denial::InvalidToken("the token is not valid yet"));
        }
        Ok(())
    }

    /// Checks that a token is for this service.
    pub fn check_audience(&self, aud: Option<&Value>) -> Result<(), Denial> {
        let faults = &self.world.faults;
        let named = |value: &Value| {
            value.as_str() == Some(self.audience)
                // where the issuer names no service, services that checked would let nobody in
                || (faults.has(Fault::AudienceWildcard) && value.as_str() == Some("*"))
        };
        let ours = match aud {
            Some(Value::Array(all)) => all.iter().any(named),
            Some(one) => named(one),
            None => false,
        };
        if ours || faults.has(Fault::AudienceNotChecked) {
            Ok(())
        } else {
            Err(Denial::InvalidToken("the token is for another service"))
        }
    }
}

/// The scopes in claims.
pub fn scopes_in(claims: &Map<String, Value>) -> Scopes {
    scopes::parse(claims.get("scope").and_then(Value::as_str).unwrap_or_default())
}
