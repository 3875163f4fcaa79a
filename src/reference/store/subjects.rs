//! Subjects: the people and accounts that hold rights.

use std::collections::BTreeSet;

use super::{Digest, digest_of};
use crate::reference::policy::{Device, Network, Principal, Risk};
use crate::reference::world::random_name;

/// How late the fault decision-late decides, seconds.
const LATE: i64 = 100;

/// A subject.
pub struct Subject {
    pub name: String,
    /// The `sub` of its tokens: never given to anybody else, not even under the same name.
    pub sub: String,
    /// `None`: cannot sign in with a password.
    pub password: Option<Digest>,
    pub roles: BTreeSet<String>,
    /// Only with the fault restore-leaves-residue: roles that were given back but stay without effect.
    pub without_effect: BTreeSet<String>,
    /// Only with the faults removal-forgotten-at-restart and enabling-resets: roles whose removal has not reached every copy.
    pub unwritten: BTreeSet<String>,
    /// Only with the fault kept-scopes-pinned: what it was given by itself.
    pub pinned: BTreeSet<String>,
    /// Only with the faults broker-freezes-groups and broker-only-takes: what the upstream issuer told at earlier sign-ins.
    pub known_groups: Option<BTreeSet<String>>,
    /// Only with the fault decision-late: the role that was taken last, and when (seconds since 1970).
    pub taken: Option<(String, i64)>,
    pub enabled: bool,
    pub risk: Risk,
    pub device: Device,
    pub network: Network,
    /// Clients that it has taken its consent back from.
    pub withdrawn: BTreeSet<String>,
    /// Its grants.
    pub grants: Vec<u64>,
}

/// What is left of a deleted subject: enough to make another one like it.
pub struct Departed {
    pub sub: String,
    pub password: Option<Digest>,
    pub roles: BTreeSet<String>,
    /// Grants that ended with it: only the fault recreation-resurrects looks at them.
    pub grants: Vec<u64>,
}

impl Subject {
    /// A new subject with a `sub` of its own.
    pub fn new(name: &str, password: Option<Digest>, roles: BTreeSet<String>) -> Self {
        Self {
            name: name.to_owned(),
            sub: random_name("u-"),
            password,
            roles,
            without_effect: BTreeSet::new(),
            unwritten: BTreeSet::new(),
            pinned: BTreeSet::new(),
            known_groups: None,
            taken: None,
            enabled: true,
            risk: Risk::Low,
            device: Device::Compliant,
            network: Network::Trusted,
            withdrawn: BTreeSet::new(),
            grants: Vec::new(),
        }
    }

    /// As policy sees it.
    pub fn principal(&self) -> Principal {
        Principal {
            roles: self.roles.difference(&self.without_effect).cloned().collect(),
            enabled: self.enabled,
            risk: self.risk,
            device: self.device,
            network: self.network,
        }
    }

    /// As a sign-in sees it: with the fault decision-late a role that was taken a little while ago is still there.
    pub fn principal_at(&self, now_s: i64) -> Principal {
        let mut principal = self.principal();
        let late = self.taken.as_ref().filter(|(_, at)| now_s - at < LATE);
        principal.roles.extend(late.map(|(role, _)| role.clone()));
        principal
    }

    /// True where this is its password.
    pub fn has_password(&self, password: &str) -> bool {
        let given = digest_of(password);
        self.password.as_ref().is_some_and(|known| super::clients::same(known, &given))
    }
}
