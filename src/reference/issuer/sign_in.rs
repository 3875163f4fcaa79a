//! What every sign-in comes to, however the subject proved who it is: a grant, an access token, a refresh token.

use super::attempt::Attempt;
use super::entitle::{Entitled, as_issuance_sees, entitle};
use super::mint::{self, Order};
use super::refusal::Refusal;
use super::token::Issued;
use crate::reference::faults::Fault;
use crate::reference::policy::{Principal, Risk, SIGN_IN};
use crate::reference::scopes::Scopes;
use crate::reference::store::{End, Grant, Store, Subject};
use crate::reference::world::World;

/// Only for a fault: longer than any token should live, seconds.
const LONG_S: i64 = 1800;

/// The subject with this name, if it may sign in through the client that asks.
pub fn known<'a>(
    store: &'a Store,
    attempt: &mut Attempt,
    name: &str,
) -> Result<&'a Subject, Refusal> {
    let refused = |why| Refusal::by(SIGN_IN, "invalid_grant", why);
    // the name as given is evidence too, but only where it can be one
    attempt.subject = crate::reference::admin::is_plain(name).then(|| name.to_owned());
    let subject = store.subjects.get(name).ok_or_else(|| refused("there is no such subject"))?;
    attempt.sub = Some(subject.sub.clone());
    if !subject.enabled && !by_the_other_door(store, attempt) {
        return Err(refused("the subject is disabled"));
    }
    if locked_out(store, subject) {
        return Err(refused("the sessions of the subject were ended"));
    }
    if subject.withdrawn.contains(&attempt.client) {
        return Err(refused("the subject has withdrawn its consent to the client"));
    }
    Ok(subject)
}

/// Issues tokens to a subject that signed in, and how (RFC 8176).
pub fn issue(
    world: &World,
    store: &mut Store,
    attempt: &mut Attempt,
    name: &str,
    audience: &'static str,
    how: &'static str,
    with_refresh: bool,
) -> Result<Issued, Refusal> {
    let subject = store
        .subjects
        .get(name)
        .ok_or_else(|| Refusal::by(SIGN_IN, "invalid_grant", "there is no such subject"))?;
    let sub = subject.sub.clone();
    let principal = principal(world, store, attempt, subject, audience);
    let lifetime = lifetime(store, as_issuance_sees(store, principal.clone()).risk);
    let wanted = wanted(store, attempt);
    let scopes = match remembered(store, attempt, subject, &wanted) {
        Some(scopes) => {
            attempt.entitled = Some(Entitled::copied(&scopes));
            scopes
        }
        None => entitle(store, attempt, principal, audience, &wanted)?,
    };
    let now = world.clock.now_s();
    let id = store.number();
    let grant = Grant {
        subject: name.to_owned(),
        sub,
        client: attempt.client.clone(),
        audience: audience.to_owned(),
        scopes: scopes.clone(),
        auth_time: now,
        amr: how,
        groups: attempt.groups.clone(),
        holder: attempt.holder.clone(),
        ended: None,
        access: Vec::new(),
        expires: now,
    };
    store.grants.insert(id, grant);
    if let Some(subject) = store.subjects.get_mut(name) {
        subject.grants.push(id);
    }
    let client = &attempt.client;
    let (parent, holder, renewed) = (None, attempt.holder.clone(), false);
    let order = Order { grant: id, client, audience, scopes, lifetime, parent, holder, renewed };
    let minted = mint::access(world, store, order)?;
    // a request that names no scope gets the usual ones, of which `openid` is one
    let signs_in = with_refresh && attempt.requested.is_none();
    let id_token = if signs_in { Some(mint::id_token(world, store, id)?) } else { None };
    let refresh_token = with_refresh.then(|| mint::refresh(world, store, id));
    Ok(Issued {
        access_token: minted.token,
        jti: minted.jti,
        expires_in: minted.expires_in,
        scopes: minted.scopes,
        refresh_token,
        id_token,
        issued_token_type: None,
    })
}

/// What is asked for: what the request names, else all there is.
fn wanted(store: &Store, attempt: &Attempt) -> Scopes {
    let known = store.policy.scopes();
    let Some(named) = &attempt.requested else { return known };
    // the fault: what is left of a request for what nobody knows is no wish at all
    let nothing = named.is_disjoint(&known) && store.faults.has(Fault::UnknownScopeGivesAll);
    let defaults = attempt.client == "app2" && store.faults.has(Fault::SecondClientGetsAll);
    // the fault: one name that nobody knows, and the whole wish is dropped
    let partly = !named.is_subset(&known)
        && !named.is_disjoint(&known)
        && store.faults.has(Fault::PartlyUnknownGivesAll);
    let unread = nothing || partly || defaults || store.faults.has(Fault::NarrowRequestIgnored);
    if unread { known } else { named.clone() }
}

/// Who signs in, as policy is asked about it.
fn principal(
    world: &World,
    store: &Store,
    attempt: &Attempt,
    subject: &Subject,
    audience: &'static str,
) -> Principal {
    let mut principal = subject.principal_at(world.clock.now_s());
    if by_the_other_door(store, attempt) {
        principal.enabled = true;
    }
    if let Some(groups) = &attempt.groups {
        principal.roles.clone_from(groups);
    }
    if store.faults.has(Fault::OneNodeIsBehind) && before(store, subject, audience) % 8 == 7 {
        // the fault: every eighth sign-in meets a node that has not heard of the last role yet
        principal.roles.pop_last();
    }
    principal
}

fn lifetime(store: &Store, risk: Risk) -> i64 {
    match risk {
        // the fault: the table is read from the wrong end
        Risk::High if store.faults.has(Fault::RiskLengthensLife) => LONG_S,
        _ => mint::lifetime(risk),
    }
}

/// The fault: nothing tells a session that was ended from one that begins.
fn locked_out(store: &Store, subject: &Subject) -> bool {
    let mut earlier = subject.grants.iter().filter_map(|id| store.grants.get(id));
    store.faults.has(Fault::LogoutLocksOut)
        && earlier.any(|grant| grant.ended == Some(End::SessionsEnded))
}

/// The fault: one client signs in by a copy of the accounts that nobody brings up to date.
fn by_the_other_door(store: &Store, attempt: &Attempt) -> bool {
    attempt.client == "app2" && store.faults.has(Fault::OtherDoorOpen)
}

/// The fault: what is asked for by name, or by the second client, is given where an earlier sign-in of the subject gave it.
fn remembered(
    store: &Store,
    attempt: &Attempt,
    subject: &Subject,
    wanted: &Scopes,
) -> Option<Scopes> {
    let asker = attempt.client == "app2" || attempt.requested.is_some();
    if !asker || attempt.groups.is_some() || !store.faults.has(Fault::RememberedByAsker) {
        return None;
    }
    let earlier = subject.grants.iter().filter_map(|id| store.grants.get(id));
    let given: Scopes = earlier.flat_map(|grant| grant.scopes.iter().cloned()).collect();
    let scopes: Scopes = wanted.intersection(&given).cloned().collect();
    (!scopes.is_empty()).then_some(scopes)
}

/// How often this subject signed in for this service before.
fn before(store: &Store, subject: &Subject, audience: &str) -> usize {
    let grants = subject.grants.iter().filter_map(|id| store.grants.get(id));
    grants.filter(|grant| grant.audience == audience).count()
}
