//! What a token is worth now: dead, or alive with what is still true of its scopes.

use std::collections::BTreeMap;

use super::{Access, End, Store};
use crate::reference::faults::Fault;
use crate::reference::policy::Principal;
use crate::reference::scopes::Scopes;

/// What a token is worth now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Good for these scopes: those it carries that policy still gives its subject.
    Live(Scopes),
    /// Good for nothing, and why.
    Dead(&'static str),
}

/// Who looks, and what a fault keeps from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Everything.
    Full,
    /// Introspection: with the fault introspection-ignores-state only revocation and expiry.
    Introspection,
    /// Introspection through the second replica: with the fault revocation-reaches-one-replica no revocation.
    SecondReplica,
}

/// How long the fault revocation-forgotten remembers, milliseconds.
const REMEMBERED_MS: i64 = 120_000;

/// Answers of policy within one look over many tokens: subjects in the same state are asked about once.
#[derive(Default)]
pub struct Entitlements(BTreeMap<(Principal, String), Scopes>);

impl Store {
    /// What this token is worth now.
    pub fn standing(&self, token: &Access, now_ms: i64, look: Look) -> Standing {
        self.standing_with(token, now_ms, look, None)
    }

    /// The same, for many tokens in a row.
    pub fn standing_with(
        &self,
        token: &Access,
        now_ms: i64,
        look: Look,
        known: Option<&mut Entitlements>,
    ) -> Standing {
        if now_ms >= self.end_of(token).saturating_mul(1000) {
            return Standing::Dead("it has expired");
        }
        if token.kid.as_ref().is_some_and(|kid| !self.keys.is_published(kid)) {
            return Standing::Dead("its key was retired");
        }
        let revocation_unseen =
            look == Look::SecondReplica && self.faults.has(Fault::RevocationReachesOneReplica);
        let state_unseen = look != Look::Full && self.faults.has(Fault::IntrospectionIgnoresState);
        // the faults: what a client asserted belongs to that client, and not to the account; and some is not found by the account
        let apart = token.client == "agent" && self.faults.has(Fault::AssertedOutlivesAccount)
            || self.is_far(token);
        let grant = self.grants.get(&token.grant);
        let brokered = grant.is_some_and(|grant| grant.groups.is_some());
        match token.ended {
            Some(End::SubjectDeleted)
                if brokered && self.faults.has(Fault::BrokeredOutlivesAccount) =>
            {
                // the fault: it is the upstream issuer's to end
                return Standing::Live(token.scopes.clone());
            }
            Some(End::SubjectDisabled) if apart => {}
            Some(End::Revoked) if revocation_unseen || self.forgotten(token, now_ms, look) => {}
            Some(end) if state_unseen && !matches!(end, End::Revoked | End::Reused) => {}
            Some(end) => return Standing::Dead(end.because()),
            None => {}
        }
        if state_unseen {
            return Standing::Live(token.scopes.clone());
        }
        let Some(subject) = self.subjects.get(&token.subject).filter(|s| s.sub == token.sub) else {
            return Standing::Dead("its subject is gone");
        };
        let mut principal = subject.principal();
        principal.enabled |= apart;
        if let Some(groups) = grant.and_then(|grant| grant.groups.as_ref()) {
            principal.roles.clone_from(groups);
        }
        // the fault: one service goes by what the token says of its subject's state
        if let Some((risk, device)) = token.embedded.filter(|_| token.audience == "payments") {
            (principal.risk, principal.device) = (risk, device);
        }
        Standing::Live(match known {
            None => self.policy.permitted(&principal, &token.scopes, &token.audience),
            Some(known) => {
                let all = known.0.entry((principal, token.audience.clone())).or_insert_with_key(
                    |(principal, audience)| {
                        self.policy.permitted(principal, &self.policy.scopes(), audience)
                    },
                );
                token.scopes.intersection(all).cloned().collect()
            }
        })
    }

    /// When a token expires, seconds since 1970.
    fn end_of(&self, token: &Access) -> i64 {
        if let Some((_, seen_ms)) = token.sighted.filter(|_| self.faults.has(Fault::UseProlongs)) {
            // the fault: from each use on
            return seen_ms / 1000 + token.exp - token.iat;
        }
        let is_refreshed = || token.parent.is_none() && self.descends(token);
        if self.faults.has(Fault::RefreshedNeverEnds) && is_refreshed() {
            // the fault: there is one end for all that a sign-in gave
            return self.grants.get(&token.grant).map_or(token.exp, |grant| grant.expires);
        }
        token.exp
    }

    /// Only for a fault: what introspection sees of revocations is a list that keeps each for a while.
    fn forgotten(&self, token: &Access, now_ms: i64, look: Look) -> bool {
        let over = |at: i64| now_ms - at > REMEMBERED_MS;
        look != Look::Full
            && self.faults.has(Fault::RevocationForgotten)
            && token.revoked_ms.is_some_and(over)
    }

    /// True where a token came of a refresh or an exchange, and not of a sign-in.
    pub fn descends(&self, token: &Access) -> bool {
        let first = self.grants.get(&token.grant).and_then(|grant| grant.access.first());
        token.parent.is_some() || first.is_some_and(|first| *first != token.jti)
    }

    /// True where this client exists and is enabled.
    pub fn client_enabled(&self, id: &str) -> bool {
        self.clients.get(id).is_some_and(|client| client.enabled)
    }
}
