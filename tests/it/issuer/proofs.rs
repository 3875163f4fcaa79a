//! Proofs of possession (RFC 9449) at a token endpoint, against a literal issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::model::Outcome;
use serde_json::{Value, json};

use super::server::{CLIENT, Got, Reply, Rig, Server, json_reply, reply};

const BOUND: &str = "dpop = true\nrefresh-parameters = { resource = \"r\" }";

fn part(jwt: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Asks for the nonce `n-1` in every proof.
fn asks_for_a_nonce(_: &str, got: &Got) -> Reply {
    let proof = got.header("dpop");
    if proof.is_empty() || part(proof, 1)["nonce"] != "n-1" {
        let headers = [("content-type", "application/json"), ("dpop-nonce", "n-1")];
        return reply(400, &headers, json!({ "error": "use_dpop_nonce" }).to_string());
    }
    json_reply(
        200,
        &json!({ "access_token": "opaque-access-1", "refresh_token": "opaque-refresh-1", "token_type": "DPoP" }),
    )
}

#[tokio::test]
async fn the_nonce_that_is_asked_for_is_in_the_next_proof_and_in_those_after_it() {
    let server = Server::start(asks_for_a_nonce).await;
    let rig = Rig::new(&server.base, &format!("{CLIENT}{BOUND}")).await;
    let first = rig.obtain("user").await;
    assert_eq!(first.outcome, Outcome::Accepted);
    assert_eq!(server.to("/token").len(), 2);
    let refresh = first.refresh.unwrap();
    let ask = rig.ask();
    let next = rig.issuers.refresh(&refresh, &ask, &rig.wallet, &|| rig.name()).await;
    assert_eq!(next.outcome, Outcome::Accepted);
    let proofs: Vec<String> =
        server.to("/token").iter().map(|got| got.header("dpop").to_owned()).collect();
    assert_eq!(proofs.len(), 3);
    let keys: Vec<Value> = proofs.iter().map(|proof| part(proof, 0)["jwk"].clone()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "the key of the sign-in goes on");
    let mut members: Vec<&String> = keys[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["crv", "kty", "x", "y"], "the public part only");
    let header = part(&proofs[0], 0);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    let claims = part(&proofs[1], 1);
    assert_eq!(claims["htm"], "POST");
    assert_eq!(claims["htu"], format!("{}/token", server.base));
    assert_eq!(claims["iat"], 1_900_000_000);
    assert_eq!(claims.get("ath"), None);
    let mut ids: Vec<String> = proofs.iter().map(|p| part(p, 1)["jti"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "no proof is used twice");
    // Proofs are credentials: nothing of them may be repeated.
    assert_eq!(rig.vault.found_in(&proofs[2]), ["a DPoP proof"]);
}

#[tokio::test]
async fn each_subject_has_a_key_of_its_own() {
    let server = Server::start(asks_for_a_nonce).await;
    let rig = Rig::new(&server.base, &format!("{CLIENT}{BOUND}")).await;
    rig.obtain("user").await;
    rig.obtain("user").await;
    let ask = recant::drive::Ask { subject: "bob".into(), ..rig.ask() };
    rig.issuers.obtain("user", &ask, &rig.wallet, &|| rig.name()).await;
    let key = |n: usize| part(server.to("/token")[n].header("dpop"), 0)["jwk"].clone();
    assert_eq!(key(1), key(2));
    assert_ne!(key(2), key(3));
}

#[tokio::test]
async fn who_asks_for_nonces_for_ever_is_asked_twice() {
    let server = Server::start(|_, _| {
        let headers = [("content-type", "application/json"), ("dpop-nonce", "again")];
        reply(400, &headers, json!({ "error": "use_dpop_nonce" }).to_string())
    })
    .await;
    let rig = Rig::new(&server.base, &format!("{CLIENT}{BOUND}")).await;
    let got = rig.obtain("user").await;
    assert!(matches!(got.outcome, Outcome::Failed(_)), "{:?}", got.outcome);
    assert_eq!(server.to("/token").len(), 2);
}

#[tokio::test]
async fn a_nonce_that_is_none_is_not_repeated() {
    for nonce in ["with space", "quote\"", &"n".repeat(2000)] {
        let told = nonce.to_owned();
        let server = Server::start(move |_, _| {
            reply(400, &[("dpop-nonce", &told)], json!({ "error": "use_dpop_nonce" }).to_string())
        })
        .await;
        let rig = Rig::new(&server.base, &format!("{CLIENT}{BOUND}")).await;
        rig.obtain("user").await;
        assert_eq!(server.to("/token").len(), 1, "{nonce}");
    }
}

#[tokio::test]
async fn without_dpop_there_is_no_proof() {
    let server = Server::start(asks_for_a_nonce).await;
    let rig = Rig::new(&server.base, CLIENT).await;
    rig.obtain("user").await;
    let all = server.to("/token");
    assert_eq!((all.len(), all[0].header("dpop")), (1, ""));
}
