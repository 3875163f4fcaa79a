//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): whom the sessions of a subject concern is told that they ended, before
//! whoever ended them has an answer.

use serde_json::json;

use crate::reference::delivery::Endpoint;
use crate::reference::faults::Fault;
use crate::reference::services::EVENT_AUDIENCE;
use crate::reference::world::{World, random_name};

/// What happened, as logout tokens say it (section 2.4).
pub const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// A logout token lives this long, seconds; section 4 asks for two minutes at most.
const LIFE_S: i64 = 120;
/// Only for a fault, seconds.
const DAY_S: i64 = 86_400;

/// That the sessions of a subject through a client ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ended {
    pub client: String,
    pub sub: String,
}

/// Tells the service that has sessions of its own, and clients that registered an address, that sessions of one subject ended.
pub async fn tell(world: &World, ended: &[Ended]) {
    let house = format!("{}/services/{EVENT_AUDIENCE}/backchannel-logout", world.base);
    if let Some((house, one)) = Endpoint::parse(&house, None).zip(ended.first()) {
        post(world, &house, EVENT_AUDIENCE, &one.sub).await;
    }
    // the fault: who is not of the house hears nothing
    for told in ended.iter().filter(|_| !world.faults.has(Fault::LogoutNotTold)) {
        let address = world.with(|store| store.clients.get(&told.client)?.logout.clone());
        if let Some(address) = address {
            post(world, &address, &told.client, &told.sub).await;
        }
    }
}

async fn post(world: &World, to: &Endpoint, client: &str, sub: &str) {
    let Some(token) = token(world, client, sub) else { return };
    // a token has no character that a form would have to escape
    to.insist("application/x-www-form-urlencoded", &format!("logout_token={token}")).await;
}

/// A logout token (section 2.4) about all sessions of a subject.
fn token(world: &World, client: &str, sub: &str) -> Option<String> {
    let now = world.clock.now_s();
    let life = if world.faults.has(Fault::LogoutTokenLivesLong) { DAY_S } else { LIFE_S };
    let mut claims = json!({
        "iss": world.base, "sub": sub, "aud": client, "iat": now, "exp": now + life,
        "jti": random_name("l-"),
    });
    // the fault: an ID token is sent, which anybody has who got one
    let kind = if world.faults.has(Fault::IdTokenForLogout) {
        claims["nonce"] = json!(random_name("n-"));
        "JWT"
    } else {
        claims["events"] = json!({ LOGOUT: {} });
        "logout+jwt"
    };
    world.with(|store| store.keys.signing()?.sign(kind, &claims).ok())
}
