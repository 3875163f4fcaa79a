//! The issuer as a broker over an upstream issuer: a group there is a role here. It asks at the sign-in, and again whenever a token is
//! issued on the strength of it.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use crate::reference::faults::Fault;
use crate::reference::policy::{GRANT, Principal, SIGN_IN};
use crate::reference::store::Store;
use crate::reference::world::World;

/// The groups of somebody who signs in upstream.
pub fn sign_in(
    world: &World,
    store: &mut Store,
    name: &str,
    password: &str,
) -> Result<BTreeSet<String>, Refusal> {
    let refused = || Refusal::by(SIGN_IN, "invalid_grant", "the upstream issuer refuses");
    let groups = world.upstream.sign_in(name, password).ok_or_else(refused)?;
    let [frozen, only_takes] =
        [Fault::BrokerFreezesGroups, Fault::BrokerOnlyTakes].map(|fault| store.faults.has(fault));
    if !frozen && !only_takes {
        return Ok(groups);
    }
    let subject = store.subjects.get_mut(name).ok_or_else(refused)?;
    let known = subject.known_groups.get_or_insert_with(|| groups.clone());
    // the faults: whoever signed in once is known for good; or only what is gone is looked for
    if only_takes {
        known.retain(|group| groups.contains(group));
    }
    Ok(known.clone())
}

/// The subject of a grant with the roles that the upstream issuer gives it now, where the grant comes from there.
pub fn follow(
    world: &World,
    store: &mut Store,
    grant: u64,
    mut principal: Principal,
) -> Result<Principal, Refusal> {
    let frozen = store.faults.has(Fault::BrokerFreezesGroups);
    let Some(grant) = store.grants.get_mut(&grant) else { return Ok(principal) };
    let Some(groups) = &mut grant.groups else { return Ok(principal) };
    if !frozen {
        *groups = world.upstream.groups(&grant.subject).ok_or_else(|| {
            Refusal::by(GRANT, "invalid_grant", "the upstream issuer knows the subject no more")
        })?;
    }
    principal.roles.clone_from(groups);
    Ok(principal)
}
