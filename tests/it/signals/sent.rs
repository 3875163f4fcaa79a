//! What recant tells a receiver of accounts and of claims: the events as they are pushed, each with its subject, and what they take.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::history::{Action, View};
use serde_json::{Value, json};

use super::super::issuer::server::{Server, json_reply, reply};
use super::super::stage::pool::Page;
use super::super::stage::toy::verbs;
use super::transmitter::set;

const TOP: &str = "authority-claims = [\"scope\", \"roles\", \"realm_access.roles\"]\n";

const ORDERS: &str = r#"
roles = ["reader", "writer"]

[bounds]
event = "100ms"

[role.reader]
scopes = ["orders:read"]

[role.writer]
scopes = ["orders:write"]

[service.orders]
url = "{base}/orders"
audience = "orders"
class = "event-driven"
keeps = "100ms"

[service.orders.operation."read order"]
request = "GET /read"
needs = { scope = "orders:read" }

[service.orders.operation."write order"]
request = "POST /write"
needs = { scope = "orders:write" }

[signals.receiver.orders]
endpoint = "{base}/events"
events = ["token-claims-change", "account-disabled", "deactivate"]
"#;

const RECIPE: &str = r#"
[recipe]
name = "toy"
about = "a toy"

[change."trust transmitter"]
do = [{ request = "PUT {base}/admin/{transmitter}" }]
undo = [{ request = "DELETE {base}/admin/{transmitter}" }]
"#;

/// Plays a script whose tokens claim this; what it came to, what the receiver got, and what the record says it took.
async fn told(claims: &Value, script: &str) -> (Result<(), String>, Vec<Value>, Vec<Value>) {
    let token = set(claims);
    let server = Server::start(move |_, got| match got.path.as_str() {
        "/token" => json_reply(
            200,
            &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 600 }),
        ),
        "/events" => reply(202, &[], ""),
        _ => reply(200, &[], ""),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let page = Page { top: TOP, rest: ORDERS, recipe: Some(RECIPE) };
    let run = page.run(&server.base, folder.path()).await;
    let mut stage = run.stage("a");
    let mut end = Ok(());
    for verb in verbs(script) {
        if let Err(halt) = stage.perform(&verb).await {
            end = Err(halt.to_string());
            break;
        }
    }
    let claims = |body: String| -> Value {
        let payload = URL_SAFE_NO_PAD.decode(body.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&payload).unwrap()
    };
    let got = server.to("/events").into_iter().map(|got| claims(got.body)).collect();
    let view = View::of(run.lines_of("a"));
    let loses = view.ops.iter().filter_map(|op| match &op.action {
        Action::SendSignal { loses, .. } => Some(serde_json::to_value(loses).unwrap()),
        _ => None,
    });
    (end, got, loses.collect())
}

fn script(event: &str, more: &str) -> String {
    let signal = format!("do = \"signal\", of = \"s\", event = \"{event}\"{more}");
    let start = "do = \"subject\", name = \"s\"\ndo = \"change\", name = \"trust transmitter\"\n";
    format!("{start}do = \"tokens\", of = \"s\", label = \"held\"\n{signal}")
}

fn content() -> Value {
    json!({
        "iss": "https://i.example", "sub": "u-7", "exp": 4_000_000_000_i64, "scope": "orders:read orders:write",
        "roles": ["reader", "writer"], "realm_access": { "roles": ["writer", 7], "also": "kept" }, "groups": ["staff"],
    })
}

/// The only event of a token.
fn event(token: &Value) -> (&str, &Value) {
    let (uri, payload) = token["events"].as_object().unwrap().iter().next().unwrap();
    (uri, payload)
}

#[tokio::test]
async fn a_change_of_claims_tells_what_is_left_of_those_that_change() {
    let (end, got, loses) = told(&content(), &script("token-claims-change", "")).await;
    assert_eq!(end, Ok(()));
    let (uri, payload) = event(&got[0]);
    assert_eq!(uri, "https://schemas.openid.net/secevent/caep/event-type/token-claims-change");
    let left = json!({
        "scope": "orders:read", "roles": ["reader"], "realm_access": { "roles": [7], "also": "kept" },
    });
    assert_eq!(payload["claims"], left);
    assert_eq!(loses, [json!({ "scopes": ["orders:write"], "roles": ["writer"] })]);

    let (_, got, loses) = told(&content(), &script("token-claims-change", ", lifted = true")).await;
    let before = content();
    let as_before = json!({ "scope": before["scope"], "roles": before["roles"], "realm_access": before["realm_access"] });
    assert_eq!(event(&got[0]).1["claims"], as_before);
    assert_eq!(loses, [json!({})]);
}

#[tokio::test]
async fn where_no_claim_changes_none_is_told_and_the_scenario_says_so() {
    let other = json!({ "iss": "https://i.example", "sub": "u-7", "scope": "openid" });
    let (end, got, _) = told(&other, &script("token-claims-change", "")).await;
    let why = end.unwrap_err();
    assert!(
        why.contains("nothing that a role gives can be read in a token for \"orders\""),
        "{why}"
    );
    assert_eq!(got, Vec::<Value>::new());
}

#[tokio::test]
async fn accounts_are_told_of_in_the_words_of_risc_and_of_scim() {
    let (risc, scim) = (
        "https://schemas.openid.net/secevent/risc/event-type/",
        "urn:ietf:params:scim:event:prov:",
    );
    let all = json!({ "everything": true });
    for (name, more, uri, loses) in [
        ("account-disabled", "", format!("{risc}account-disabled"), &all),
        ("account-disabled", ", lifted = true", format!("{risc}account-enabled"), &json!({})),
        ("deactivate", "", format!("{scim}deactivate"), &all),
        ("deactivate", ", lifted = true", format!("{scim}activate"), &json!({})),
    ] {
        let (end, got, took) = told(&content(), &script(name, more)).await;
        assert_eq!(end, Ok(()), "{name}{more}");
        assert_eq!(event(&got[0]).0, uri);
        assert_eq!(took, std::slice::from_ref(loses), "{name}{more}");
        // these events have no time of their own
        assert!(got[0]["toe"].as_i64().is_some_and(|toe| toe <= got[0]["iat"].as_i64().unwrap()));
        let named = if name == "deactivate" {
            json!({ "format": "scim", "uri": "/Users/u-7" })
        } else {
            json!({ "format": "iss_sub", "iss": "https://i.example", "sub": "u-7" })
        };
        assert_eq!(got[0]["sub_id"], named);
    }
}
