//! The decision log of the reference system, and what it does where nobody can decide.

use reqwest::Method;
use serde_json::{Value, json};

use super::lab::{Lab, Op, PASSWORD};

const FULL: &[&str] = &["reader", "writer"];

#[tokio::test]
async fn decisions_are_logged_explained_owned_and_safe() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let tokens = lab.sign_in("ada", "orders", None).await;
    let refreshed = lab.refresh(&tokens.refresh(), None).await;
    let exchanged = lab.exchange(&refreshed.access(), "catalog", Some("items:read")).await;
    lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
    let refused = lab.sign_in("ada", "orders", Some("items:write")).await;
    assert_eq!(refused.text("error"), "invalid_scope");
    let records = lab.decisions("ada").await;
    let kinds: Vec<_> = records.iter().map(|r| r["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["issue", "refresh", "exchange", "issue"]);
    for record in &records {
        let owner = record["policies"][0]["owner"].as_str().unwrap_or_default();
        assert!(!owner.is_empty() && record["policy_revision"] == "r1", "{record}");
        assert!(record["inputs"]["digest"].as_str().is_some_and(|d| d.starts_with("sha256:")));
        for claim in record["claims"].as_array().into_iter().flatten() {
            assert!(!claim["because"].as_str().unwrap_or_default().is_empty(), "{claim}");
        }
    }
    assert_eq!(records[0]["granted"], json!(["items:read", "items:write"]));
    assert_eq!(records[3]["decision"], json!("deny"));
    assert_eq!(records[3]["policies"][0]["id"], json!("high-risk-changes-nothing"));
    let text = json!(records).to_string();
    for secret in [
        tokens.access(),
        tokens.refresh(),
        refreshed.access(),
        refreshed.refresh(),
        exchanged.access(),
        PASSWORD.to_owned(),
        "lab-secret".to_owned(),
    ] {
        assert!(!text.contains(&secret));
    }
}

#[tokio::test]
async fn without_a_source_of_decisions_nobody_is_let_in_by_it() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let orders = lab.sign_in("ada", "orders", None).await.access();
    let payments = lab.sign_in("ada", "payments", None).await.access();
    lab.change(Method::POST, "/decision-source/stop", Value::Null).await;
    assert_eq!(lab.status("orders", Op::Read, &orders).await, 503);
    assert_eq!(lab.status("payments", Op::Read, &payments).await, 503);
    assert_eq!(lab.sign_in("ada", "orders", None).await.status, 503);
    lab.change(Method::POST, "/subjects/ada/disable", Value::Null).await;
    lab.change(Method::POST, "/decision-source/start", Value::Null).await;
    assert_eq!(lab.status("orders", Op::Read, &orders).await, 401);
    assert_eq!(lab.status("payments", Op::Read, &payments).await, 401);
}
