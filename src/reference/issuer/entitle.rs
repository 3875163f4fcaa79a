//! Asking policy, at the moment a token is issued, what its subject may have.

use std::collections::BTreeMap;

use super::attempt::Attempt;
use super::refusal::Refusal;
use crate::reference::faults::Fault;
use crate::reference::policy::{Cited, DEFAULT_DENY, Device, GRANT, Principal, Risk, Ruling};
use crate::reference::scopes::Scopes;
use crate::reference::store::Store;

/// What policy said to each scope that was wanted.
#[derive(Debug, Default)]
pub struct Entitled(BTreeMap<String, Ruling>);

/// Asks policy about each wanted scope, notes its answers, and gives what it allows; refuses where that is nothing.
pub fn entitle(
    store: &Store,
    attempt: &mut Attempt,
    principal: Principal,
    audience: &str,
    wanted: &Scopes,
) -> Result<Scopes, Refusal> {
    let principal = as_issuance_sees(store, principal);
    let mut rulings: BTreeMap<String, Ruling> = wanted
        .iter()
        .map(|scope| (scope.clone(), store.policy.decide(&principal, scope, audience)))
        .collect();
    let subject = attempt.subject.as_ref().and_then(|name| store.subjects.get(name));
    let pinned: Scopes = subject.map(|s| &s.pinned & wanted).unwrap_or_default();
    rulings.extend(Entitled::copied(&pinned).0);
    let entitled = Entitled(rulings);
    let mut allowed = entitled.allowed();
    if store.faults.has(Fault::GivenTwiceIsGone) {
        // the fault: what is added a second time is taken out
        let given: Vec<&String> =
            principal.roles.iter().filter_map(|role| store.policy.role(role)).flatten().collect();
        allowed.retain(|scope| given.iter().filter(|one| **one == scope).count() < 2);
    }
    let refusal = allowed.is_empty().then(|| entitled.refusal());
    attempt.principal = Some(principal);
    attempt.entitled = Some(entitled);
    refusal.map_or(Ok(allowed), Err)
}

/// The faults in which issuance does not look at risk or device.
pub fn as_issuance_sees(store: &Store, mut principal: Principal) -> Principal {
    if store.faults.has(Fault::RiskIgnored) {
        principal.risk = Risk::Low;
    }
    if store.faults.has(Fault::DeviceIgnored) {
        principal.device = Device::Compliant;
    }
    principal
}

impl Entitled {
    /// For a fault: scopes that nobody was asked about.
    pub fn copied(scopes: &Scopes) -> Self {
        let ruling = || Ruling {
            allow: true,
            cited: vec![GRANT.into()],
            because: format!("rule {}: as it was at the sign-in", GRANT.id),
        };
        Self(scopes.iter().map(|scope| (scope.clone(), ruling())).collect())
    }

    fn allowed(&self) -> Scopes {
        self.0.iter().filter(|(_, ruling)| ruling.allow).map(|(scope, _)| scope.clone()).collect()
    }

    /// Why this scope is in the token.
    pub fn because(&self, scope: &str) -> String {
        self.0.get(scope).map_or_else(String::new, |ruling| ruling.because.clone())
    }

    /// The policies that gave something, and those that took something away.
    pub fn cited(&self) -> Vec<Cited> {
        let decided = self.0.values().flat_map(|ruling| &ruling.cited);
        let mut cited: Vec<_> = decided.filter(|c| c.id != DEFAULT_DENY.id).cloned().collect();
        cited.sort();
        cited.dedup();
        cited
    }

    /// All of it in one sentence.
    pub fn reason(&self) -> String {
        let one = |(scope, ruling): (&String, &Ruling)| {
            let word = if ruling.allow { "granted" } else { "not granted" };
            format!("{scope} {word} ({})", ruling.because)
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn refusal(&self) -> Refusal {
        let mut cited: Vec<_> = self.0.values().flat_map(|ruling| ruling.cited.clone()).collect();
        cited.sort();
        cited.dedup();
        if cited.is_empty() {
            cited.push(DEFAULT_DENY.into());
        }
        Refusal { error: "invalid_scope", why: self.reason(), cited, nonce: None }
    }
}
