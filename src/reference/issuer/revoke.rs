//! Revocation (RFC 7009): at once, and a refresh token takes its access tokens along.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::form::{Form, authenticate};
use super::refusal::Refusal;
use crate::reference::faults::Fault;
use crate::reference::policy::CLIENT;
use crate::reference::ssf::News;
use crate::reference::store::{End, digest_of};
use crate::reference::world::World;

/// `POST /revoke`. The hint is only that: both kinds of token are looked for, whatever it says (section 2.1).
pub async fn endpoint(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let form = Form::parse(&body)?;
    let digest = digest_of(form.required("token")?);
    world.with(|store| {
        let client = authenticate(store, &headers, &form)?;
        if store.faults.has(Fault::RevocationDoesNothing) {
            return Ok(StatusCode::OK);
        }
        let owned = |owner: &str| {
            let why = "the token belongs to another client";
            let refusal = || Refusal::by(CLIENT, "unauthorized_client", why);
            (owner == client).then_some(()).ok_or_else(refusal)
        };
        // the fault: the hint says which table is looked in, and 200 is the answer to what is not found there
        let hint = form.optional("token_type_hint").filter(|_| store.faults.has(Fault::HintObeyed));
        let sought = |kind: &str| hint.is_none_or(|hint| hint == kind);
        if let Some(token) = store.access_by(&digest).filter(|_| sought("access_token")) {
            owned(&token.client)?;
            let unlisted = match token.parent {
                None => store.descends(token) && store.faults.has(Fault::RefreshedNotRevoked),
                Some(_) => store.faults.has(Fault::ExchangedNotRevoked),
            };
            if unlisted {
                // the faults: it is looked for among those of sign-ins
                return Ok(StatusCode::OK);
            }
            let jti = token.jti.clone();
            let again = token.ended == Some(End::Revoked);
            store.end_access(&jti, End::Revoked);
            if again && store.faults.has(Fault::SecondRevocationRevives) {
                // the fault: what was off is on
                store.access.entry(jti.clone()).and_modify(|token| token.ended = None);
            }
            if let Some(token) = store.access.get_mut(&jti) {
                token.revoked_ms = Some(world.clock.now_ms());
            }
        } else if let Some(id) =
            store.refresh.get(&digest).filter(|_| sought("refresh_token")).map(|token| token.grant)
        {
            owned(store.grants.get(&id).map_or("", |grant| &grant.client))?;
            if store.faults.has(Fault::RevocationLeavesAccessTokens) {
                if let Some(grant) = store.grants.get_mut(&id) {
                    grant.ended = Some(End::Revoked);
                    let because = End::Revoked.because();
                    store.news.push(News::Revoked { sub: grant.sub.clone(), because });
                }
            } else {
                store.end_grant(id, End::Revoked);
            }
            if store.faults.has(Fault::RevocationEndsEveryClient) {
                // the fault: it is the session that ends
                let of = store.grants.get(&id).map(|grant| grant.subject.clone());
                let grants = of.and_then(|name| Some(store.subjects.get(&name)?.grants.clone()));
                for id in grants.unwrap_or_default() {
                    store.end_grant(id, End::Revoked);
                }
            }
        }
        // section 2.2: a token that nobody knows is as good as revoked
        Ok(StatusCode::OK)
    })
}
