//! Detours: which requests that nobody declared are taken for ways to an operation, and how these are called from then on.

use recant::history::{Action, View};
use recant::model::Outcome;
use serde_json::json;

use super::super::issuer::server::{Got, Reply, Server, json_reply, reply};
use super::pool::Page;
use super::toy::verbs;

const ORDERS: &str = r#"
roles = ["reader"]

[role.reader]
scopes = ["read"]

[service.orders]
url = "{base}/orders"
audience = "orders"
class = "introspect"

[service.orders.operation."read order"]
request = "GET /read?page=1"
needs = { scope = "read" }

[service.orders.operation."change order"]
request = "PUT /change"
needs = { scope = "read" }
"#;

/// What the service has at each of its addresses.
fn answer(got: &Got) -> Reply {
    let guarded = |body| match got.header("authorization") {
        "Bearer good-access-token" => json_reply(200, &body),
        _ => reply(401, &[("www-authenticate", "Bearer")], ""),
    };
    let order = || json!({ "id": 7, "state": "open" });
    match got.path.as_str() {
        "/token" => json_reply(
            200,
            &json!({ "access_token": "good-access-token", "token_type": "Bearer", "expires_in": 600, "scope": "read" }),
        ),
        "/orders/read" | "/orders/change" => guarded(order()),
        // the same operation, with another order in its answer
        "/orders/read/" => guarded(json!({ "id": 8, "state": "closed" })),
        // whoever comes gets it: no way that a token is needed for
        "/orders//read" => json_reply(200, &order()),
        // another operation
        "/orders/READ" => guarded(json!({ "orders": [] })),
        "/orders/read;x=1" => reply(500, &[], ""),
        "/orders/read.json" => reply(401, &[("www-authenticate", "Bearer")], ""),
        _ => reply(404, &[], ""),
    }
}

#[tokio::test]
async fn what_answers_the_token_alike_and_refuses_nobodys_is_called_with_every_route() {
    let server = Server::start(|_, got| answer(got)).await;
    let folder = tempfile::tempdir().unwrap();
    let page = Page { top: "", rest: ORDERS, recipe: None };
    let run = page.run(&server.base, folder.path()).await;
    let mut stage = run.stage("a");
    let script = r#"
        do = "subject", name = "s"
        do = "tokens", of = "s", label = "held"
        do = "call", of = "s", label = "held", operations = "entitled", every-route = true
        do = "find-detours", of = "s", label = "held"
        do = "call", of = "s", label = "held", operations = "entitled", every-route = true
        do = "call", of = "s", label = "held", operations = "entitled"
    "#;
    for verb in verbs(script) {
        stage.perform(&verb).await.unwrap();
    }
    let view = View::of(run.lines_of("a"));
    let told = |detour: &Option<recant::model::Detour>| {
        detour.map_or("as declared".to_owned(), |detour| detour.words().to_owned())
    };
    let each = view.ops.iter().filter_map(|op| match &op.action {
        Action::Call { operation, detour, .. } => {
            Some(format!("call {operation}: {}: {:?}", told(detour), op.outcome))
        }
        Action::TryDetour { operation, detour, token, .. } => {
            let with = if token.is_some() { "" } else { " with nobody's token" };
            let status = op.seen.status.unwrap_or_default();
            let looks =
                if matches!(op.outcome, Outcome::Unknown(_)) { ", another answer" } else { "" };
            Some(format!("try {operation}{with}: {}: {status}{looks}", told(detour)))
        }
        _ => None,
    });
    insta::assert_snapshot!(each.collect::<Vec<_>>().join("\n"));
    // a query stays where it is
    let asked = server.to("/orders/read/");
    assert!(!asked.is_empty() && asked.iter().all(|got| got.query()["page"] == "1"));
    let record = std::fs::read_to_string(folder.path().join("run/history.jsonl")).unwrap();
    assert!(!record.contains("good-access-token"));
}
