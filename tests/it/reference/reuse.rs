//! Assertions, which count once, and tokens at two places, which are told of.

use serde_json::json;

use super::hands::{asserted, assertion, delete, post, reads, reads_elsewhere};
use super::lab::Lab;
use super::signals::Listener;

async fn lab() -> Lab {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader", "writer"]).await;
    lab
}

#[tokio::test]
async fn an_assertion_counts_once() {
    let lab = lab().await;
    let once = assertion(&lab, "ada", json!({})).await;
    assert_eq!(asserted(&lab, &once).await.status, 200);
    assert_eq!(asserted(&lab, &once).await.status, 400);
    post(&lab, "/restart").await;
    assert_eq!(asserted(&lab, &once).await.status, 400);
    let other = assertion(&lab, "ada", json!({ "jti": "j-2" })).await;
    assert_eq!(asserted(&lab, &other).await.status, 200);
}

#[tokio::test]
async fn an_assertion_that_does_not_count() {
    let lab = lab().await;
    let now = lab.read("/clock").await["ms"].as_i64().expect("a time") / 1000;
    for wrong in [
        json!({ "iss": "app" }),
        json!({ "sub": "nobody" }),
        json!({ "aud": "https://elsewhere.example/token" }),
        json!({ "exp": now - 1 }),
        json!({ "exp": now + 3600 }),
        json!({ "jti": 7 }),
    ] {
        let assertion = assertion(&lab, "ada", wrong.clone()).await;
        assert_eq!(asserted(&lab, &assertion).await.status, 400, "{wrong}");
    }
    let mut cut = assertion(&lab, "ada", json!({})).await;
    cut.truncate(cut.len() - 8);
    assert_eq!(asserted(&lab, &cut).await.status, 400);
    post(&lab, "/subjects/ada/disable").await;
    let disabled = assertion(&lab, "ada", json!({ "jti": "j-3" })).await;
    assert_eq!(asserted(&lab, &disabled).await.status, 400);
    delete(&lab, "/subjects/ada").await;
    let gone = assertion(&lab, "ada", json!({ "jti": "j-4" })).await;
    assert_eq!(asserted(&lab, &gone).await.status, 400);
}

#[tokio::test]
async fn a_token_at_two_places_is_told_of_and_one_at_one_place_is_not() {
    let lab = lab().await;
    let stream = Listener::at(&lab).await;
    let token = lab.sign_in("ada", "catalog", None).await.access();
    let other = lab.sign_in("ada", "catalog", None).await.access();
    for _ in 0..2 {
        assert!(reads(&lab, "catalog", &token).await);
        assert_eq!(reads_elsewhere(&lab, "catalog", &other).await, 200);
    }
    assert_eq!(stream.subjects(&lab).await.len(), 0);
    assert_eq!(reads_elsewhere(&lab, "catalog", &token).await, 200);
    let told = stream.subjects(&lab).await;
    let jti = lab.introspect(&token).await["jti"].clone();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["format"], &told[0]["jti"]), (&json!("jwt_id"), &jti));
}

#[tokio::test]
async fn who_moves_slowly_is_not_told_of() {
    let lab = lab().await;
    let stream = Listener::at(&lab).await;
    let token = lab.sign_in("ada", "catalog", None).await.access();
    assert!(reads(&lab, "catalog", &token).await);
    lab.pass(11).await;
    assert_eq!(reads_elsewhere(&lab, "catalog", &token).await, 200);
    assert_eq!(stream.subjects(&lab).await.len(), 0);
}
