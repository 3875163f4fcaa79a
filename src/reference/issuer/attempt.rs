//! What is known of a request for a token while it is decided, and the record that is written of it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::entitle::Entitled;
use super::refusal::Refusal;
use super::token::Issued;
use crate::reference::faults::Fault;
use crate::reference::log::{ClaimReason, Record};
use crate::reference::policy::{Device, Principal};
use crate::reference::scopes::{self, Scopes};
use crate::reference::store::{Bound, Store};
use crate::reference::world::World;

/// A request for a token.
#[derive(Default)]
pub struct Attempt {
    pub kind: &'static str,
    pub client: String,
    pub subject: Option<String>,
    pub sub: Option<String>,
    pub audience: Option<String>,
    pub requested: Option<Scopes>,
    /// What the token is to be bound to.
    pub holder: Option<Bound>,
    /// The groups that the upstream issuer told, of a sign-in there.
    pub groups: Option<BTreeSet<String>>,
    /// What policy was told of the subject.
    pub principal: Option<Principal>,
    /// What policy said.
    pub entitled: Option<Entitled>,
}

impl Attempt {
    /// Writes down what came of it.
    pub fn record(self, world: &World, store: &mut Store, outcome: &Result<Issued, Refusal>) {
        let on_bad_device = self.principal.as_ref().is_some_and(|p| p.device != Device::Compliant);
        if on_bad_device && world.faults.has(Fault::BadDevicesUnlogged) {
            return;
        }
        let inputs = self.inputs(world.faults.has(Fault::InputsByHeart));
        let (decision, reason, policies, granted, claims, token) = match outcome {
            Ok(issued) => {
                let entitled = self.entitled.as_ref();
                let mut reason = entitled.map_or_else(String::new, Entitled::reason);
                if self.kind == "refresh" && world.faults.has(Fault::TokenInLog) {
                    // the fault: a line for debugging was left in
                    reason = format!("{reason}; refreshed: {}", issued.access_token);
                }
                if self.kind == "refresh" && world.faults.has(Fault::TokenInPieces) {
                    // the fault: its parts are thought to be nothing by themselves
                    let pieces: Vec<_> = issued.access_token.split('.').collect();
                    if let [header, claims, signature] = pieces[..] {
                        reason = format!("{reason}; {header} {claims} {signature}");
                    }
                }
                if self.kind == "exchange" && world.faults.has(Fault::TokenEncodedInLog) {
                    // the fault: what is encoded is taken for masked
                    reason = format!("{reason}; {}", STANDARD.encode(&issued.access_token));
                }
                (
                    "allow",
                    reason,
                    entitled.map_or_else(Vec::new, Entitled::cited),
                    issued.scopes.iter().cloned().collect(),
                    self.claims(issued, world.faults.has(Fault::ExplanationsInvented)),
                    Some(issued.jti.clone()),
                )
            }
            Err(refusal) => {
                ("deny", refusal.why.clone(), refusal.cited.clone(), Vec::new(), Vec::new(), None)
            }
        };
        let subject = self.subject.as_deref();
        let entitlement_revision = subject.and_then(|name| store.changes.revision(name));
        let record = Record {
            id: String::new(),
            time: world.clock.rfc3339(),
            kind: self.kind,
            subject: self.subject,
            sub: self.sub,
            client: self.client,
            audience: self.audience,
            requested: self.requested.map(|r| r.into_iter().collect()),
            granted,
            decision,
            reason,
            policy_revision: store.policy.revision(),
            entitlement_revision,
            policies,
            inputs,
            claims,
            token,
        };
        store.log.write(record);
    }

    /// A digest that changes with everything that the decision was made of; with the fault, with what the request says alone.
    fn inputs(&self, by_heart: bool) -> serde_json::Value {
        let principal = self.principal.as_ref().filter(|_| !by_heart).map(|p| {
            json!({ "roles": p.roles, "enabled": p.enabled, "risk": p.risk.word(), "device": p.device.word(), "network": p.network.word() })
        });
        let all =
            json!([self.kind, self.client, self.sub, self.audience, self.requested, principal]);
        let digest = digest(&SHA256, all.to_string().as_bytes());
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "digest": format!("sha256:{hex}") })
    }

    /// Why each claim that matters is in the token.
    fn claims(&self, issued: &Issued, invented: bool) -> Vec<ClaimReason> {
        let entitled = self.entitled.as_ref();
        let first = self.principal.as_ref().and_then(|p| p.roles.first());
        let because = |scope: &String| match first {
            Some(role) if invented => {
                format!("policy role-{role}-gives-{scope}: the subject has the role {role}")
            }
            _ => entitled.map_or_else(String::new, |e| e.because(scope)),
        };
        let scope = issued.scopes.iter().map(|scope| ClaimReason {
            claim: "scope",
            value: scope.clone(),
            because: because(scope),
        });
        let others = [
            ("aud", self.audience.clone(), "the service that the request names"),
            ("sub", self.sub.clone(), "the account that signed in"),
            ("client_id", Some(self.client.clone()), "the client that asked"),
        ];
        let others = others.into_iter().filter_map(|(claim, value, because)| {
            Some(ClaimReason { claim, value: value?, because: because.to_owned() })
        });
        scope.chain(others).collect()
    }

    /// Notes the scopes that the request names.
    pub fn ask_for(&mut self, scope: Option<&str>) {
        self.requested = scope.map(scopes::parse);
    }
}
