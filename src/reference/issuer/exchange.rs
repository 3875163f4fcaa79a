//! Token exchange (RFC 8693): a token for one service becomes one for another. The new token carries no more than the old
//! one does now, lives no longer, and ends with it.

use super::attempt::Attempt;
use super::broker;
use super::entitle::{as_issuance_sees, entitle};
use super::form::{Form, malformed};
use super::mint::{self, Order};
use super::refusal::Refusal;
use super::token::{Issued, audience, enabled_client};
use crate::reference::faults::Fault;
use crate::reference::policy::GRANT;
use crate::reference::scopes::Scopes;
use crate::reference::store::{Access, Look, Standing, Store, digest_of};
use crate::reference::world::World;

/// RFC 8693 section 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

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
    let left = from.exp - world.clock.now_s();
    let subject = store.subjects.get(&from.subject).filter(|s| s.sub == from.sub);
    let principal = subject.ok_or_else(|| refused("the subject is gone"))?.principal();
    let principal = broker::follow(world, store, grant, principal)?;
    let mut lifetime = mint::lifetime(as_issuance_sees(store, principal.clone()).risk);
    // a dead token has nothing left: only a fault gets here with one
    if left > 0 {
        lifetime = lifetime.min(left);
    }
    let wanted = wanted(store, attempt, carried);
    let scopes = entitle(store, attempt, principal, audience, &wanted)?;
    let client = &attempt.client;
    let (parent, holder, renewed) = (Some(parent), attempt.holder.clone(), false);
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
        Standing::Live(scopes) => Ok(scopes),
        Standing::Dead(_) if store.faults.has(Fault::ExchangeOfTheDead) => Ok(from.scopes.clone()),
        Standing::Dead(why) => Err(refused(&format!("the token is dead: {why}"))),
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
