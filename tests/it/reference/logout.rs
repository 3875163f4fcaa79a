//! Back-channel logout: what clients are told, and what a service with sessions of its own takes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::reference::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::hands::post;
use super::lab::{Lab, Op};
use super::signals::Got;

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The client `app`, which is told of logouts.
pub struct Told {
    got: Got,
}

impl Told {
    /// Registers an address.
    pub async fn at(lab: &Lab) -> Self {
        let (got, url) = super::signals::listen(false).await;
        let path = "/clients/app/logout-address";
        assert_eq!(lab.change(Method::PUT, path, json!({ "uri": url })).await.status, 204);
        Self { got }
    }

    /// Header and claims of each token that was posted.
    pub fn tokens(&self) -> Vec<(Value, Value)> {
        let part = |part: Option<&str>| -> Value {
            let bytes = URL_SAFE_NO_PAD.decode(part.expect("a part")).expect("base64url");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        let got = self.got.lock().expect("nobody panics").clone();
        let tokens =
            got.iter().map(|(_, form)| form.strip_prefix("logout_token=").expect("a form"));
        tokens.map(|t| (part(t.split('.').next()), part(t.split('.').nth(1)))).collect()
    }
}

/// What a service answers to a logout token, right after this or another one was made.
async fn shown(lab: &Lab, token: &str) -> u16 {
    let request = lab.request(Method::POST, "/services/messages/backchannel-logout");
    lab.send(request.form(&[("logout_token", token)])).await.status
}

#[tokio::test]
async fn a_client_is_told_once_whose_sessions_ended() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader"]).await;
    lab.subject("bob", &["reader"]).await;
    let told = Told::at(&lab).await;
    let held = lab.sign_in("ada", "messages", None).await.access();
    lab.sign_in("ada", "orders", None).await;
    lab.sign_in_by("app2", "ada", "orders", None).await;
    let other = lab.sign_in("bob", "messages", None).await.access();
    post(&lab, "/subjects/ada/logout").await;
    let tokens = told.tokens();
    let [(header, claims)] = &tokens[..] else { panic!("one token: {tokens:?}") };
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["sub"], lab.read("/subjects/ada").await["sub"]);
    assert_eq!((&claims["aud"], &claims["events"]), (&json!("app"), &json!({ LOGOUT: {} })));
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(e, i)| e - i), Some(120));
    assert_eq!(lab.status("messages", Op::Read, &held).await, 401);
    assert_eq!(lab.status("messages", Op::Read, &other).await, 200);
    lab.pass(1).await;
    let again = lab.sign_in("ada", "messages", None).await.access();
    assert_eq!(lab.status("messages", Op::Read, &again).await, 200);
}

#[tokio::test]
async fn a_service_takes_no_logout_token_that_is_not_for_it() {
    // those of this system say less than they must, so that none may be taken
    let lab = Lab::with(&[Fault::IdTokenForLogout]).await;
    lab.subject("ada", &["reader"]).await;
    let held = lab.sign_in("ada", "messages", None).await.access();
    for wrong in ["", "a.b.c", held.as_str()] {
        assert_eq!(shown(&lab, wrong).await, 400, "{wrong}");
    }
    post(&lab, "/subjects/ada/logout").await;
    assert_eq!(lab.status("messages", Op::Read, &held).await, 200);
}
