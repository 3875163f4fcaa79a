//! Grants in which a user takes part: CIBA and the authorization code.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::model::Outcome;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::server::{Got, Reply, Rig, Server, form_at, json_reply, reply, see_other};

fn ciba(polls: &[(u16, Value)]) -> impl Fn(&str, &Got) -> Reply + Clone + Send + Sync + use<> {
    let (polls, at) = (polls.to_vec(), Arc::new(AtomicUsize::new(0)));
    move |_, got| match got.path.as_str() {
        "/backchannel" => json_reply(
            200,
            &json!({"auth_req_id": "req-id-123456", "interval": 0.05, "expires_in": 60}),
        ),
        _ => {
            let i = at.fetch_add(1, Ordering::Relaxed).min(polls.len() - 1);
            json_reply(polls[i].0, &polls[i].1)
        }
    }
}

const CIBA: &str = r#"
[client.app]
id = "app"
auth = "none"
[grant.user]
kind = "ciba"
client = "app"
scope = "openid {scope}"
parameters = { resource = "{audience}" }
"#;

#[tokio::test]
async fn ciba_polls_until_the_device_says_yes() {
    let pending = (400, json!({"error": "authorization_pending"}));
    let yes = (200, json!({"access_token": "ciba-access-1", "refresh_token": "ciba-refresh-1"}));
    let server = Server::start(ciba(&[pending.clone(), pending, yes])).await;
    let rig = Rig::new(&server.base, CIBA).await;
    let got = rig.obtain("user").await;
    assert!(got.outcome.is_allow());
    assert_eq!(server.to("/token").len(), 3);
    insta::assert_snapshot!(form_at(&server, "/backchannel"), @"
    client_id = app
    login_hint = alice
    resource = orders-audience
    scope = openid read write
    ");
    assert_eq!(server.to("/token")[2].form()["auth_req_id"], "req-id-123456");
}

#[tokio::test]
async fn ciba_slows_down_and_takes_no_for_an_answer() {
    let server = Server::start(ciba(&[(400, json!({"error": "slow_down"}))])).await;
    let rig = Rig::new(&server.base, CIBA).await;
    let waits = tokio::time::timeout(Duration::from_millis(400), rig.obtain("user")).await;
    assert!(waits.is_err());
    assert_eq!(server.to("/token").len(), 1, "slow_down adds five seconds");

    let server = Server::start(ciba(&[(400, json!({"error": "access_denied"}))])).await;
    let rig = Rig::new(&server.base, CIBA).await;
    assert!(rig.obtain("user").await.outcome.is_deny());

    let server = Server::saying(400, r#"{"error":"unknown_user_id"}"#).await;
    let rig = Rig::new(&server.base, CIBA).await;
    assert!(rig.obtain("user").await.outcome.is_deny(), "the backchannel refuses");
}

const CODE: &str = r#"
[client.app]
id = "app"
auth = "none"
[grant.user]
kind = "authorization-code"
client = "app"
redirect-uri = "http://nobody.invalid/callback"
parameters = { resource = "{audience}" }
[[grant.user.steps]]
request = "GET {authorize}"
accept = [302]
capture = { form = "header:location" }
[[grant.user.steps]]
request = "POST {form}"
form = { user = "{subject}", password = "{subject.password}" }
follow-redirects = true
accept = [302]
"#;

/// A login page that ends at the redirect URI with what `back` adds to it.
fn login(back: &'static str) -> impl Fn(&str, &Got) -> Reply + Clone + Send + Sync {
    let asked = Arc::new(std::sync::Mutex::new(Default::default()));
    move |_, got| match got.path.as_str() {
        "/authorize" => {
            *asked.lock().unwrap() = got.query();
            reply(302, &[("location", "/login?step=1"), ("set-cookie", "sid=1; Path=/")], "")
        }
        "/login" if got.header("cookie") == "sid=1" && got.form()["user"] == "alice" => {
            see_other("/consent")
        }
        "/consent" => {
            let asked: std::collections::BTreeMap<String, String> = asked.lock().unwrap().clone();
            let back = back.replace("STATE", &asked["state"]);
            see_other(&format!("{}?{back}", asked["redirect_uri"]))
        }
        "/token" => {
            let challenge = &asked.lock().unwrap()["code_challenge"];
            let verifier = &got.form()["code_verifier"];
            let right = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge;
            json_reply(if right { 200 } else { 400 }, &json!({"access_token": "code-access-1"}))
        }
        _ => reply(404, &[], ""),
    }
}

#[tokio::test]
async fn authorization_code_with_pkce_and_state() {
    let server = Server::start(login("code=c-12345678&state=STATE")).await;
    let rig = Rig::new(&server.base, CODE).await;
    let got = rig.obtain("user").await;
    assert_eq!(got.outcome, Outcome::Accepted);
    let form = server.to("/token")[0].form();
    assert_eq!(
        (form["code"].as_str(), form["grant_type"].as_str()),
        ("c-12345678", "authorization_code")
    );
    assert_eq!(form["redirect_uri"], "http://nobody.invalid/callback");
    let asked = server.to("/authorize")[0].query();
    assert_eq!(
        (asked["code_challenge_method"].as_str(), asked["response_type"].as_str()),
        ("S256", "code")
    );
    assert_eq!(asked["resource"], "orders-audience");
}

#[tokio::test]
async fn what_else_a_login_can_come_back_with() {
    for (back, expect) in [
        ("error=access_denied&state=STATE", "Refused"),
        ("error=login_required", "Failed(\"login_required\")"),
        ("error=server_error", "Unknown(\"server_error\")"),
        ("code=c-1&state=other", "Unknown(\"the login came back with another `state`\")"),
        (
            "code=c-1&state=STATE&iss=https://evil.example",
            "Unknown(\"the login came back from another issuer\")",
        ),
        ("state=STATE", "Unknown(\"the login ended without an authorization code\")"),
    ] {
        let server = Server::start(login(back)).await;
        let rig = Rig::new(&server.base, CODE).await;
        let outcome = format!("{:?}", rig.obtain("user").await.outcome);
        assert!(outcome.starts_with(expect), "{back}: {outcome}");
        assert!(server.to("/token").is_empty());
    }
}
