//! The access log of services, read like the decision log and through its own paths.

use std::sync::Arc;

use recant::drive::{LogReader, LogSubject, Values, Vault};
use recant::model::Outcome;
use serde_json::json;

use super::server::{Server, declared, env, http};

const LOG: &str = r#"
[issuer.main]
url = "{base}"
[grant]
[access-log]
url = "{base}/accesses"
allow = "OK"
services = { orders = ["orders-api"] }
[access-log.fields]
id = "/n"
time = "/at"
service = "/app"
subject = "/user"
decision = "/result"
token = "/jti"
request = "/rid"
issuance = "/decision"
"#;

#[tokio::test]
async fn a_record_is_found_by_request_subject_or_token_and_holds_no_credential() {
    let body = json!([
        { "n": 1, "at": "2026-01-01T00:00:00Z", "app": "orders-api", "result": "ok", "rid": "run-4", "decision": "d-1" },
        { "n": 2, "app": "reports", "result": "FORBIDDEN", "jti": "j-1", "user": "eyJ.very.live-token" },
        { "n": 3, "app": "reports", "user": "alice-sub", "result": "OK" },
        { "n": 4, "app": "reports", "user": "bob", "rid": "run-5", "jti": "j-2" },
        { "n": 5, "app": "reports" },
    ]);
    let server = Server::saying(200, &body.to_string()).await;
    let declared = declared(&server.base, LOG);
    let vault = Arc::new(Vault::open(&declared, &env()).await.unwrap());
    vault.learn("token t1", "eyJ.very.live-token");
    let values = Values::of_target(&declared.target.values, &vault);
    let place = declared.target.access_log.clone().unwrap();
    let log = LogReader::of(place, &declared, vault, http(2.0));
    let alice = LogSubject {
        name: "alice".into(),
        ids: vec!["alice-sub".into()],
        tokens: vec!["j-1".into()],
        requests: ["run-4".to_owned()].into(),
        ..LogSubject::default()
    };
    let mut cursor = log.begin(&values).await;
    let read = log.read(&mut cursor, &[alice], &values).await;
    assert_eq!((read.outcome, read.leaked), (Outcome::Accepted, vec!["token t1".to_owned()]));
    let seen: Vec<_> = read
        .records
        .iter()
        .map(|r| {
            let (id, service) = (r.id.as_deref(), r.service.as_deref());
            (id.unwrap(), service.unwrap(), r.decision.as_deref().unwrap(), r.request.as_deref())
        })
        .collect();
    let expected = [
        ("1", "orders", "allow", Some("run-4")),
        ("2", "reports", "deny", None),
        ("3", "reports", "allow", None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(read.records[0].issuance.as_deref(), Some("d-1"));
    assert_eq!(read.records[1].subject.as_deref(), Some("<token t1>"));
}
