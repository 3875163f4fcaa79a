//! Every way to a token, against a literal issuer.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use recant::model::{Outcome, TokenKind};
use serde_json::{Value, json};

use super::server::{CLIENT, Got, Reply, Rig, Server, form_at, json_reply, reply};

fn token(_: &str, _: &Got) -> Reply {
    json_reply(200, &json!({"access_token": "opaque-access-1", "token_type": "Bearer"}))
}

fn claims_of(jwt: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap())
        .unwrap()
}

#[tokio::test]
async fn password_with_basic_scope_and_parameters() {
    let server = Server::start(token).await;
    let more = format!("{CLIENT}parameters = {{ resource = \"{{audience}}\", nothing = \"\" }}");
    let rig = Rig::new(&server.base, &more).await;
    let ask = rig.scoped(&["read", "write"]);
    let got = rig.issuers.obtain("user", &ask, &rig.wallet, &|| rig.name()).await;
    assert_eq!((got.outcome.clone(), got.status), (Outcome::Accepted, Some(200)));
    insta::assert_snapshot!(form_at(&server, "/token"), @"
    grant_type = password
    password = alice-password-5512
    resource = orders-audience
    scope = read write
    username = alice
    ");
    let header = server.to("/token")[0].header("authorization").to_owned();
    let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
    // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
    assert_eq!(String::from_utf8(pair).unwrap(), "app+id:app+secret%3A%25%2B%2F5512");
    let basic = header.trim_start_matches("Basic ");
    // As a whole, and turned back.
    let found = ["authorization of client app", "secret of client app"];
    assert_eq!(rig.vault.found_in(&format!("log: {basic}")), found);
}

#[tokio::test]
async fn the_scope_parameter() {
    let server = Server::start(token).await;
    let plain = Rig::new(&server.base, CLIENT).await;
    let with = Rig::new(&server.base, &format!("{CLIENT}scope = \"openid {{scope}}\"")).await;
    let fixed = Rig::new(&server.base, &format!("{CLIENT}scope = \"fixed\"")).await;
    for (rig, scope, sent) in [
        (&plain, None, None),
        (&plain, Some("read"), Some("read")),
        (&with, None, Some("openid read write")),
        (&with, Some("read"), Some("openid read")),
        (&fixed, Some("read"), Some("fixed")),
    ] {
        let ask = scope.map_or_else(|| rig.ask(), |s| rig.scoped(&[s]));
        let got = rig.issuers.obtain("user", &ask, &rig.wallet, &|| rig.name()).await;
        let form = server.to("/token").last().unwrap().form();
        assert_eq!(form.get("scope").map(String::as_str), sent);
        let words = sent.map(|s| s.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(got.tokens[0].requested_scope, words);
        assert_eq!(rig.issuers.asked("user", &ask), words);
    }
}

#[tokio::test]
async fn client_credentials_by_post_and_by_a_signed_assertion() {
    let server = Server::start(token).await;
    let more = r#"
        [client.post]
        id = "post"
        auth = "client_secret_post"
        secret = { env = "APP" }
        [client.signs]
        id = "signs"
        auth = "private_key_jwt"
        key = { env = "KEY" }
        key-id = "k1"
        algorithm = "ES256"
        [client.public]
        id = "public"
        auth = "none"
        [grant.post]
        kind = "client-credentials"
        client = "post"
        [grant.signs]
        kind = "client-credentials"
        client = "signs"
        [grant.public]
        kind = "client-credentials"
        client = "public"
        "#;
    let rig = Rig::new(&server.base, more).await;
    rig.obtain("post").await;
    insta::assert_snapshot!(form_at(&server, "/token"), @"
    client_id = post
    client_secret = app secret:%+/5512
    grant_type = client_credentials
    ");
    rig.obtain("public").await;
    insta::assert_snapshot!(form_at(&server, "/token"), @"
    client_id = public
    grant_type = client_credentials
    ");
    rig.obtain("signs").await;
    let form = server.to("/token").last().unwrap().form();
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let assertion = &form["client_assertion"];
    let claims = claims_of(assertion);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("signs"), &json!("signs")));
    assert_eq!(claims["aud"], format!("{}/token", server.base));
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_900_000_000), &json!(1_900_000_060)));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 43);
    assert_eq!(rig.vault.found_in(assertion), ["assertion of client signs"]);
}

#[tokio::test]
async fn jwt_bearer_signs_for_the_subject() {
    let server = Server::start(token).await;
    let more = r#"
        [client.signs]
        id = "signs"
        auth = "none"
        key = { env = "KEY" }
        algorithm = "ES256"
        [grant.user]
        kind = "jwt-bearer"
        client = "signs"
        username = "{subject}@example.org"
        assertion-claims = { aud = "{issuer}", tenant = "t-{audience}" }
        "#;
    let rig = Rig::new(&server.base, more).await;
    assert!(rig.obtain("user").await.outcome.is_allow());
    let form = server.to("/token")[0].form();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let claims = claims_of(&form["assertion"]);
    assert_eq!(claims["sub"], "alice@example.org");
    assert_eq!(
        (&claims["aud"], &claims["tenant"]),
        (&json!(server.base), &json!("t-orders-audience"))
    );
}

#[tokio::test]
async fn tokens_in_a_header_and_refusals_of_systems_that_are_not_oauth() {
    let server = Server::start(|_, got| match got.body.as_str() {
        b if b.contains("alice-password") => {
            reply(201, &[("x-subject-token", "keystone-token-1")], "{}")
        }
        _ => reply(404, &[], ""),
    })
    .await;
    let more = r#"
        [grant.user]
        kind = "http"
        [[grant.user.steps]]
        request = "POST {base}/v3/auth/tokens"
        json = { auth = { user = "{subject}", password = "{subject.password}" } }
        capture = { access_token = "header:x-subject-token" }
        [grant.gone]
        kind = "http"
        refusal = { statuses = [404] }
        [[grant.gone.steps]]
        request = "POST {base}/v3/auth/tokens"
        [grant.unsaid]
        kind = "http"
        [[grant.unsaid.steps]]
        request = "POST {base}/v3/auth/tokens"
        "#;
    let rig = Rig::new(&server.base, more).await;
    let got = rig.obtain("user").await;
    assert_eq!(rig.wallet.bearer(&got.tokens[0].id).as_deref(), Some("keystone-token-1"));
    assert!(rig.obtain("gone").await.outcome.is_deny());
    assert!(matches!(rig.obtain("unsaid").await.outcome, Outcome::Failed(_)));
}

#[tokio::test]
async fn errors_of_oauth_are_refusals_in_steps_too() {
    let more = r#"
        [client.app]
        id = "app"
        auth = "none"
        [grant.user]
        kind = "http"
        [[grant.user.steps]]
        request = "POST {base}/token"
        capture = { access_token = "json:/access_token" }
        [grant.code]
        kind = "authorization-code"
        client = "app"
        redirect-uri = "http://nobody.invalid/callback"
        [[grant.code.steps]]
        request = "GET {authorize}"
        "#;
    for (status, error, refused) in [
        (400, "invalid_grant", true),
        (400, "invalid_scope", true),
        (400, "invalid_target", true),
        (400, "unauthorized_client", true),
        (400, "access_denied", true),
        (403, "access_denied", true),
        (400, "invalid_request", false),
        (400, "rejected", false),
        (500, "access_denied", false),
    ] {
        let server =
            Server::start(move |_, _| json_reply(status, &json!({ "error": error }))).await;
        let rig = Rig::new(&server.base, more).await;
        for grant in ["user", "code"] {
            let outcome = rig.obtain(grant).await.outcome;
            assert_eq!(outcome.is_deny(), refused, "{grant}, {status} {error}: {outcome:?}");
            if let Outcome::Refused(refusal) = outcome {
                assert_eq!((refusal.status, refusal.error.as_deref()), (status, Some(error)));
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_names_grant_and_issuer() {
    let server = Server::start(|_, _| json_reply(400, &json!({ "error": "invalid_grant" }))).await;
    let rig = Rig::new(&server.base, CLIENT).await;
    let got = rig.obtain("user").await;
    assert!(got.outcome.is_deny());
    assert_eq!(got.request, "grant `user` at issuer `main`");
}

#[tokio::test]
async fn commands() {
    let grant = |name: &str, script: &str| {
        format!(
            "[grant.{name}]\nkind = \"command\"\nrefusal = {{ statuses = [3] }}\ncommand = [\"sh\", \"-c\", '{script}', \"sh\", \"{{subject}}\"]\n"
        )
    };
    let more = [
        grant("plain", "echo token-of-$1"),
        grant(
            "json",
            r#"echo "{{\"access_token\":\"a-1\",\"expires_in\":\"60\",\"scope\":\"x y\"}""#,
        ),
        grant("no", "exit 3"),
        grant("broken", "echo alice-password-5512 no such user >&2; exit 1"),
        grant("slow", "sleep 30"),
        grant("endless", "yes"),
        grant("silent", "true"),
    ]
    .concat();
    let rig = Rig::with_timeout("http://127.0.0.1:1", &more, 1.0).await;
    rig.vault.learn("password of alice", "alice-password-5512");
    let got = rig.obtain("plain").await;
    assert_eq!(rig.wallet.bearer(&got.tokens[0].id).as_deref(), Some("token-of-alice"));
    let got = rig.obtain("json").await;
    assert_eq!(got.tokens[0].expires_in, Some(60));
    assert_eq!(
        got.tokens[0].response_scope.as_deref(),
        Some(&["x".to_owned(), "y".to_owned()][..])
    );
    let mut outcomes = String::new();
    for name in ["no", "broken", "slow", "endless", "silent"] {
        outcomes += &format!("{name}: {:?}\n", rig.obtain(name).await.outcome);
    }
    insta::assert_snapshot!(outcomes, @r#"
    no: Refused(Refusal { status: 3, error: None, challenged: false })
    broken: Unknown("the command ended with code 1: `<password of alice> no such user`")
    slow: Unknown("sh did not end within 1 s")
    endless: Unknown("sh printed more than 1048576 bytes")
    silent: Unknown("the token is empty")
    "#);
}

#[tokio::test]
async fn refresh_with_and_without_rotation() {
    let server = Server::start(|_, got| {
        let form = got.form();
        match (form["grant_type"].as_str(), form.get("refresh_token").map(String::as_str)) {
            ("password", _) => json_reply(200, &json!({"access_token": "access-one-1", "refresh_token": "refresh-one-1"})),
            (_, Some("refresh-one-1")) => json_reply(200, &json!({"access_token": "access-two-2", "refresh_token": "refresh-two-2", "scope": "read"})),
            (_, Some("refresh-two-2")) => json_reply(200, &json!({"access_token": "access-three-3"})),
            _ => json_reply(400, &json!({"error": "invalid_grant"})),
        }
    })
    .await;
    let rig = Rig::new(
        &server.base,
        &format!("{CLIENT}refresh-parameters = {{ resource = \"{{audience}}\" }}"),
    )
    .await;
    let names = || rig.name();
    let first = rig.obtain("user").await;
    assert_eq!(
        first.tokens.iter().map(|t| (t.id.as_str(), t.kind)).collect::<Vec<_>>(),
        [("t1", TokenKind::Access), ("t2", TokenKind::Refresh)]
    );
    assert_eq!(
        (first.tokens[0].refresh.as_deref(), first.refresh.as_deref()),
        (Some("t2"), Some("t2"))
    );

    let second =
        rig.issuers.refresh(&"t2".into(), &rig.scoped(&["read"]), &rig.wallet, &names).await;
    let form = server.all().last().unwrap().form();
    assert_eq!((form["scope"].as_str(), form["resource"].as_str()), ("read", "orders-audience"));
    assert_eq!(second.tokens[0].from.as_deref(), Some("t2"));
    assert_eq!(second.tokens[1].from.as_deref(), Some("t2"));
    assert_eq!(
        (second.tokens[0].refresh.as_deref(), second.refresh.as_deref()),
        (Some("t4"), Some("t4"))
    );

    let third = rig.issuers.refresh(&"t4".into(), &rig.ask(), &rig.wallet, &names).await;
    assert!(!server.all().last().unwrap().form().contains_key("scope"));
    assert_eq!((third.tokens[0].refresh.as_deref(), third.refresh.as_deref()), (None, Some("t4")));

    let not_a_refresh_token =
        rig.issuers.refresh(&"t1".into(), &rig.ask(), &rig.wallet, &names).await;
    assert!(matches!(not_a_refresh_token.outcome, Outcome::Failed(_)));
}

#[tokio::test]
async fn exchange_names_token_audience_and_scope() {
    let server = Server::start(token).await;
    let more = format!("{CLIENT}[grant.exchange]\nkind = \"token-exchange\"\nclient = \"app\"\n");
    let rig = Rig::new(&server.base, &more).await;
    let first = rig.obtain("user").await;
    let got = rig
        .issuers
        .exchange("exchange", &first.tokens[0].id, &rig.scoped(&["read"]), &rig.wallet, &|| {
            rig.name()
        })
        .await;
    assert_eq!(got.tokens[0].from.as_deref(), Some("t1"));
    insta::assert_snapshot!(form_at(&server, "/token"), @"
    audience = orders-audience
    grant_type = urn:ietf:params:oauth:grant-type:token-exchange
    scope = read
    subject_token = opaque-access-1
    subject_token_type = urn:ietf:params:oauth:token-type:access_token
    ");

    // It gives nothing by itself: the login before it is a request of its own.
    let before = server.to("/token").len();
    assert!(matches!(rig.obtain("exchange").await.outcome, Outcome::Failed(_)));
    assert_eq!(server.to("/token").len(), before);
    assert_eq!(rig.issuers.login_before("exchange"), Some("user"));
    assert_eq!(rig.issuers.login_before("user"), None);
}

#[tokio::test]
async fn a_dead_subject_token_is_a_no_at_an_exchange_only() {
    let server = Server::start(|base, got| match got.form()["grant_type"].contains("exchange") {
        true => json_reply(400, &json!({ "error": "invalid_request" })),
        false => token(base, got),
    });
    let server = server.await;
    let more = format!("{CLIENT}[grant.exchange]\nkind = \"token-exchange\"\nclient = \"app\"\n");
    let rig = Rig::new(&server.base, &more).await;
    let first = rig.obtain("user").await;
    let (names, subject) = (|| rig.name(), &first.tokens[0].id);
    let got = rig.issuers.exchange("exchange", subject, &rig.ask(), &rig.wallet, &names).await;
    let Outcome::Refused(refusal) = got.outcome else { panic!("{:?}", got.outcome) };
    assert_eq!((refusal.status, refusal.error.as_deref()), (400, Some("invalid_request")));

    let server = Server::saying(400, r#"{"error":"invalid_request"}"#).await;
    let rig = Rig::new(&server.base, CLIENT).await;
    assert_eq!(rig.obtain("user").await.outcome, Outcome::Failed("invalid_request".into()));
}
