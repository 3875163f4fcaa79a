//! An upstream issuer: who signs in there, with which password, and in which groups they are. The issuer of this system is a broker
//! over it for those who sign in with `idp=upstream`. It keeps its own memory, which the broker can only ask.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::store::{Digest, digest_of};

/// No more members than this.
const MOST: usize = 100_000;

/// What it knows.
#[derive(Default)]
pub struct Upstream(Mutex<HashMap<String, Member>>);

struct Member {
    password: Option<Digest>,
    groups: BTreeSet<String>,
}

impl Upstream {
    /// Makes a member in these groups.
    pub fn join(&self, name: &str, password: Option<Digest>, groups: BTreeSet<String>) {
        let mut members = self.members();
        if members.len() >= MOST {
            members.clear();
        }
        members.insert(name.to_owned(), Member { password, groups });
    }

    /// Removes a member.
    pub fn leave(&self, name: &str) {
        self.members().remove(name);
    }

    /// The groups of a member who shows this password.
    pub fn sign_in(&self, name: &str, password: &str) -> Option<BTreeSet<String>> {
        let members = self.members();
        let given = digest_of(password);
        let same = |known: &Digest| {
            aws_lc_rs::constant_time::verify_slices_are_equal(known, &given).is_ok()
        };
        let member = members.get(name).filter(|m| m.password.as_ref().is_some_and(same))?;
        Some(member.groups.clone())
    }

    /// The groups that a member is in now; `None` where there is no such member.
    pub fn groups(&self, name: &str) -> Option<BTreeSet<String>> {
        self.members().get(name).map(|member| member.groups.clone())
    }

    /// Puts a member into a group. False where there is no such member.
    pub fn give_group(&self, name: &str, group: &str) -> bool {
        self.members().get_mut(name).map(|m| m.groups.insert(group.to_owned())).is_some()
    }

    /// Takes a member out of a group. False where there is no such member.
    pub fn remove_group(&self, name: &str, group: &str) -> bool {
        self.members().get_mut(name).map(|m| m.groups.remove(group)).is_some()
    }

    /// Forgets everybody.
    pub fn clear(&self) {
        self.members().clear();
    }

    fn members(&self) -> MutexGuard<'_, HashMap<String, Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
