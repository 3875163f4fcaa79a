//! What the record keeps of a token, and what it never has.

use recant::drive::Obtained;
use recant::model::{TokenForm, TokenKind};
use serde_json::{Value, json};

use super::server::{CLIENT, KEY, Rig, Server, json_reply, part, signed};

async fn obtained(answer: Value) -> (Rig, Obtained) {
    let server = Server::start(move |_, got| match got.path.as_str() {
        "/token" => json_reply(200, &answer),
        _ => json_reply(404, &json!({})),
    })
    .await;
    let rig = Rig::new(&server.base, CLIENT).await;
    let got = rig.obtain("user").await;
    (rig, got)
}

#[tokio::test]
async fn a_jwt_is_kept_as_header_claims_and_fingerprint() {
    let jwt = signed(&KEY, "k1", &json!({"sub": "alice", "exp": 1_900_000_600.5, "scope": "read"}));
    let (rig, got) = obtained(json!({
        "access_token": jwt, "refresh_token": "refresh-token-1", "expires_in": 600, "scope": "read",
        "id_token": "an-id-token-1",
    }))
    .await;
    let text = serde_json::to_string(&got.tokens).unwrap();
    for secret in [jwt.as_str(), jwt.rsplit('.').next().unwrap(), "refresh-token-1"] {
        assert!(!text.contains(secret));
    }
    assert_eq!(
        rig.vault.found_in("x refresh-token-1 y an-id-token-1"),
        ["an ID token", "token t2"]
    );
    let mut access = got.tokens[0].clone();
    assert_eq!(access.fingerprint.len(), 64);
    access.fingerprint.clear();
    insta::assert_json_snapshot!(access, @r#"
    {
      "id": "t1",
      "kind": "access",
      "form": "jwt",
      "fingerprint": "",
      "subject": "alice",
      "service": "orders",
      "refresh": "t2",
      "header": {
        "alg": "ES256",
        "typ": "at+jwt",
        "kid": "k1"
      },
      "claims": {
        "sub": "alice",
        "exp": 1900000600.5,
        "scope": "read"
      },
      "response_scope": [
        "read"
      ],
      "expires_in": 600,
      "signature": "unchecked"
    }
    "#);
    assert_eq!((got.tokens[1].kind, got.tokens[1].form), (TokenKind::Refresh, TokenForm::Opaque));
}

#[tokio::test]
async fn what_looks_like_a_jwt_but_is_none_is_opaque() {
    let header = part(&json!({"alg": "ES256"}));
    let claims = part(&json!({"sub": "alice"}));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let deep = part(&Value::String(deep.clone())).replace('=', "");
    for token in [
        "abc".to_owned(),
        "a.b.c".to_owned(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.s.t"),
        format!("{}.{claims}.s", part(&json!(["alg"]))),
        format!("{}.{claims}.s", part(&json!({"alg": 7}))),
        format!("{header}.{}.s", part(&json!("claims"))),
        format!("{header}.{deep}.s"),
        format!("{header}.{}.s", "W1tbW1tb".repeat(2000)),
    ] {
        let (_, got) = obtained(json!({ "access_token": token })).await;
        let seen = &got.tokens[0];
        assert_eq!((seen.form, &seen.claims), (TokenForm::Opaque, &None), "{token:.60}");
    }
}

#[tokio::test]
async fn claims_hold_no_live_secret_and_no_more_than_the_record_keeps() {
    let jwt = signed(
        &KEY,
        "k1",
        &json!({
            "sub": "alice",
            "nested": {"list": ["x admin-secret-5512 y", 1]},
            "admin-secret-5512": true,
            "long": "é".repeat(10_000),
        }),
    );
    let (_, got) = obtained(json!({ "access_token": jwt })).await;
    let claims = got.tokens[0].claims.clone().unwrap();
    assert_eq!(claims["nested"]["list"][0], "x <secret admin> y");
    assert_eq!(claims["<secret admin>"], true);
    let long = claims["long"].as_str().unwrap();
    assert!(long.len() < 9000 && long.ends_with("(cut: 20000 bytes)"), "{}", long.len());
}

#[tokio::test]
async fn an_opaque_token_gets_its_claims_from_introspection() {
    let server = Server::start(|_, got| match got.path.as_str() {
        "/token" => json_reply(200, &json!({"access_token": "opaque-token-1"})),
        _ => json_reply(200, &json!({
            "active": true, "scope": "read", "echo": "opaque-token-1", "padding": vec!["p".repeat(8000); 20],
        })),
    })
    .await;
    let more = r#"
        [issuer.main]
        url = "{base}"
        discovery = "none"
        token-endpoint = "{base}/token"
        introspection-endpoint = "{base}/introspect"
        introspect-as = "app"
        [client.app]
        id = "app"
        auth = "none"
        [grant.user]
        kind = "password"
        client = "app"
        "#;
    let rig = Rig::new(&server.base, more).await;
    let claims = rig.obtain("user").await.tokens[0].claims.clone().unwrap();
    insta::assert_json_snapshot!(claims, @r#"
    {
      "padding": "(not recorded)",
      "scope": "read",
      "echo": "(not recorded)"
    }
    "#);
}
