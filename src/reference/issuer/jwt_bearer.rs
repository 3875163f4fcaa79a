//! The JWT bearer grant (RFC 7523 section 2.1): a client signs for whom it asks. An assertion counts once.

use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::form::Form;
use super::refusal::Refusal;
use super::sign_in;
use super::token::{Issued, audience, enabled_client};
use crate::reference::faults::Fault;
use crate::reference::jose;
use crate::reference::policy::SIGN_IN;
use crate::reference::store::{Store, digest_of};
use crate::reference::world::World;

/// No assertion is good for longer than this, seconds.
const LONGEST_S: i64 = 300;

/// Issues a token for an assertion.
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let assertion = form.required("assertion")?;
    let key = store.clients.get(&attempt.client).and_then(|client| client.key.as_ref());
    let claims = key.and_then(|key| jose::verify_by(assertion, "JWT", key));
    let claims = claims.ok_or_else(|| refused("the client did not sign the assertion"))?;
    let name = text(&claims, "sub").ok_or_else(|| refused("the assertion is about nobody"))?;
    let found = sign_in::known(store, attempt, name).map(|_| ());
    let audience = audience(form.optional("resource"), attempt);
    enabled_client(store, attempt)?;
    found?;
    let audience = audience?;
    let exp = fits(world, attempt, &claims)?;
    let jti = text(&claims, "jti").ok_or_else(|| refused("the assertion has no `jti`"))?;
    let used = store.assertions.insert(digest_of(&format!("{} {jti}", attempt.client)), exp);
    // the fault: the jti is not remembered
    if used.is_some() && !store.faults.has(Fault::AssertionsReplayed) {
        return Err(refused("the assertion was used before"));
    }
    sign_in::issue(world, store, attempt, name, audience, "swk", false)
}

/// Issuer, audience and time (section 3); gives the end of it.
fn fits(world: &World, attempt: &Attempt, claims: &Map<String, Value>) -> Result<i64, Refusal> {
    if text(claims, "iss") != Some(&attempt.client) {
        return Err(refused("somebody else made the assertion"));
    }
    let here = [world.base.clone(), format!("{}/token", world.base)];
    let named = |value: &Value| value.as_str().is_some_and(|v| here.iter().any(|h| h == v));
    let ours = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(named),
        Some(one) => named(one),
        None => false,
    };
    if !ours {
        return Err(refused("the assertion is for another issuer"));
    }
    let now = world.clock.now_s();
    let exp = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if exp <= now || exp > now + LONGEST_S {
        return Err(refused("the assertion has expired, or is good for too long"));
    }
    Ok(exp)
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn refused(why: &'static str) -> Refusal {
    Refusal::by(SIGN_IN, "invalid_grant", why)
}
