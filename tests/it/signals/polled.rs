//! Hostile answers to polls: each with what is kept of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use recant::history::Action;
use recant::model::{Outcome, Signature};
use serde_json::{Value, json};

use super::super::issuer::server::{part, reply};
use super::super::stage::toy::verb;
use super::transmitter::{Rig, set, token};

/// What the first reading came to: its outcome in a word, how many tokens were kept of it, and how often it was polled.
async fn read(body: impl Into<String>) -> (&'static str, usize, usize) {
    let body = body.into();
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    let mut rig = Rig::new(move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        reply(200, &[("content-type", "application/json")], body.clone())
    })
    .await;
    rig.stage.perform(&verb(r#"do = "open-stream""#)).await.unwrap();
    let reads = rig.ops(|a| *a == Action::ReadSignals);
    let kept = reads.iter().map(|op| op.seen.signals.len()).sum();
    // Three times it was looked; as often each time.
    let word = match &reads.last().unwrap().outcome {
        Outcome::Accepted => "accepted",
        Outcome::Unknown(why) if why.contains("more than") => "more",
        Outcome::Unknown(_) => "unknown",
        _ => "another",
    };
    rig.stage.finish().await.unwrap();
    (word, kept, polls.load(Ordering::Relaxed))
}

#[tokio::test]
async fn each_answer_to_a_poll() {
    let some = |count: usize| {
        let sets: serde_json::Map<String, Value> =
            (0..count).map(|n| (format!("e{n}"), "x".into())).collect();
        json!({ "sets": sets }).to_string()
    };
    let deep = format!("{{\"sets\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let giant = json!({ "sets": { "e1": "y".repeat(200_000) } }).to_string();
    let name = json!({ "sets": { "n".repeat(100_000): "y" } }).to_string();
    let types = r#"{"sets":{"a":1,"b":null,"c":{"d":[]},"e":true}}"#;
    // What is answered, what the reading came to, tokens that were kept of three looks, and polls of three looks.
    let table = [
        ("nothing new", "{\"sets\":{}}".to_owned(), ("accepted", 0, 3)),
        ("no sets", "{}".to_owned(), ("accepted", 0, 3)),
        ("no JSON", "<html>".to_owned(), ("unknown", 0, 3)),
        ("an empty body", String::new(), ("unknown", 0, 3)),
        ("a list", "[]".to_owned(), ("unknown", 0, 3)),
        ("a list of sets", r#"{"sets":["x","y"]}"#.to_owned(), ("unknown", 0, 3)),
        ("sets that are none", r#"{"sets":null}"#.to_owned(), ("unknown", 0, 3)),
        ("nested deeply", deep, ("unknown", 0, 3)),
        ("sets of other types", types.to_owned(), ("accepted", 12, 3)),
        ("the same name twice", r#"{"sets":{"a":"x","a":"y"}}"#.to_owned(), ("accepted", 3, 3)),
        ("a giant token", giant, ("accepted", 3, 3)),
        ("a giant name", name, ("accepted", 3, 3)),
        ("more, and nothing", r#"{"sets":{},"moreAvailable":true}"#.to_owned(), ("more", 0, 3)),
        (
            "more in words",
            r#"{"sets":{"a":"x"},"moreAvailable":"true"}"#.to_owned(),
            ("accepted", 3, 3),
        ),
        (
            "more without an end",
            r#"{"sets":{"a":"x"},"moreAvailable":true}"#.to_owned(),
            ("more", 60, 60),
        ),
        ("400 tokens", some(400), ("accepted", 1_200, 3)),
        ("60000 tokens", some(60_000), ("more", 24_000, 60)),
        ("100000 tokens", some(100_000), ("unknown", 0, 3)),
    ];
    for (what, body, wanted) in table {
        assert_eq!(read(body).await, wanted, "{what}");
    }
}

#[tokio::test]
async fn what_is_kept_of_tokens_that_are_polled() {
    let mut rig = Rig::new(|base, _| {
        let claims = |jti: &str| json!({ "iss": base, "jti": jti, "x": "y".repeat(20_000) });
        let none = token(&json!({ "alg": "none", "typ": "secevent+jwt" }), &part(&claims("e2")));
        let sets =
            json!({ "sets": { "a": set(&claims("e1")), "b": set(&claims("e1")), "c": none } });
        reply(200, &[], sets.to_string())
    })
    .await;
    rig.stage.perform(&verb(r#"do = "open-stream""#)).await.unwrap();
    let reads = rig.ops(|a| *a == Action::ReadSignals);
    let kept = &reads[0].seen.signals;
    assert_eq!(kept.len(), 3, "which of two with one name counts is for the judge");
    let signatures: Vec<_> = kept.iter().map(|s| s.signature).collect();
    assert_eq!(signatures, [Signature::Valid, Signature::Valid, Signature::Invalid]);
    assert!(kept.iter().all(|s| s.claims["x"].as_str().unwrap().len() < 10_000), "cut");
    rig.stage.finish().await.unwrap();
}
