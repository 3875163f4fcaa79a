//! What an answer comes to: an authorization answer is only what is one.

use recant::model::TokenKind;
use serde_json::json;

use super::server::{Rig, Server, json_reply, reply};

const STATE: &str = r#"
[issuer.main]
url = "{base}"
discovery = "none"
token-endpoint = "{base}/token"
introspection-endpoint = "{base}/introspect"
revocation-endpoint = "{base}/revoke"
introspect-as = "services"
[client.services]
id = "services"
auth = "client_secret_post"
secret = { env = "ADMIN" }
[client.app]
id = "app"
auth = "none"
[grant.user]
kind = "password"
client = "app"
refusal = { statuses = [422], redirect-to = "/signin" }
"#;

/// Status, headers and body.
type Said = (u16, &'static [(&'static str, &'static str)], &'static str);

const TOKEN_ANSWERS: &[Said] = &[
    (400, &[], r#"{"error":"invalid_grant"}"#),
    (400, &[], r#"{"error":"invalid_scope"}"#),
    (400, &[], r#"{"error":"invalid_target"}"#),
    (400, &[], r#"{"error":"unauthorized_client"}"#),
    (400, &[], r#"{"error":"access_denied"}"#),
    (401, &[("www-authenticate", "Basic realm=x")], r#"{"error":"invalid_client"}"#),
    (403, &[("www-authenticate", "Bearer error=\"insufficient_scope\", x")], ""),
    (200, &[], r#"{"error":"invalid_grant"}"#),
    (422, &[], "nope"),
    (302, &[("location", "https://idp/signin?x")], ""),
    (302, &[("location", "https://idp/elsewhere")], ""),
    (400, &[], r#"{"error":"unsupported_grant_type"}"#),
    (400, &[], ""),
    (404, &[], "<html>\u{7}no</html>"),
    (429, &[], ""),
    (408, &[], ""),
    (500, &[], r#"{"error":"invalid_grant"}"#),
    (503, &[], ""),
    (200, &[], "not json"),
    (200, &[], "[]"),
    (200, &[], r#"{"access_token":7}"#),
    (200, &[], "access_token=live-token-in-a-form&token_type=bearer"),
    (200, &[], r#"{"access_token":"live-token-1","error":"odd"}"#),
    (200, &[], r#"{"access_token":""}"#),
];

#[tokio::test]
async fn of_the_token_endpoint() {
    let mut outcomes = String::new();
    for (status, headers, body) in TOKEN_ANSWERS {
        let server = Server::start(move |_, _| reply(*status, headers, *body)).await;
        let rig = Rig::new(&server.base, STATE).await;
        let got = rig.obtain("user").await;
        assert!(got.tokens.is_empty());
        outcomes += &format!(
            "{}\n  {:?}\n",
            format!("{status} {}", body.replace('\u{7}', "^G")).trim_end(),
            got.outcome
        );
    }
    insta::assert_snapshot!(outcomes, @r#"
    400 {"error":"invalid_grant"}
      Refused(Refusal { status: 400, error: Some("invalid_grant"), challenged: false })
    400 {"error":"invalid_scope"}
      Refused(Refusal { status: 400, error: Some("invalid_scope"), challenged: false })
    400 {"error":"invalid_target"}
      Refused(Refusal { status: 400, error: Some("invalid_target"), challenged: false })
    400 {"error":"unauthorized_client"}
      Refused(Refusal { status: 400, error: Some("unauthorized_client"), challenged: false })
    400 {"error":"access_denied"}
      Refused(Refusal { status: 400, error: Some("access_denied"), challenged: false })
    401 {"error":"invalid_client"}
      Refused(Refusal { status: 401, error: Some("invalid_client"), challenged: true })
    403
      Refused(Refusal { status: 403, error: Some("insufficient_scope"), challenged: true })
    200 {"error":"invalid_grant"}
      Refused(Refusal { status: 200, error: Some("invalid_grant"), challenged: false })
    422 nope
      Refused(Refusal { status: 422, error: None, challenged: false })
    302
      Refused(Refusal { status: 302, error: None, challenged: false })
    302
      Unknown("status 302 without anything that recant understands")
    400 {"error":"unsupported_grant_type"}
      Failed("unsupported_grant_type")
    400
      Failed("status 400, an empty body")
    404 <html>^Gno</html>
      Failed("status 404, `<html> no</html>`")
    429
      Failed("status 429, an empty body")
    408
      Unknown("status 408, an empty body")
    500 {"error":"invalid_grant"}
      Unknown("status 500, `{\"error\":\"invalid_grant\"}`")
    503
      Unknown("status 503, an empty body")
    200 not json
      Unknown("status 200 without anything that recant understands")
    200 []
      Unknown("status 200 without anything that recant understands")
    200 {"access_token":7}
      Unknown("the answer has no `access_token`")
    200 access_token=live-token-in-a-form&token_type=bearer
      Unknown("status 200 without anything that recant understands")
    200 {"access_token":"live-token-1","error":"odd"}
      Failed("odd")
    200 {"access_token":""}
      Unknown("the token is empty")
    "#);
}

/// Status and body.
const ANSWERS: &[(u16, &str)] = &[
    (200, r#"{"active":true,"scope":"read","exp":1900000600.5}"#),
    (200, r#"{"active":false}"#),
    (200, r#"{"active":"true"}"#),
    (200, "{}"),
    (200, ""),
    (204, ""),
    (400, r#"{"error":"unsupported_token_type","error_description":"no JWT"}"#),
    (401, r#"{"error":"invalid_client"}"#),
    (403, ""),
    (503, ""),
];

/// What both endpoints come to where both give this answer.
async fn introspected_and_revoked(status: u16, body: &'static str) -> (String, String) {
    let server = Server::start(move |_, got| match got.path.as_str() {
        "/token" => json_reply(200, &json!({"access_token": "opaque-token-1"})),
        _ => reply(status, &[], body),
    })
    .await;
    let rig = Rig::new(&server.base, STATE).await;
    let id = rig.obtain("user").await.tokens[0].id.clone();
    let told = rig.issuers.introspect(&id, (None, None), &rig.wallet).await;
    let back = rig.issuers.revoke(&id, None, &rig.wallet).await;
    let form = server.to("/introspect").last().unwrap().form();
    assert_eq!(form["client_secret"], "admin-secret-5512");
    assert_eq!(
        (form["token"].as_str(), form["token_type_hint"].as_str()),
        ("opaque-token-1", "access_token")
    );
    let first = server.to("/revoke")[0].form();
    assert_eq!((&*first["client_id"], &*first["token_type_hint"]), ("app", "access_token"));
    rig.issuers.revoke(&id, Some(TokenKind::Refresh), &rig.wallet).await;
    assert_eq!(server.to("/revoke")[1].form()["token_type_hint"], "refresh_token");
    (format!("{:?} {:?}", told.outcome, told.members), format!("{:?}", back.outcome))
}

#[tokio::test]
async fn of_introspection_and_revocation() {
    let (mut introspected, mut revoked) = (String::new(), String::new());
    for (status, body) in ANSWERS {
        let (told, back) = introspected_and_revoked(*status, body).await;
        let answer = format!("{status} {body}");
        introspected += &format!("{}\n  {told}\n", answer.trim_end());
        revoked += &format!("{}\n  {back}\n", answer.trim_end());
    }
    insta::assert_snapshot!(introspected, @r#"
    200 {"active":true,"scope":"read","exp":1900000600.5}
      Accepted Some({"active": Bool(true), "scope": String("read"), "exp": Number(1900000600.5)})
    200 {"active":false}
      Refused(Refusal { status: 200, error: None, challenged: false }) Some({"active": Bool(false)})
    200 {"active":"true"}
      Unknown("the answer does not say `active`") None
    200 {}
      Unknown("the answer does not say `active`") None
    200
      Unknown("status 200 without anything that recant understands") None
    204
      Unknown("status 204 without anything that recant understands") None
    400 {"error":"unsupported_token_type","error_description":"no JWT"}
      Failed("unsupported_token_type") None
    401 {"error":"invalid_client"}
      Failed("the client that introspects was refused: status 401, invalid_client") None
    403
      Failed("the client that introspects was refused: status 403, an empty body") None
    503
      Unknown("status 503, an empty body") None
    "#);
    insta::assert_snapshot!(revoked, @r#"
    200 {"active":true,"scope":"read","exp":1900000600.5}
      Accepted
    200 {"active":false}
      Accepted
    200 {"active":"true"}
      Accepted
    200 {}
      Accepted
    200
      Accepted
    204
      Accepted
    400 {"error":"unsupported_token_type","error_description":"no JWT"}
      Failed("unsupported_token_type")
    401 {"error":"invalid_client"}
      Refused(Refusal { status: 401, error: Some("invalid_client"), challenged: false })
    403
      Refused(Refusal { status: 403, error: None, challenged: false })
    503
      Unknown("status 503, an empty body")
    "#);
}
