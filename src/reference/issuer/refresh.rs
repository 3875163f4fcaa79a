//! Refresh (RFC 6749 section 6, RFC 9700 section 4.14): policy is asked again, the token is rotated, and a token that is
//! used twice ends its family.

use super::attempt::Attempt;
use super::broker;
use super::entitle::{Entitled, as_issuance_sees, entitle};
use super::form::Form;
use super::mint::{self, Order};
use super::refusal::Refusal;
use super::token::{Issued, enabled_client};
use crate::reference::faults::Fault;
use crate::reference::policy::{Device, GRANT, Principal};
use crate::reference::scopes::Scopes;
use crate::reference::services::AUDIENCES;
use crate::reference::store::{Digest, End, Grant, Store, digest_of};
use crate::reference::world::World;

/// Seconds: only the fault used-forgotten forgets.
const REMEMBERED: i64 = 300;

/// Issues tokens for a refresh token.
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let digest = digest_of(form.required("refresh_token")?);
    let id = own_grant(store, attempt, &digest)?;
    if !store.faults.has(Fault::RefreshIgnoresDisabledClient) {
        enabled_client(store, attempt)?;
    }
    unused(world, store, &digest, id)?;
    live(store, id)?;
    same_holder(store, attempt, id)?;
    let principal = subject(store, id)?;
    let mut principal = broker::follow(world, store, id, principal)?;
    if attempt.client == "app2" && store.faults.has(Fault::SecondClientBlindToDevice) {
        principal.device = Device::Compliant;
    }
    let (granted, audience) = match store.grants.get(&id) {
        Some(grant) => (grant.scopes.clone(), audience_of(store, form, grant)),
        None => return Err(refused("there is no such grant")),
    };
    let wanted = wanted(store, attempt, granted)?;
    let lifetime = mint::lifetime(as_issuance_sees(store, principal.clone()).risk);
    let copies = store.faults.has(Fault::RefreshCopiesClaims)
        || later_copies(store, id)
        || named_copies(store, attempt, id);
    let scopes = if copies {
        attempt.entitled = Some(Entitled::copied(&wanted));
        wanted
    } else {
        entitle(store, attempt, principal, &audience, &wanted)?
    };
    let second = attempt.client == "app2" && store.faults.has(Fault::SecondClientSignsInAnew);
    let unbound = store.faults.has(Fault::RefreshedUnbound);
    let order = Order {
        grant: id,
        client: &attempt.client,
        audience: &audience,
        scopes,
        lifetime,
        parent: None,
        holder: attempt.holder.clone().filter(|_| !unbound),
        renewed: second || store.faults.has(Fault::RefreshRenewsAuthentication),
    };
    let minted = mint::access(world, store, order)?;
    // the fault: what is narrowed is not rotated
    let kept = attempt.requested.is_some() && store.faults.has(Fault::NamedRefreshNotSpent);
    if let Some(token) = store.refresh.get_mut(&digest).filter(|_| !kept) {
        token.used = true;
        token.used_at = world.clock.now_s();
    }
    Ok(Issued {
        access_token: minted.token,
        jti: minted.jti,
        expires_in: minted.expires_in,
        scopes: minted.scopes,
        refresh_token: Some(mint::refresh(world, store, id)),
        id_token: None,
        issued_token_type: None,
    })
}

/// Whom the new token is for: whom the grant was for, or, with the fault, whom the request names.
fn audience_of(store: &Store, form: &Form, grant: &Grant) -> String {
    let named = form.optional("resource").filter(|_| store.faults.has(Fault::RefreshForAnybody));
    let known = named.filter(|named| AUDIENCES.contains(named));
    known.map_or_else(|| grant.audience.clone(), str::to_owned)
}

/// The fault: only the first refresh of a sign-in asks anybody.
fn later_copies(store: &Store, id: u64) -> bool {
    let refreshed = |grant: &Grant| {
        let own = grant.access.iter().filter_map(|jti| store.access.get(jti));
        own.filter(|token| token.parent.is_none()).count() > 1
    };
    // a broker's sign-ins are asked about upstream
    store.faults.has(Fault::LaterRefreshesCopy)
        && store.grants.get(&id).is_some_and(|grant| grant.groups.is_none() && refreshed(grant))
}

/// The fault: whoever names a scope is given it out of what was granted. A broker's sign-ins are asked about upstream.
fn named_copies(store: &Store, attempt: &Attempt, id: u64) -> bool {
    attempt.requested.is_some()
        && store.faults.has(Fault::RefreshByNameCopies)
        && store.grants.get(&id).is_some_and(|grant| grant.groups.is_none())
}

/// The fault: who is disabled is told to one client.
fn not_told(store: &Store, id: u64) -> bool {
    store.faults.has(Fault::OtherClientRefreshes)
        && store.grants.get(&id).is_some_and(|grant| grant.client == "app2")
}

fn refused(why: &str) -> Refusal {
    Refusal::by(GRANT, "invalid_grant", why)
}

/// The grant that this token belongs to; it must be one of the client that asks.
fn own_grant(store: &Store, attempt: &mut Attempt, digest: &Digest) -> Result<u64, Refusal> {
    let token = store.refresh.get(digest).ok_or_else(|| refused("there is no such token"))?;
    let grant = store.grants.get(&token.grant).ok_or_else(|| refused("there is no such grant"))?;
    attempt.subject = Some(grant.subject.clone());
    attempt.sub = Some(grant.sub.clone());
    attempt.audience = Some(grant.audience.clone());
    if grant.client != attempt.client && !store.faults.has(Fault::RefreshByAnotherClient) {
        return Err(refused("the token belongs to another client"));
    }
    Ok(token.grant)
}

/// Refuses an expired token, and one that was used: whoever shows it, the family is no longer safe.
fn unused(world: &World, store: &mut Store, digest: &Digest, id: u64) -> Result<(), Refusal> {
    let token = store.refresh.get(digest).ok_or_else(|| refused("there is no such token"))?;
    if world.clock.now_s() >= token.exp {
        return Err(refused("the token has expired"));
    }
    // the fault: what was used is remembered for a while
    let forgotten =
        store.faults.has(Fault::UsedForgotten) && world.clock.now_s() - token.used_at > REMEMBERED;
    if !token.used || forgotten || store.faults.has(Fault::ReplayAccepted) {
        return Ok(());
    }
    let used = store.refresh.values().filter(|token| token.grant == id && token.used);
    let long_gone = store.faults.has(Fault::OnlyTheLastIsRemembered) && used.count() > 1;
    if !store.faults.has(Fault::FamilySurvivesReplay) && !long_gone {
        store.end_grant(id, End::Reused);
    }
    Err(refused("the token was used before; its family has ended"))
}

/// Refuses where the grant has ended.
fn live(store: &Store, id: u64) -> Result<(), Refusal> {
    let ended = store.grants.get(&id).and_then(|grant| grant.ended);
    let overlooked = match ended {
        None => return Ok(()),
        Some(End::SubjectDisabled) => {
            store.faults.has(Fault::RefreshIgnoresDisabledSubject) || not_told(store, id)
        }
        Some(End::ClientDisabled) => store.faults.has(Fault::RefreshIgnoresDisabledClient),
        Some(End::ConsentWithdrawn) => store.faults.has(Fault::RefreshIgnoresWithdrawnConsent),
        Some(_) => false,
    };
    match ended {
        Some(end) if !overlooked => {
            Err(refused(&format!("the grant has ended: {}", end.because())))
        }
        _ => Ok(()),
    }
}

/// Refuses where the sign-in proved possession of a key, and this request does not.
fn same_holder(store: &Store, attempt: &Attempt, id: u64) -> Result<(), Refusal> {
    let bound = store.grants.get(&id).and_then(|grant| grant.holder.as_ref());
    match bound {
        Some(key)
            if attempt.holder.as_ref() != Some(key)
                && !store.faults.has(Fault::RefreshByAnyKey) =>
        {
            Err(refused("the token is bound to another key or certificate"))
        }
        _ => Ok(()),
    }
}

/// The subject as it is now; it must be the one of the grant, enabled, and still consent.
fn subject(store: &Store, id: u64) -> Result<Principal, Refusal> {
    let grant = store.grants.get(&id).ok_or_else(|| refused("there is no such grant"))?;
    let subject = store.subjects.get(&grant.subject).filter(|s| s.sub == grant.sub);
    let subject = subject.ok_or_else(|| refused("the subject is gone"))?;
    let mut principal = subject.principal();
    if !subject.enabled {
        if !store.faults.has(Fault::RefreshIgnoresDisabledSubject) && !not_told(store, id) {
            return Err(refused("the subject is disabled"));
        }
        // the fault does not look at the account at all
        principal.enabled = true;
    }
    if subject.withdrawn.contains(&grant.client)
        && !store.faults.has(Fault::RefreshIgnoresWithdrawnConsent)
    {
        return Err(refused("the subject has withdrawn its consent to the client"));
    }
    Ok(principal)
}

/// What is asked for: never more than was granted (RFC 6749 section 6).
fn wanted(store: &Store, attempt: &Attempt, granted: Scopes) -> Result<Scopes, Refusal> {
    match &attempt.requested {
        Some(named) if store.faults.has(Fault::RefreshWidensScope) => Ok(named.clone()),
        Some(_) if store.faults.has(Fault::NarrowRequestIgnored) => Ok(granted),
        Some(named) if named.is_subset(&granted) => Ok(named.clone()),
        Some(_) => Err(Refusal::by(GRANT, "invalid_scope", "more is asked for than was granted")),
        None => Ok(granted),
    }
}
