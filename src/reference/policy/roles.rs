//! Roles with their permissions, and the policies made of them. An edit is in force when it returns.

use std::collections::BTreeMap;

use super::engine::{Engine, Ruling};
use super::policies;
use super::principal::Principal;
use crate::reference::faults::{Fault, Faults};
use crate::reference::scopes::{self, Scopes};

/// No more roles than this.
const MOST_ROLES: usize = 5_000;
/// No more permissions in a role than this.
const MOST_PERMISSIONS: usize = 100;

/// The policy of the moment.
pub struct Policy {
    roles: BTreeMap<String, Scopes>,
    engine: Engine,
    text: String,
    revision: u64,
    faults: Faults,
}

impl Policy {
    /// The policy that the system starts with: readers read, writers write, nobody audits.
    pub fn new(faults: &Faults) -> Result<Self, String> {
        let mut roles = BTreeMap::from([
            ("reader".to_owned(), scopes::of(&[scopes::READ])),
            ("writer".to_owned(), scopes::of(&[scopes::WRITE])),
        ]);
        if faults.has(Fault::RemovalFallsBack) {
            roles.insert("everyone".to_owned(), scopes::of(&[scopes::READ, scopes::AUDIT]));
        }
        let text = policies::text(&roles, faults);
        let engine = Engine::new(&text)?;
        Ok(Self { roles, engine, text, revision: 1, faults: faults.clone() })
    }

    /// May this subject have this scope at this service?
    pub fn decide(&self, who: &Principal, scope: &str, audience: &str) -> Ruling {
        let unknown = !who.roles.iter().any(|role| self.roles.contains_key(role));
        if self.faults.has(Fault::UnknownRoleReads) && unknown {
            let mut reader = who.clone();
            reader.roles.insert("reader".to_owned());
            return self.engine.decide(&reader, scope, audience);
        }
        if self.faults.has(Fault::DraftRoleCounts) {
            // the fault: what stands behind a hyphen is a note
            let mut alike = who.clone();
            alike.roles.extend(who.roles.iter().filter_map(|r| Some(r.split_once('-')?.0.into())));
            return self.engine.decide(&alike, scope, audience);
        }
        self.engine.decide(who, scope, audience)
    }

    /// Those of these scopes that this subject may have at this service.
    pub fn permitted(&self, who: &Principal, among: &Scopes, audience: &str) -> Scopes {
        among.iter().filter(|s| self.decide(who, s, audience).allow).cloned().collect()
    }

    /// Every scope that there is.
    pub fn scopes(&self) -> Scopes {
        let mut all = scopes::of(&[scopes::READ, scopes::WRITE, scopes::AUDIT]);
        all.extend(self.roles.values().flatten().cloned());
        all
    }

    /// What a role gives, or `None` where there is no such role.
    pub fn role(&self, name: &str) -> Option<&Scopes> {
        self.roles.get(name)
    }

    /// True where a role was made while the system runs.
    pub fn is_made(&self, name: &str) -> bool {
        self.roles.contains_key(name) && !["reader", "writer", "everyone"].contains(&name)
    }

    /// All roles.
    pub fn roles(&self) -> &BTreeMap<String, Scopes> {
        &self.roles
    }

    /// The policies as Cedar text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which edit of the policies is in force.
    pub fn revision(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Gives a role a permission; makes the role where there is none.
    pub fn add_permission(&mut self, role: &str, permission: &str) -> Result<(), String> {
        if self.roles.len() >= MOST_ROLES && !self.roles.contains_key(role) {
            return Err("there are too many roles".to_owned());
        }
        let mut roles = self.roles.clone();
        let permissions = roles.entry(role.to_owned()).or_default();
        permissions.insert(permission.to_owned());
        if permissions.len() > MOST_PERMISSIONS {
            return Err("the role has too many permissions".to_owned());
        }
        self.take(roles)
    }

    /// Takes a permission from a role. False where it had none such.
    pub fn remove_permission(&mut self, role: &str, permission: &str) -> Result<bool, String> {
        let mut roles = self.roles.clone();
        let had = roles.get_mut(role).is_some_and(|permissions| permissions.remove(permission));
        if had {
            self.take(roles)?;
        }
        Ok(had)
    }

    /// Removes a role. False where there was none.
    pub fn remove_role(&mut self, role: &str) -> Result<bool, String> {
        let mut roles = self.roles.clone();
        let had = roles.remove(role).is_some();
        if had {
            self.take(roles)?;
        }
        Ok(had)
    }

    /// Puts an edit in force, or leaves everything as it was.
    fn take(&mut self, roles: BTreeMap<String, Scopes>) -> Result<(), String> {
        let mut decided = roles.clone();
        if let Some(reader) = decided.get_mut("reader")
            && self.faults.has(Fault::PermissionByHeart)
        {
            // the fault: this much a reader may, whatever the policy says
            reader.insert("items:read".to_owned());
        }
        let text = policies::text(&decided, &self.faults);
        let engine = Engine::new(&text)?;
        self.roles = roles;
        self.revision += 1;
        // the fault: edits are acknowledged, but what decides is what was compiled at the start
        if !self.faults.has(Fault::RolesHardCoded) {
            self.engine = engine;
            self.text = text;
        }
        Ok(())
    }
}
