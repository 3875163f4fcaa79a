//! The decision log, as a file and as an endpoint.

use std::io::Write as _;
use std::sync::Arc;

use recant::drive::{LogRead, LogReader, LogSubject, Values, Vault};
use recant::history::DecisionSeen;
use recant::model::Outcome;
use recant::plan::DecisionLog;
use serde_json::{Value, json};

use super::server::{Server, declared, env, http, json_reply, reply};

const FIELDS: &str = r#"
allow = "EFFECT_ALLOW"
[decision-log.fields]
id = "/callId"
kind = "/kind"
subject = "/input/principal/id"
granted = "/granted"
requested = "/asked"
decision = "/effect"
reason = "/why"
policies = "/policies/*/id"
owners = "/policies/*/owner"
inputs = "/input"
claims = "/claims"
claim-name = "/claim"
claim-value = "/value"
claim-because = "because"
token = "/jti"
[decision-log.fields.kinds]
issue = ["TokenIssued", "issue"]
"#;

pub struct Log {
    pub decisions: LogReader<DecisionLog>,
    pub values: Values,
    vault: Arc<Vault>,
}

pub async fn log(base: &str, place: &str) -> Log {
    let declared = declared(
        base,
        &format!("[issuer.main]\nurl = \"{{base}}\"\n[grant]\n[decision-log]\n{place}\n{FIELDS}"),
    );
    let vault = Arc::new(Vault::open(&declared, &env()).await.unwrap());
    let values = Values::of_target(&declared.target.values, &vault);
    let place = declared.target.decision_log.clone().unwrap();
    let decisions = LogReader::of(place, &declared, vault.clone(), http(2.0));
    Log { decisions, values, vault }
}

pub fn subject(name: &str, values: &Values) -> LogSubject {
    let mut values = values.layer();
    values.set("subject", name);
    LogSubject {
        name: name.into(),
        ids: vec![format!("{name}-sub")],
        tokens: vec![format!("{name}-jti")],
        values,
        ..LogSubject::default()
    }
}

pub fn record(id: &str, subject: &str) -> Value {
    json!({
        "callId": id, "kind": "TokenIssued", "input": {"principal": {"id": subject}},
        "granted": "read write", "asked": ["read", "admin"], "effect": "EFFECT_DENY", "why": "risk\nhigh",
        "policies": [{"id": "p1", "owner": "team a"}, {"id": "p2"}],
        "claims": [{"claim": "roles", "value": ["a", "b"], "because": "rule 1"}, {"claim": "risk", "value": 3}],
    })
}

pub fn ids(read: &LogRead<DecisionSeen>) -> Vec<&str> {
    read.records.iter().map(|d| d.id.as_deref().unwrap_or("?")).collect()
}

#[tokio::test]
async fn a_file_is_read_from_where_the_scenario_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.jsonl");
    let mut file = std::fs::File::create(&path).unwrap();
    writeln!(file, "{}", record("old", "alice")).unwrap();
    let log = log("http://x", &format!("file = {:?}", path.to_str().unwrap())).await;
    let mut cursor = log.decisions.begin(&log.values).await;
    let alice = [subject("alice", &log.values)];

    writeln!(file, "{}", record("1", "alice")).unwrap();
    writeln!(file, "not json\n\n[1]\n{}", record("2", "bob")).unwrap();
    writeln!(file, "{}", record("3", "alice-sub")).unwrap();
    writeln!(file, "{}", json!({"callId": "4", "jti": "alice-jti"})).unwrap();
    writeln!(file, "{}", json!({"callId": "5", "jti": "somebody's"})).unwrap();
    let torn = record("6", "alice").to_string();
    file.write_all(&torn.as_bytes()[..40]).unwrap();
    let read = log.decisions.read(&mut cursor, &alice, &log.values).await;
    assert_eq!((read.outcome.clone(), read.bad), (Outcome::Accepted, 2));
    assert_eq!(ids(&read), ["1", "3", "4"]);

    file.write_all(&torn.as_bytes()[40..]).unwrap();
    writeln!(file).unwrap();
    let read = log.decisions.read(&mut cursor, &alice, &log.values).await;
    assert_eq!(ids(&read), ["6"], "the whole line, once it is whole");
    assert!(log.decisions.read(&mut cursor, &alice, &log.values).await.records.is_empty());

    // rotated: shorter than where we were
    std::fs::write(&path, format!("{}\n", record("7", "alice"))).unwrap();
    let read = log.decisions.read(&mut cursor, &alice, &log.values).await;
    assert_eq!(ids(&read), ["7"]);
}

#[tokio::test]
async fn a_record_is_read_through_the_paths_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.jsonl");
    let log = log("http://x", &format!("file = {:?}", path.to_str().unwrap())).await;
    let mut cursor = log.decisions.begin(&log.values).await;
    std::fs::write(&path, format!("{}\n", record("1", "alice"))).unwrap();
    let read = log.decisions.read(&mut cursor, &[subject("alice", &log.values)], &log.values).await;
    insta::assert_json_snapshot!(read.records[0], @r#"
    {
      "id": "1",
      "time": null,
      "kind": "issue",
      "subject": "alice",
      "client": null,
      "audience": null,
      "requested": [
        "read",
        "admin"
      ],
      "granted": [
        "read",
        "write"
      ],
      "decision": "deny",
      "reason": "risk\nhigh",
      "revision": null,
      "policies": [
        "p1",
        "p2"
      ],
      "owners": [
        "team a"
      ],
      "inputs": true,
      "inputs_digest": "8fea60013137d9b2a63338c5d014b27dcdb2e4dcbb6a686cf3ed4a4797587234",
      "claims": [
        {
          "claim": "roles",
          "value": "a",
          "because": "rule 1"
        },
        {
          "claim": "roles",
          "value": "b",
          "because": "rule 1"
        },
        {
          "claim": "risk",
          "value": "3",
          "because": ""
        }
      ],
      "token": null
    }
    "#);
}

#[tokio::test]
async fn secrets_in_a_log_are_named_and_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = log("http://x", &format!("file = {:?}", path.to_str().unwrap())).await;
    log.vault.learn("token t7", "eyJ.very.live-token-of-alice");
    let mut cursor = log.decisions.begin(&log.values).await;
    let mut bad = record("1", "alice");
    bad["why"] = json!("token eyJ.very.live-token-of-alice was shown");
    let line = "admin-secret-5512 in a line that is no record";
    std::fs::write(&path, format!("{bad}\n{line}\n{{\"unfinished\": \"app secret:%+/5512"))
        .unwrap();
    let read = log.decisions.read(&mut cursor, &[subject("alice", &log.values)], &log.values).await;
    assert_eq!(read.leaked, ["secret admin", "token t7"]);
    assert_eq!(read.records[0].reason.as_deref(), Some("token <token t7> was shown"));
}

#[tokio::test]
async fn a_line_that_is_too_long_is_skipped_and_memory_stays_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut file = std::fs::File::create(&path).unwrap();
    let log = log("http://x", &format!("file = {:?}", path.to_str().unwrap())).await;
    let mut cursor = log.decisions.begin(&log.values).await;
    file.write_all(&vec![b'x'; 5 << 20]).unwrap();
    writeln!(file, "\n{}", record("1", "alice")).unwrap();
    let read = log.decisions.read(&mut cursor, &[subject("alice", &log.values)], &log.values).await;
    assert_eq!((ids(&read), read.bad), (vec!["1"], 1));
}

#[tokio::test]
async fn an_endpoint_in_its_three_shapes() {
    let records = [record("1", "alice"), record("2", "bob"), record("3", "alice")];
    let lines = records.iter().map(|r| format!("{r}\n")).collect::<String>() + "junk\n";
    let array = json!(records).to_string();
    let object = json!({"page": {"items": records}}).to_string();
    for (body, items) in [(lines, ""), (array, ""), (object, "items = \"/page/items\"")] {
        let server = Server::saying(200, &body).await;
        let log = log(&server.base, &format!("url = \"{{base}}/log\"\nheaders = {{ Authorization = \"Bearer {{secret.admin}}\" }}\n{items}")).await;
        let mut cursor = log.decisions.begin(&log.values).await;
        let alice = [subject("alice", &log.values)];
        let read = log.decisions.read(&mut cursor, &alice, &log.values).await;
        assert_eq!((read.status, ids(&read)), (Some(200), vec!["1", "3"]));
        assert_eq!(server.to("/log")[0].header("authorization"), "Bearer admin-secret-5512");
        let again = log.decisions.read(&mut cursor, &alice, &log.values).await;
        assert!(again.records.is_empty(), "nothing is new");
    }
}

#[tokio::test]
async fn an_endpoint_is_asked_for_each_subject_and_doubles_are_kept() {
    let server = Server::start(|_, got| {
        let who = &got.query()["subject"];
        let mut all = vec![record("1", who), record("1", who)];
        all.push(json!({"callId": "shared", "input": {"principal": {"id": ["alice", "bob"]}}}));
        json_reply(200, &json!(all))
    })
    .await;
    let log = log(&server.base, "url = \"{base}/log?subject={subject}\"").await;
    let both = [subject("alice", &log.values), subject("bob", &log.values)];
    let mut cursor = log.decisions.begin(&log.values).await;
    let read = log.decisions.read(&mut cursor, &both, &log.values).await;
    assert_eq!(
        ids(&read),
        ["1", "1", "shared", "1", "1"],
        "logged twice is seen twice, asked twice is not"
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_no_empty_log() {
    let mut said = Vec::new();
    for (status, body) in [(401, "{}"), (503, ""), (200, "{")] {
        let server = Server::start(move |_, _| reply(status, &[], body)).await;
        let log = log(&server.base, "url = \"{base}/log\"\nitems = \"/x\"").await;
        let mut cursor = log.decisions.begin(&log.values).await;
        said.push(log.decisions.read(&mut cursor, &[], &log.values).await.outcome);
    }
    for path in ["/nowhere/at/all", "/dev/zero"] {
        let log = log("http://x", &format!("file = \"{path}\"")).await;
        let mut cursor = log.decisions.begin(&log.values).await;
        said.push(log.decisions.read(&mut cursor, &[], &log.values).await.outcome);
    }
    insta::assert_debug_snapshot!(said, @r#"
    [
        Failed(
            "the decision log can't be read: status 401, `{}`",
        ),
        Unknown(
            "the decision log can't be read: status 503, an empty body",
        ),
        Unknown(
            "the answer of the decision log is no JSON",
        ),
        Failed(
            "the decision log /nowhere/at/all can't be read: No such file or directory (os error 2)",
        ),
        Failed(
            "the decision log /dev/zero is no file",
        ),
    ]
    "#);
}
