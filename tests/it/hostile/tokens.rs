//! Tokens with claims that no issuer should make.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};

use super::system::Wrong;
use super::{Case, all};

fn claims(
    what: &'static str,
    codes: &'static [i32],
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Case {
    let wrong = Wrong { claims: Some(Arc::new(change)), ..Wrong::default() };
    Case { what, wrong, edits: vec![], codes, says: "" }
}

fn token(what: &'static str, codes: &'static [i32], token: String) -> Case {
    let wrong = Wrong { token: Some(token), ..Wrong::default() };
    Case { what, wrong, edits: vec![], codes, says: "" }
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_and_times() {
    let set = |name: &'static str, value: Value| move |c: &mut Value| c[name] = value.clone();
    all(vec![
        claims("exp is text", &[1, 3], set("exp", "4102444800".into())),
        claims("exp is a fraction", &[0, 3], |c| {
            c["exp"] = (c["exp"].as_f64().unwrap() + 0.5).into()
        }),
        claims("exp is 1e300", &[1, 3], set("exp", 1e300.into())),
        claims("exp is -1e300", &[1, 3], set("exp", (-1e300).into())),
        claims("exp is 2^64-1", &[1, 3], set("exp", u64::MAX.into())),
        claims("exp is -1", &[1, 3], set("exp", (-1).into())),
        claims("exp is an array", &[1, 3], set("exp", json!([1]))),
        claims("exp is null", &[1, 3], set("exp", Value::Null)),
        claims("exp and iat far apart", &[1, 3], |c| {
            c["exp"] = 1e300.into();
            c["iat"] = (-1e300).into();
        }),
        claims("iat is 1e300", &[0, 1, 3], set("iat", 1e300.into())),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authority_and_audience() {
    let set = |name: &'static str, value: Value| move |c: &mut Value| c[name] = value.clone();
    all(vec![
        claims("scope is an array", &[0, 3], |c| {
            c["scope"] = c["scope"].as_str().unwrap().split(' ').collect::<Value>();
        }),
        // What such a token carries is not what the role says: it may be red, but never green.
        claims("scope is a number", &[1, 3], set("scope", 7.into())),
        claims("scope is an object", &[1, 3], set("scope", json!({ "read": true }))),
        claims("scope is deep", &[1, 3], |c| {
            let mut deep = json!("read");
            (0..100).for_each(|_| deep = json!([deep]));
            c["scope"] = deep;
        }),
        claims("10,000 scopes", &[1, 3], |c| {
            let many: Vec<_> = (0..4000).map(|n| format!("s{n}")).collect();
            c["scope"] = many.join(" ").into();
        }),
        claims("aud is missing", &[1, 3], |c| drop(c.as_object_mut().unwrap().remove("aud"))),
        claims("aud is an array", &[1, 3], set("aud", json!(["orders", 1, {}]))),
        claims("aud is an object", &[1, 3], set("aud", json!({ "a": 1 }))),
        claims("sub is an object", &[0, 1, 3], set("sub", json!({ "a": [1] }))),
        claims("3,000 claims", &[0, 3], |c| {
            (0..3000).for_each(|n| c[format!("c{n}")] = "v".into());
        }),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms() {
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"ES256","kid":"k1"}"#);
    let twice = part(r#"{"scope":"read","scope":"read write","exp":1,"exp":4102444800}"#);
    let deep = part(&format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000)));
    let odd = part("{\"sub\":\"\u{0}\u{1b}[2J\"}");
    all(vec![
        // The signature does not hold either.
        token("claims that occur twice", &[1, 3], format!("{header}.{twice}.c2lnbmF0dXJl")),
        token("claims nested 20,000 deep", &[1, 3], format!("{header}.{deep}.c2lnbmF0dXJl")),
        token("claims that are no JSON", &[1, 3], format!("{header}.%%%.c2lnbmF0dXJl")),
        token("control characters", &[1, 3], format!("{header}.{odd}.c2lnbmF0dXJl")),
        token("only dots", &[1, 3], ".".repeat(30_000)),
        token("one character", &[1, 3], "x".to_owned()),
        token("60,000 characters", &[1, 3, 5], "x".repeat(60_000)),
    ])
    .await;
}
