//! Probes of what was made of a token and goes on without it.

use recant::reference::Fault;
use reqwest::{Method, Response};
use serde_json::json;

use super::super::hands::{delete, post};
use super::super::lab::Lab;
use super::{Probe, WRITER, probes};

/// Faults with their probes.
pub const PROBES: &[(Fault, Probe)] = probes! {
    StreamNotCut: |lab| {
        let mut stream = Stream::opened(lab).await;
        delete(lab, WRITER).await;
        stream.goes_on().await
    }
    StreamOutlivesToken: |lab| {
        let mut stream = Stream::opened(lab).await;
        lab.revoke(&stream.token).await;
        let after_revocation = stream.goes_on().await;
        let mut other = Stream::opened(lab).await;
        delete(lab, WRITER).await;
        after_revocation && !other.goes_on().await
    }
    DerivedKeySurvives: |lab| {
        let key = Key::made(lab).await;
        delete(lab, WRITER).await;
        key.opens(lab).await
    }
    KeyOutlivesDeletion: |lab| {
        let key = Key::made(lab).await;
        delete(lab, "/subjects/ada").await;
        key.opens(lab).await
    }
    KeyBlindToRisk: |lab| {
        let key = Key::made(lab).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        let at_risk = key.opens(lab).await;
        delete(lab, WRITER).await;
        at_risk && !key.opens(lab).await
    }
    KeyOfNarrowToken: |lab| {
        let token = lab.sign_in("ada", "payments", Some("items:read")).await.access();
        let request = lab.request(Method::POST, "/services/payments/keys").bearer_auth(&token);
        Key(lab.send(request).await.text("key")).opens(lab).await
    }
    KeyOpensInOutage: |lab| {
        let key = Key::made(lab).await;
        post(lab, "/decision-source/stop").await;
        post(lab, "/subjects/ada/disable").await;
        key.opens(lab).await
    }
};

/// A stream that was seen to go on, with the token that opened it.
struct Stream {
    token: String,
    events: Response,
}

impl Stream {
    async fn opened(lab: &Lab) -> Self {
        let token = lab.sign_in("ada", "messages", None).await.access();
        let request = lab.request(Method::GET, "/services/messages/follow").bearer_auth(&token);
        let mut stream = Self { token, events: request.send().await.expect("a stream") };
        assert!(stream.brings().await);
        stream
    }

    async fn brings(&mut self) -> bool {
        self.events.chunk().await.is_ok_and(|chunk| chunk.is_some())
    }

    /// One event may have been under way; ten that come later were not.
    async fn goes_on(&mut self) -> bool {
        let mut after = 0;
        while after < 10 && self.brings().await {
            after += 1;
        }
        after == 10
    }
}

/// A key that was seen to open.
struct Key(String);

impl Key {
    async fn made(lab: &Lab) -> Self {
        let token = lab.sign_in("ada", "payments", None).await.access();
        let request = lab.request(Method::POST, "/services/payments/keys").bearer_auth(&token);
        let key = Self(lab.send(request).await.text("key"));
        assert!(key.opens(lab).await);
        key
    }

    async fn opens(&self, lab: &Lab) -> bool {
        let request = lab.request(Method::PUT, "/services/payments/by-key/items/1");
        lab.send(request.header("x-api-key", &self.0)).await.status == 200
    }
}
