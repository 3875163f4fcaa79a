//! Where others push security event tokens about subjects to the event-driven service (RFC 8935, RFC 8417, SSF 1.0): who
//! sends them is made known by an administrator. What is taken in counts by when it happened, not by when it came.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::reference::faults::{Fault, Faults};
use crate::reference::jose::{self, PublicKeys};
use crate::reference::scopes::{self, Scopes};

/// Where CAEP's events are named.
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
/// And RISC's.
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
/// And those of accounts that are provisioned (RFC 9967).
const SCIM: &str = "urn:ietf:params:scim:event:prov:";
/// A token may be dated this far in the future, seconds.
const SKEW_S: i64 = 60;
/// No more of each are remembered.
const MOST: usize = 100_000;

/// Somebody whose tokens are taken in.
pub struct Transmitter {
    /// `aud` that its tokens must have.
    pub audience: String,
    pub keys: PublicKeys,
    /// Members of a subject that it calls critical.
    pub critical: BTreeSet<String>,
}

/// Why a token is not taken in: an error code of RFC 8935 section 2.4 or SSF 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected(pub &'static str, pub &'static str);

/// Who sends, and what was heard.
pub struct Receiver {
    faults: Faults,
    transmitters: Mutex<BTreeMap<String, Transmitter>>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// `iss` and `jti` of what was taken in.
    known: BTreeSet<(String, String)>,
    /// By `sub`.
    subjects: HashMap<String, Subject>,
}

#[derive(Default)]
struct Subject {
    /// Seconds: tokens that are not younger are dead.
    revoked: Option<i64>,
    /// When its risk was told last, and whether it is high.
    risk: Option<(i64, bool)>,
    /// When its device was told of last, and whether it is not compliant.
    device: Option<(i64, bool)>,
    /// When its account was told of last, and whether it is disabled.
    account: Option<(i64, bool)>,
    /// When its claims were told last, and the scopes among them: what tokens of before still have.
    claims: Option<(i64, Scopes)>,
}

impl Receiver {
    /// Nobody known, nothing heard.
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), transmitters: Mutex::default(), heard: Mutex::default() }
    }

    /// Makes a transmitter known.
    pub fn trust(&self, issuer: String, transmitter: Transmitter) -> bool {
        let mut known = self.transmitters.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            return false;
        }
        known.insert(issuer, transmitter);
        true
    }

    /// Knows a transmitter no longer.
    pub fn distrust(&self, issuer: &str) -> bool {
        let mut known = self.transmitters.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(issuer).is_some()
    }

    /// Takes a token in. `base` is the issuer whose subjects are known here.
    pub fn take(&self, token: &str, base: &str, now_s: i64) -> Result<(), Rejected> {
        let claims = self.authentic(token, now_s)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(issuer), Some(jti)) = (text("iss"), text("jti")) else {
            return Err(Rejected("invalid_request", "a token has iss and jti"));
        };
        if claims.contains_key("sub") || claims.contains_key("exp") {
            return Err(Rejected("invalid_request", "a token has neither sub nor exp"));
        }
        let events = claims.get("events").and_then(Value::as_object);
        let event = events.filter(|e| e.len() == 1).and_then(|e| e.iter().next());
        let Some((uri, event)) = event else {
            return Err(Rejected("invalid_request", "a token has one event"));
        };
        let Some(subject) = claims.get("sub_id").and_then(Value::as_object) else {
            return Err(Rejected("invalid_request", "a token has a sub_id"));
        };
        if self.faults.has(Fault::EventsIgnored) {
            return Ok(());
        }
        let mut heard = self.room();
        // taken in before: acknowledged again, and nothing more
        if !heard.known.insert((issuer.clone(), jti)) {
            return Ok(());
        }
        if self.beyond(&issuer, subject) {
            return Ok(());
        }
        let Some(sub) = user(subject, base) else { return Ok(()) };
        let times = [event.get("event_timestamp"), claims.get("toe")];
        let at = times.into_iter().flatten().find_map(Value::as_i64).unwrap_or(now_s);
        let subject = heard.subjects.entry(sub).or_default();
        subject.hear(uri, event, at, &self.faults);
        Ok(())
    }

    /// The claims of a token whose sender is who it says, for this service.
    fn authentic(&self, token: &str, now_s: i64) -> Result<Map<String, Value>, Rejected> {
        let known = self.transmitters.lock().unwrap_or_else(PoisonError::into_inner);
        let unverified = jose::claims_of(token)
            .ok_or(Rejected("invalid_request", "this is no security event token"))?;
        let issuer = unverified.get("iss").and_then(Value::as_str).unwrap_or_default();
        let by = known.get(issuer).ok_or(Rejected("invalid_issuer", "the issuer is not known"))?;
        let verified = jose::verify(token, "secevent+jwt", &by.keys);
        let claims = match verified {
            Some(claims) => claims,
            // the fault: who is named is believed
            None if self.faults.has(Fault::SignalsNotAuthenticated) => unverified,
            None => return Err(Rejected("invalid_key", "no key of the issuer signed it")),
        };
        let ours = |aud: &Value| aud.as_str() == Some(&by.audience);
        let for_us = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(ours),
            Some(one) => ours(one),
            None => false,
        };
        if !for_us {
            return Err(Rejected("invalid_audience", "it is for another receiver"));
        }
        let made = claims.get("iat").and_then(Value::as_i64);
        if made.is_none_or(|made| made > now_s.saturating_add(SKEW_S)) {
            return Err(Rejected("invalid_request", "it has no date, or one in the future"));
        }
        Ok(claims)
    }

    /// True where a subject has a critical member that is not understood here (SSF 1.0: such an event is discarded).
    fn beyond(&self, issuer: &str, subject: &Map<String, Value>) -> bool {
        let known = self.transmitters.lock().unwrap_or_else(PoisonError::into_inner);
        let critical =
            |name: &&String| known.get(issuer).is_some_and(|t| t.critical.contains(*name));
        subject.keys().filter(critical).any(|name| name != "user" && name != "format")
    }

    /// What was heard, with room for more.
    fn room(&self) -> MutexGuard<'_, Heard> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.known.len() >= MOST || heard.subjects.len() >= MOST {
            *heard = Heard::default();
        }
        heard
    }

    /// The sessions of a subject ended at this second: tokens that are not younger are dead.
    pub fn ended(&self, sub: &str, at: i64) {
        let mut heard = self.room();
        let subject = heard.subjects.entry(sub.to_owned()).or_default();
        subject.revoked = subject.revoked.max(Some(at));
    }

    /// What is left of a token's scopes after what was heard about its subject; `None` where it is dead.
    pub fn left_of(&self, sub: &str, iat: i64, scopes: Scopes) -> Option<Scopes> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(subject) = heard.subjects.get(sub) else { return Some(scopes) };
        if subject.revoked.is_some_and(|at| iat <= at) {
            return None;
        }
        let bad = |state: Option<(i64, bool)>| state.is_some_and(|(_, bad)| bad);
        if bad(subject.account) {
            return None;
        }
        let told = subject.claims.as_ref().filter(|(at, _)| iat <= *at);
        let scopes = match told {
            Some((_, told)) => scopes.intersection(told).cloned().collect(),
            None => scopes,
        };
        if bad(subject.risk) || bad(subject.device) {
            return Some(scopes.into_iter().filter(|s| s == scopes::READ).collect());
        }
        Some(scopes)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Heard::default();
        self.transmitters.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Subject {
    fn hear(&mut self, uri: &str, event: &Value, at: i64, faults: &Faults) {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let last_counts = faults.has(Fault::LateSignalWins);
        let newer = |known: Option<i64>| last_counts || known.is_none_or(|known| at >= known);
        let time = |state: &Option<(i64, bool)>| state.map(|(at, _)| at);
        if let Some(disabled) = account(uri) {
            if newer(time(&self.account)) && !faults.has(Fault::AccountEventsIgnored) {
                self.account = Some((at, disabled));
            }
            return;
        }
        match uri.strip_prefix(CAEP) {
            Some("session-revoked") => self.revoked = self.revoked.max(Some(at)),
            Some("credential-change") if ["revoke", "delete"].contains(&text("change_type")) => {
                self.revoked = self.revoked.max(Some(at));
            }
            Some("risk-level-change") if newer(time(&self.risk)) => {
                self.risk = Some((at, text("current_level") == "HIGH"));
            }
            Some("device-compliance-change") if newer(time(&self.device)) => {
                self.device = Some((at, text("current_status") == "not-compliant"));
            }
            Some("token-claims-change")
                if newer(self.claims.as_ref().map(|(at, _)| *at))
                    && !faults.has(Fault::ClaimsEventsIgnored) =>
            {
                let scope = event.get("claims").and_then(|claims| claims.get("scope")?.as_str());
                self.claims = scope.map(|scope| (at, scopes::parse(scope))).or(self.claims.take());
            }
            _ => {}
        }
    }
}

/// Whether an event tells that an account is disabled, or is not any more; `None` for what does not tell of accounts.
fn account(uri: &str) -> Option<bool> {
    match (uri.strip_prefix(RISC), uri.strip_prefix(SCIM)) {
        (Some("account-disabled"), _) | (_, Some("deactivate")) => Some(true),
        (Some("account-enabled"), _) | (_, Some("activate")) => Some(false),
        _ => None,
    }
}

/// The `sub` of a user of this issuer (RFC 9493 `iss_sub`, also as the user of a complex subject; RFC 9967 `scim`).
fn user(subject: &Map<String, Value>, base: &str) -> Option<String> {
    let text = |name: &str| subject.get(name).and_then(Value::as_str);
    match text("format")? {
        "iss_sub" if text("iss") == Some(base) => text("sub").map(str::to_owned),
        "scim" => text("uri")?.strip_prefix("/Users/").map(str::to_owned),
        "complex" => user(subject.get("user")?.as_object()?, base),
        _ => None,
    }
}
