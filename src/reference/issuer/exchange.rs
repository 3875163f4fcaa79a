//! Token exchange (RFC 8693): a token for one service becomes one for another. The new token carries no more than the old
//! one does now, lives no longer, and ends with it.

use super::attempt::Attempt;
use super::broker;
use super::entitle::{Entitled, as_issuance_sees, entitle};
use super::form::{Form, malformed};
use super::mint::{self, Order};
use super::refusal::Refusal;
use super::token::{Issued, audience, enabled_client};
use crate::reference::faults::Fault;
use crate::reference::policy::{GRANT, Risk};
use crate::reference::scopes::Scopes;
use crate::reference::store::{Access, End, Look, Standing, Store, digest_of};
use crate::reference::world::World;

/// RFC 8693 section 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Only for a fault, seconds.
const DAY_S: i64 = 86_400;

/// Issues a token for a token.
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let shown = digest_of(form.required("subject_token")?);
    let named = form.optional("resource").or_else(|| form.optional("audience"));
    let audience = audience(named, attempt);
    if form.required("subject_token_type")? != ACCESS_TOKEN {
        return Err(malformed("only access tokens are exchanged"));
    }
    let from = store.access_by(&shown).ok_or_else(|| refused("there is no such token"))?;
    attempt.subject = Some(from.subject.clone());
    attempt.sub = Some(from.sub.clone());
    enabled_client(store, attempt)?;
    let audience = audience?;
    let carried = worth(world, store, from)?;
    let (grant, parent) = (from.grant, from.jti.clone());
    let second = from.parent.is_some();
    let of_refreshed = !second && store.descends(from);
    let renewed = of_refreshed && store.faults.has(Fault::ExchangedSignsInAnew);
    let left = from.exp - world.clock.now_s();
    let subject = store.subjects.get(&from.subject).filter(|s| s.sub == from.sub);
    let mut principal = subject.ok_or_else(|| refused("the subject is gone"))?.principal();
    // the fault: the exchange does not look at the account
    principal.enabled |= store.faults.has(Fault::DisabledExchanged);
    let mut principal = broker::follow(world, store, grant, principal)?;
    if store.faults.has(Fault::RiskUnseenAtExchange) {
        principal.risk = Risk::Low;
    }
    let mut lifetime = mint::lifetime(as_issuance_sees(store, principal.clone()).risk);
    // a dead token has nothing left: only a fault gets here with one
    if left > 0 {
        lifetime = lifetime.min(left);
    }
    if second && store.faults.has(Fault::SecondExchangeLivesLong) {
        lifetime = DAY_S;
    }
    let unlimited = second && store.faults.has(Fault::SecondExchangeAmplifies);
    let carried = if unlimited { store.policy.scopes() } else { carried };
    let wanted = wanted(store, attempt, carried);
    let scopes = if brings_back(store, grant) {
        attempt.entitled = Some(Entitled::copied(&wanted));
        wanted
    } else {
        entitle(store, attempt, principal, audience, &wanted)?
    };
    let client = &attempt.client;
    let (parent, holder) = (Some(parent), attempt.holder.clone());
    let order = Order { grant, client, audience, scopes, lifetime, parent, holder, renewed };
    let minted = mint::access(world, store, order)?;
    Ok(Issued {
        access_token: minted.token,
        jti: minted.jti,
        expires_in: minted.expires_in,
        scopes: minted.scopes,
        refresh_token: None,
        id_token: None,
        issued_token_type: Some(ACCESS_TOKEN),
    })
}

fn refused(why: &str) -> Refusal {
    Refusal::by(GRANT, "invalid_grant", why)
}

/// What the token that is shown is good for now.
fn worth(world: &World, store: &Store, from: &Access) -> Result<Scopes, Refusal> {
    match store.standing(from, world.clock.now_ms(), Look::Full) {
        Standing::Live(_) if brings_back(store, from.grant) => Ok(from.scopes.clone()),
        Standing::Dead(_) if disabled_exchanged(store, from) => Ok(from.scopes.clone()),
        // the fault: whatever the risk took is in the token, and policy is asked without the risk
        Standing::Live(_) if store.faults.has(Fault::RiskUnseenAtExchange) => {
            Ok(from.scopes.clone())
        }
        Standing::Live(scopes) => Ok(scopes),
        Standing::Dead(_) if store.faults.has(Fault::ExchangeOfTheDead) => Ok(from.scopes.clone()),
        Standing::Dead(_) if overlooked(world, store, from) => Ok(from.scopes.clone()),
        Standing::Dead(why) => Err(refused(&format!("the token is dead: {why}"))),
    }
}

/// The fault: what the shown token carries is enough. A broker's sign-ins are asked about upstream.
fn brings_back(store: &Store, grant: u64) -> bool {
    let own = store.grants.get(&grant).is_some_and(|grant| grant.groups.is_none());
    own && store.faults.has(Fault::ExchangeBringsBack)
}

/// The fault: a token that ended with its subject's account is as good as any.
fn disabled_exchanged(store: &Store, from: &Access) -> bool {
    let by_account = from.ended.is_none_or(|end| end == End::SubjectDisabled);
    let disabled =
        store.subjects.get(&from.subject).is_some_and(|s| s.sub == from.sub && !s.enabled);
    by_account && disabled && store.faults.has(Fault::DisabledExchanged)
}

/// The faults: nobody looks at the expiry; nobody looks at the grant, only whether the token itself was revoked; nobody looks at the
/// sessions, the consent or the key.
fn overlooked(world: &World, store: &Store, from: &Access) -> bool {
    let has = |fault| store.faults.has(fault);
    if from.ended.is_none() {
        let expired = world.clock.now_s() >= from.exp;
        let retired = from.kid.as_ref().is_some_and(|kid| !store.keys.is_published(kid));
        let further = from.parent.is_some() && has(Fault::ExpiredExchangedExchanged);
        return expired && (further || has(Fault::ExpiredExchanged))
            || retired && !expired && has(Fault::RetiredKeyExchanged);
    }
    match from.ended {
        Some(End::Revoked) => from.revoked_ms.is_none() && has(Fault::RevokedGrantExchanged),
        Some(End::SessionsEnded) => has(Fault::EndedSessionExchanged),
        Some(End::ConsentWithdrawn) => has(Fault::WithdrawnConsentExchanged),
        _ => false,
    }
}

/// What is asked for, cut down to what the token carries (RFC 8693 section 2.2.1: the answer's scope tells).
fn wanted(store: &Store, attempt: &Attempt, carried: Scopes) -> Scopes {
    if store.faults.has(Fault::ExchangeAmplifies) {
        return store.policy.scopes();
    }
    match &attempt.requested {
        Some(named) if !store.faults.has(Fault::NarrowRequestIgnored) => {
            named.intersection(&carried).cloned().collect()
        }
        _ => carried,
    }
}
