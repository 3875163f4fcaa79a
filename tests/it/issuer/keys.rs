//! recant's own signature check.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::model::Signature;
use serde_json::{Value, json};

use super::server::{
    CLIENT, KEY, Reply, Rig, Server, json_reply, jwk, new_key, part, reply, see_other, signed,
};

/// An issuer that gives out a token and publishes keys; both can be replaced.
struct Idp {
    server: Server,
    rig: Rig,
    token: Arc<Mutex<String>>,
    keys: Arc<Mutex<Value>>,
}

impl Idp {
    async fn new(token: String, keys: Value) -> Self {
        let (token, keys) = (Arc::new(Mutex::new(token)), Arc::new(Mutex::new(keys)));
        let (t, k) = (token.clone(), keys.clone());
        let server = Server::start(move |_, got| match got.path.as_str() {
            "/token" => json_reply(200, &json!({"access_token": *t.lock().unwrap()})),
            _ => json_reply(200, &json!({"keys": *k.lock().unwrap()})),
        })
        .await;
        let rig = Rig::new(&server.base, CLIENT).await;
        Self { server, rig, token, keys }
    }

    async fn signature(&self) -> Signature {
        self.rig.obtain("user").await.tokens[0].signature
    }
}

#[tokio::test]
async fn only_the_signature_counts_and_never_the_expiry() {
    let other = new_key();
    let long_dead = json!({"exp": 1, "nbf": 9_999_999_999_u64});
    let good = signed(&KEY, "k1", &long_dead);
    let keys = json!([
        {"kty": "unheard-of"}, "junk", null,
        {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"},
        jwk(&KEY, "k1"),
    ]);
    let (message, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = good.rsplit_once('.').unwrap();
    let tampered = format!(
        "{}.{}.{signature}",
        part(&json!({"alg": "ES256", "kid": "k1"})),
        part(&json!({"sub": "root"}))
    );
    let with = |header: Value, signature: &str| {
        format!("{}.{}.{signature}", part(&header), part(&json!({"sub": "a"})))
    };
    for (token, expect) in [
        (good.clone(), Signature::Valid),
        (tampered, Signature::Invalid),
        (format!("{message}."), Signature::Invalid),
        (format!("{message}.!!"), Signature::Invalid),
        (signed(&other, "k1", &json!({})), Signature::Invalid),
        (signed(&KEY, "k2", &json!({})), Signature::Invalid),
        (with(json!({"alg": "none"}), ""), Signature::Invalid),
        (with(json!({"alg": "RS256", "kid": "k1"}), "c2ln"), Signature::Invalid),
        (with(json!({"alg": "HS256", "kid": "k1"}), "c2ln"), Signature::Unchecked),
        (with(json!({"alg": "ES512", "kid": "k1"}), "c2ln"), Signature::Unchecked),
        ("opaque".to_owned(), Signature::Unchecked),
    ] {
        let idp = Idp::new(token.clone(), keys.clone()).await;
        assert_eq!(idp.signature().await, expect, "{token}");
    }
}

#[tokio::test]
async fn a_token_without_kid_is_tried_with_every_key() {
    let header = json!({"alg": "ES256"});
    let token = signed(&KEY, "k1", &json!({"sub": "a"}));
    let claims = token.split('.').nth(1).unwrap();
    let message = format!("{}.{claims}", part(&header));
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let pair = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &KEY.0,
    )
    .unwrap();
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(&rng, message.as_bytes()).unwrap());
    let keys = json!([jwk(&new_key(), "a"), jwk(&KEY, "b")]);
    let idp = Idp::new(format!("{message}.{signature}"), keys).await;
    assert_eq!(idp.signature().await, Signature::Valid);
}

#[tokio::test]
async fn an_unknown_key_id_reads_the_set_again_but_not_for_ever() {
    let second = new_key();
    let idp = Idp::new(signed(&KEY, "k1", &json!({})), json!([jwk(&KEY, "k1")])).await;
    for _ in 0..3 {
        assert_eq!(idp.signature().await, Signature::Valid);
    }
    assert_eq!(idp.server.to("/jwks").len(), 1, "read once");

    *idp.token.lock().unwrap() = signed(&second, "k2", &json!({}));
    *idp.keys.lock().unwrap() = json!([jwk(&second, "k2")]);
    assert_eq!(idp.signature().await, Signature::Valid, "a rotated key is found at once");

    *idp.token.lock().unwrap() = signed(&second, "nobody's", &json!({}));
    let mut last = Signature::Invalid;
    for _ in 0..30 {
        last = idp.signature().await;
    }
    assert_eq!(last, Signature::Unchecked, "not called invalid without looking");
    assert!(idp.server.to("/jwks").len() < 20, "{}", idp.server.to("/jwks").len());
    assert!(idp.rig.issuers.notes()[0].contains("read often enough"));
}

#[tokio::test]
async fn forgetting_reads_again() {
    let idp = Idp::new(signed(&KEY, "k1", &json!({})), json!([jwk(&KEY, "k1")])).await;
    assert_eq!(idp.signature().await, Signature::Valid);
    *idp.keys.lock().unwrap() = json!([]);
    assert_eq!(idp.signature().await, Signature::Valid, "still the set that was read");
    idp.rig.issuers.forget_keys().await;
    assert_eq!(idp.signature().await, Signature::Invalid);
}

type Set = Box<dyn Fn() -> Reply + Send + Sync>;

#[tokio::test]
async fn key_sets_that_cannot_be_read_leave_signatures_unchecked() {
    let mut notes = String::new();
    let many: Vec<_> = (0..100_000).map(|i| json!({"kid": i.to_string()})).collect();
    let sets: [(&str, Set); 6] = [
        ("100,000 keys", Box::new(move || json_reply(200, &json!({ "keys": many })))),
        ("2,000 keys", Box::new(|| json_reply(200, &json!({ "keys": vec![json!({}); 2000] })))),
        ("a redirect loop", Box::new(|| see_other("/jwks"))),
        ("deep", Box::new(|| reply(200, &[], "[".repeat(100_000)))),
        ("no keys", Box::new(|| json_reply(200, &json!({"keys": {}})))),
        ("down", Box::new(|| reply(500, &[], "boom"))),
    ];
    for (what, set) in sets {
        let token = signed(&KEY, "k1", &json!({}));
        let set: Arc<dyn Fn() -> Reply + Send + Sync> = set.into();
        let server = Server::start(move |_, got| match got.path.as_str() {
            "/token" => json_reply(200, &json!({"access_token": token})),
            _ => set(),
        })
        .await;
        let rig = Rig::new(&server.base, CLIENT).await;
        assert_eq!(rig.obtain("user").await.tokens[0].signature, Signature::Unchecked);
        notes += &format!("{what}: {}\n", rig.issuers.notes().join(" | "));
    }
    insta::assert_snapshot!(notes, @"
    100,000 keys: issuer `main`: signatures are not checked: the key set can't be read: the answer is larger than 1048576 bytes
    2,000 keys: issuer `main`: signatures are not checked: the key set has 2000 keys; recant reads up to 1000
    a redirect loop: issuer `main`: signatures are not checked: the key set can't be read: status 302
    deep: issuer `main`: signatures are not checked: the key set is no JSON
    no keys: issuer `main`: signatures are not checked: the key set has no `keys`
    down: issuer `main`: signatures are not checked: the key set can't be read: status 500
    ");
}
