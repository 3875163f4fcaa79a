//! Deliveries by push: each with the answer that it gets and what is kept of it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::history::Action;
use recant::model::Outcome;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::issuer::server::reply;
use super::super::stage::toy::verb;
use super::transmitter::{CAEP, Rig, set, token};

const OPEN: &str = r#"do = "open-stream", delivery = "push""#;

/// Where a stream is pushed to, and what must be shown there.
struct There {
    address: String,
    path: String,
    authorization: String,
}

async fn open() -> (Rig, There) {
    let mut rig = Rig::new(|_, _| reply(500, &[], "")).await;
    rig.stage.perform(&verb(OPEN)).await.unwrap();
    let asked: Value = serde_json::from_str(&rig.server.to("/streams")[0].body).unwrap();
    let delivery = &asked["delivery"];
    assert_eq!(delivery["method"], "urn:ietf:rfc:8935");
    let url = delivery["endpoint_url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (address, path) = url.split_once('/').unwrap();
    let authorization = delivery["authorization_header"].as_str().unwrap().to_owned();
    let there = There { address: address.into(), path: format!("/{path}"), authorization };
    (rig, there)
}

impl There {
    fn head(&self, length: usize) -> String {
        format!(
            "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: application/secevent+jwt\r\n\
             authorization: {}\r\ncontent-length: {length}\r\n",
            self.path, self.authorization
        )
    }

    fn whole(&self, body: &str) -> String {
        format!("{}\r\n{body}", self.head(body.len()))
    }

    /// Sends bytes as they are; the status of the answer and its `err`, or the body where it has none.
    async fn send(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let _ = stream.write_all(bytes.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { return "nothing".into() };
        let status = head.split(' ').nth(1).unwrap().to_owned();
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        match said["err"].as_str() {
            Some(err) => format!("{status} {err}"),
            None if body.is_empty() => status,
            None => format!("{status} {body}"),
        }
    }
}

/// What is sent, what is answered, and whether it is kept as evidence.
type Row = (&'static str, String, &'static str, bool);

/// What is wrong around a token.
fn forms(there: &There, right: &Value) -> Vec<Row> {
    let good = there.whole(&set(right));
    let without = |name: &str| {
        let kept = good.lines().filter(|line| !line.starts_with(name));
        kept.collect::<Vec<_>>().join("\r\n")
    };
    let stranger = good.replace("Bearer ", "Bearer x");
    let json = good.replace("secevent+jwt\r", "json\r");
    let colours = there.whole("\u{0}\u{7f}\u{1b}[31m");
    vec![
        ("a right one", good.clone(), "202", true),
        ("the same again", good.clone(), "202", true),
        ("no authorization", without("authorization"), "401 authentication_failed", true),
        ("another authorization", stranger, "401 authentication_failed", true),
        ("no type", without("content-type"), "400 invalid_request", true),
        ("another type", json, "400 invalid_request", true),
        ("nothing", there.whole(""), "400 invalid_request", true),
        ("no token", there.whole("{\"sets\":{}}"), "400 invalid_request", true),
        ("no text", colours, "400 invalid_request", true),
        ("another method", good.replace("POST", "PUT"), "405", false),
        ("another path", good.replace(&there.path, "/jwks"), "404", false),
        ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned(), "400", false),
    ]
}

/// What is wrong with a token.
fn tokens(there: &There, right: &Value) -> Vec<Row> {
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        there.whole(&set(&claims))
    };
    let over =
        |header: Value, claims: &str| there.whole(&token(&header, &URL_SAFE_NO_PAD.encode(claims)));
    let usual = || json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k1" });
    let own = right.to_string();
    let untyped = over(json!({ "alg": "ES256", "typ": "JWT", "kid": "k1" }), &own);
    let unsigned = over(json!({ "alg": "none", "typ": "secevent+jwt" }), &own);
    let unknown = over(json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k2" }), &own);
    let deep = format!("{{\"iss\":{}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
    let signed = set(right);
    let forged =
        signed.rsplit_once('.').map(|(message, _)| format!("{message}.{}", "A".repeat(86)));
    let two =
        json!({ format!("{CAEP}session-revoked"): {}, format!("{CAEP}risk-level-change"): {} });
    let verification = "https://schemas.openid.net/secevent/ssf/event-type/verification";
    let asked = json!({ verification: { "state": "x" } });
    let both = json!(["https://x.example", "https://r.example"]);
    vec![
        ("of another type", untyped, "400 invalid_request", true),
        ("that nobody signed", unsigned, "400 invalid_key", true),
        ("of an unknown key", unknown, "400 invalid_key", true),
        ("that another key signed", there.whole(&forged.unwrap()), "400 invalid_key", true),
        ("of another issuer", with("iss", json!("https://x.example")), "400 invalid_issuer", true),
        ("for another", with("aud", json!(["https://x.example"])), "400 invalid_audience", true),
        ("for two receivers", with("aud", both), "202", true),
        ("with exp", with("exp", json!(1)), "400 invalid_request", true),
        ("with sub", with("sub", json!("ada")), "400 invalid_request", true),
        ("without a name", with("jti", json!("")), "400 invalid_request", true),
        ("with two events", with("events", two), "400 invalid_request", true),
        ("without an event", with("events", json!([])), "400 invalid_request", true),
        ("a verification out of the blue", with("events", asked), "400 invalid_state", true),
        ("nested deeply", over(usual(), &deep), "400 invalid_request", true),
    ]
}

/// What is too much.
fn sizes(there: &There, right: &Value) -> Vec<Row> {
    let mut long = right.clone();
    long["x"] = "y".repeat(50_000).into();
    let headers: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let good = there.whole(&set(right));
    vec![
        ("a token of 65 kB", there.whole(&set(&long)), "413", false),
        ("a body of 200 kB", there.whole(&"y".repeat(200_000)), "413", false),
        ("a body of a terabyte", format!("{}\r\n", there.head(1 << 40)), "413", false),
        ("many headers", good.replacen("\r\n", &format!("\r\n{headers}"), 1), "431", false),
    ]
}

#[tokio::test]
async fn each_delivery_gets_its_answer() {
    let (mut rig, there) = open().await;
    let right = rig.claims("e1");
    let good = there.whole(&set(&right));
    let table = [forms(&there, &right), tokens(&there, &right), sizes(&there, &right)].concat();
    let mut kept = 0;
    for (what, bytes, answer, evidence) in table {
        assert_eq!(there.send(&bytes).await, answer, "{what}");
        kept += usize::from(evidence);
        let ops = rig.ops(|a| *a == Action::TakeSignal);
        assert_eq!(ops.len(), kept, "{what}");
        let status = ops.last().and_then(|op| op.seen.status);
        assert!(
            !evidence || answer.starts_with(&status.unwrap().to_string()),
            "{what}: {status:?}"
        );
    }
    rig.stage.perform(&verb(r#"do = "read-signals""#)).await.unwrap();
    let looks = rig.ops(|a| *a == Action::ReadSignals);
    assert!(looks.iter().all(|op| op.outcome.is_allow()), "{looks:?}");
    let secret = there.authorization.strip_prefix("Bearer ").unwrap();
    assert!(!rig.record().contains(secret), "what is shown to recant is in the record");
    rig.stage.finish().await.unwrap();
    assert!(rig.server.all().iter().any(|got| got.line == "DELETE /streams?stream_id=st-1"));
    assert_eq!(there.send(&good).await, "404", "the stream is over");
}

#[tokio::test]
async fn whoever_is_slow_is_not_waited_for() {
    let (mut rig, there) = open().await;
    let began = Instant::now();
    let endless = format!("{}\r\n", there.head(5000));
    let chunked = there.head(0).replace("content-length: 0", "transfer-encoding: chunked");
    let chunked = format!("{chunked}\r\n5\r\nhello\r\n");
    let headless = "POST / HTTP/1.1\r\nx: ";
    let all = tokio::join!(there.send(&endless), there.send(&chunked), there.send(headless));
    assert_eq!((all.0.as_str(), all.1.as_str(), all.2.as_str()), ("408", "408", "nothing"));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let right = there.whole(&set(&rig.claims("e1")));
    assert_eq!(there.send(&right).await, "202");
    rig.stage.perform(&verb(r#"do = "read-signals""#)).await.unwrap();
    assert!(rig.ops(|a| *a == Action::ReadSignals).iter().all(|op| op.outcome.is_allow()));
    rig.stage.finish().await.unwrap();
}

#[tokio::test]
async fn where_so_many_connect_nothing_follows_from_silence() {
    let (mut rig, there) = open().await;
    let mut crowd = Vec::new();
    for _ in 0..80 {
        crowd.push(TcpStream::connect(&there.address).await.unwrap());
    }
    let right = there.whole(&set(&rig.claims("e1")));
    // They are let go of after a while, and who waited gets in.
    assert_eq!(there.send(&right).await, "202");
    rig.stage.perform(&verb(r#"do = "read-signals""#)).await.unwrap();
    let last = rig.ops(|a| *a == Action::ReadSignals).pop().unwrap();
    assert!(matches!(last.outcome, Outcome::Unknown(_)), "{last:?}");
    rig.stage.finish().await.unwrap();
}

#[tokio::test]
async fn one_event_is_turned_away_on_purpose() {
    let (mut rig, there) = open().await;
    rig.stage.perform(&verb(r#"do = "fail-delivery""#)).await.unwrap();
    let flawed = there.whole(&set(&json!({ "iss": "x" })));
    assert_eq!(there.send(&flawed).await, "400 invalid_issuer");
    let right = there.whole(&set(&rig.claims("e1")));
    assert_eq!(there.send(&right).await, "503");
    assert_eq!(there.send(&right).await, "202");
    let ops = rig.ops(|a| *a == Action::TakeSignal);
    assert!(matches!(ops[1].outcome, Outcome::Failed(_)), "{ops:?}");
    rig.stage.finish().await.unwrap();
}

#[tokio::test]
async fn the_address_is_gone_with_the_run() {
    let (rig, there) = open().await;
    let Rig { run, stage, .. } = rig;
    stage.finish().await.unwrap();
    run.finish(false).await.unwrap();
    drop(run);
    tokio::task::yield_now().await;
    let gone = async {
        while TcpStream::connect(&there.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("nobody listens");
}
