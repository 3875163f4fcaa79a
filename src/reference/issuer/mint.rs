//! Making access and refresh tokens. A token's form follows its service: JWT (RFC 9068) or opaque.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::status::status_list_uri;
use crate::reference::faults::Fault;
use crate::reference::policy::{Device, Risk};
use crate::reference::scopes::{self, Scopes};
use crate::reference::services::{AUDIENCES, OPAQUE_AUDIENCES, STATUS_AUDIENCE};
use crate::reference::store::{Access, Bound, Refresh, Store, digest_of};
use crate::reference::world::{World, random_name};

/// A refresh token lives this long, seconds.
const REFRESH_S: i64 = 3600;
/// A family of refresh tokens lives no longer than this after the sign-in, seconds.
const FAMILY_S: i64 = 12 * 3600;
/// An ID token lives this long, seconds.
const ID_TOKEN_S: i64 = 300;
/// No more live tokens than this.
const MOST_TOKENS: usize = 500_000;

/// What an access token is to be.
pub struct Order<'a> {
    pub grant: u64,
    pub client: &'a str,
    pub audience: &'a str,
    pub scopes: Scopes,
    /// It lives this long, seconds.
    pub lifetime: i64,
    /// `jti` of the token that it is exchanged for.
    pub parent: Option<String>,
    /// What it is bound to.
    pub holder: Option<Bound>,
    /// Only with the fault refresh-renews-authentication: the sign-in is told as if it were now.
    pub renewed: bool,
}

/// An access token that was made.
pub struct Minted {
    pub token: String,
    pub jti: String,
    pub expires_in: i64,
    pub scopes: Scopes,
}

/// How long an access token lives, seconds: shorter where the risk is higher.
pub fn lifetime(risk: Risk) -> i64 {
    match risk {
        Risk::Low => 900,
        Risk::Medium => 600,
        Risk::High => 300,
    }
}

/// Makes an access token of a grant.
pub fn access(world: &World, store: &mut Store, order: Order) -> Result<Minted, Refusal> {
    if store.access.len() >= MOST_TOKENS {
        return Err(Refusal::unavailable("there are too many live tokens"));
    }
    let iat = world.clock.now_s();
    let exp = iat + order.lifetime;
    let jti = random_name("a-");
    let status = match order.audience {
        STATUS_AUDIENCE => Some(place(store, order.grant, &jti)?),
        _ => None,
    };
    let embedded = embedded(store, order.grant);
    let Some(grant) = store.grants.get_mut(&order.grant) else {
        return Err(Refusal::unavailable("the grant is gone"));
    };
    grant.access.push(jti.clone());
    let mut record = Access {
        jti: jti.clone(),
        grant: order.grant,
        subject: grant.subject.clone(),
        sub: grant.sub.clone(),
        client: order.client.to_owned(),
        audience: order.audience.to_owned(),
        scopes: order.scopes.clone(),
        iat,
        exp,
        kid: None,
        ended: None,
        revoked_ms: None,
        status,
        parent: order.parent,
        holder: order.holder,
        auth_time: if order.renewed { iat } else { grant.auth_time },
        amr: grant.amr,
        embedded,
        sighted: None,
    };
    let token = if OPAQUE_AUDIENCES.contains(&order.audience) {
        random_name("at-")
    } else {
        let key = store.keys.signing().ok_or_else(|| Refusal::unavailable("there is no key"))?;
        record.kid = Some(key.kid.clone());
        let mut claims = claims_of(world, &record, &order.scopes);
        claims["nbf"] = json!(iat);
        let renewed = record.parent.is_none() && store.descends(&record);
        if renewed && store.faults.has(Fault::RefreshedForEverybody) {
            // the fault: nobody says again whom it is for
            claims["aud"] = json!(AUDIENCES);
        }
        if let Some((risk, device)) = embedded {
            claims["risk"] = json!(risk.word());
            claims["device"] = json!(device.word());
        }
        if let Some(place) = status {
            let list = json!({ "idx": place, "uri": status_list_uri(world) });
            claims["status"] = json!({ "status_list": list });
        }
        key.sign("at+jwt", &claims).map_err(|why| Refusal::unavailable(&why))?
    };
    store.handles.insert(digest_of(&token), jti.clone());
    store.access.insert(jti.clone(), record);
    Ok(Minted { token, jti, expires_in: order.lifetime, scopes: order.scopes })
}

/// A place in the status list that no other token has.
fn place(store: &mut Store, grant: u64, jti: &str) -> Result<u32, Refusal> {
    if store.faults.has(Fault::StatusPlaceKept) {
        // the fault: a token that is issued again takes over the place of the one before
        let before = store.grants.get(&grant).and_then(|grant| grant.access.last());
        if let Some(place) = before.and_then(|jti| store.access.get(jti)?.status) {
            store.statuses.hand_over(place, jti);
            return Ok(place);
        }
    }
    store.statuses.take(jti).ok_or_else(|| Refusal::unavailable("the status list is full"))
}

/// For the fault: what a token is to say of the subject's state.
fn embedded(store: &Store, grant: u64) -> Option<(Risk, Device)> {
    let grant = store.grants.get(&grant).filter(|_| store.faults.has(Fault::OverstuffedTokens))?;
    let subject = store.subjects.get(&grant.subject)?;
    Some((subject.risk, subject.device))
}

/// What a token says of itself, in a JWT or by introspection.
pub fn claims_of(world: &World, token: &Access, scopes: &Scopes) -> Value {
    let audience = if world.faults.has(Fault::AudienceWildcard) { "*" } else { &token.audience };
    let mut claims = json!({
        "iss": world.base,
        "sub": token.sub,
        "aud": audience,
        "client_id": token.client,
        "scope": scopes::join(scopes),
        "iat": token.iat,
        "exp": token.exp,
        "jti": token.jti,
        "auth_time": token.auth_time,
        "amr": [token.amr],
    });
    match &token.holder {
        // RFC 9449 section 6
        Some(Bound::Key(key)) => claims["cnf"] = json!({ "jkt": key }),
        // RFC 8705 section 3.1
        Some(Bound::Certificate(hash)) => claims["cnf"] = json!({ "x5t#S256": hash }),
        None => {}
    }
    claims
}

/// Makes an ID token of a grant (OpenID Connect Core section 2): for the client that the subject signed in through, and
/// for nobody else.
pub fn id_token(world: &World, store: &Store, grant: u64) -> Result<String, Refusal> {
    let of = store.grants.get(&grant).ok_or_else(|| Refusal::unavailable("the grant is gone"))?;
    let key = store.keys.signing().ok_or_else(|| Refusal::unavailable("there is no key"))?;
    let now = world.clock.now_s();
    let claims = json!({
        "iss": world.base, "sub": of.sub, "aud": of.client, "iat": now, "exp": now + ID_TOKEN_S,
        "auth_time": of.auth_time,
    });
    key.sign("JWT", &claims).map_err(|why| Refusal::unavailable(&why))
}

/// Makes a refresh token of a grant.
pub fn refresh(world: &World, store: &mut Store, grant: u64) -> String {
    let token = random_name("rt-");
    let now = world.clock.now_s();
    if let Some(of) = store.grants.get_mut(&grant) {
        let end = match world.faults.has(Fault::RefreshSlidesForever) {
            true => i64::MAX,
            false => of.auth_time + FAMILY_S,
        };
        of.expires = (now + REFRESH_S).min(end);
        let made = Refresh { grant, exp: of.expires, used: false, used_at: 0 };
        store.refresh.insert(digest_of(&token), made);
    }
    token
}
