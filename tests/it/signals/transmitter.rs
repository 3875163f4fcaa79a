//! A transmitter of a page, and a run that listens to it.

use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recant::drive::{Run, Stage};
use recant::history::{Action, Op, View};
use serde_json::{Value, json};

use super::super::issuer::server::{Got, KEY, Reply, Server, json_reply, jwk, part, reply};
use super::super::stage::pool::Page;

pub const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";

/// A transmitter, and a scenario of a run.
pub struct Rig {
    pub server: Server,
    pub run: Arc<Run>,
    pub stage: Stage,
    pub folder: tempfile::TempDir,
}

const ORDERS: &str = r#"
roles = ["reader"]

[bounds]
event = "100ms"

[role.reader]
scopes = ["read"]

[service.orders]
url = "{base}/orders"
audience = "orders"
class = "introspect"

[service.orders.operation."read order"]
request = "GET /read"
needs = { scope = "read" }

[signals.transmitter]
issuer = "{base}"
events = ["session-revoked"]
push = { listen = "127.0.0.1:0" }
"#;

impl Rig {
    /// A run that listens to a transmitter whose polls are answered like this.
    pub async fn new(poll: impl Fn(&str, &Got) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let server = Server::start(move |base, got| match got.path.as_str() {
            "/.well-known/ssf-configuration" => json_reply(
                200,
                &json!({
                    "issuer": base, "jwks_uri": format!("{base}/jwks"),
                    "configuration_endpoint": format!("{base}/streams"),
                    "verification_endpoint": format!("{base}/verify"),
                }),
            ),
            "/jwks" => json_reply(200, &json!({ "keys": [jwk(&KEY, "k1")] })),
            "/streams" if got.line.starts_with("POST") => {
                let asked: Value = serde_json::from_str(&got.body).unwrap();
                let mut delivery = asked["delivery"].clone();
                if delivery["method"] == "urn:ietf:rfc:8936" {
                    delivery["endpoint_url"] = format!("{base}/poll").into();
                }
                json_reply(
                    201,
                    &json!({
                        "stream_id": "st-1", "iss": base, "aud": "https://r.example",
                        "delivery": delivery, "events_delivered": [format!("{CAEP}session-revoked")],
                    }),
                )
            }
            "/poll" => poll(base, got),
            _ => reply(204, &[], ""),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let page = Page { top: "", rest: ORDERS, recipe: None };
        let run = page.run(&server.base, folder.path()).await;
        let stage = run.stage("a");
        Self { server, run, stage, folder }
    }

    /// What was recorded of this kind so far.
    pub fn ops(&self, wanted: fn(&Action) -> bool) -> Vec<Op> {
        let view = View::of(self.run.lines_of("a"));
        view.ops.into_iter().filter(|op| wanted(&op.action)).collect()
    }

    /// Claims of an event that is right.
    pub fn claims(&self, jti: &str) -> Value {
        json!({
            "iss": self.server.base, "jti": jti, "iat": 1_700_000_000, "aud": "https://r.example",
            "sub_id": { "format": "iss_sub", "iss": self.server.base, "sub": "ada" },
            "events": { format!("{CAEP}session-revoked"): { "event_timestamp": 1_700_000_000 } },
        })
    }

    /// Everything on disk so far.
    pub fn record(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("run/history.jsonl")).unwrap()
    }
}

/// A security event token under the published key.
pub fn set(claims: &Value) -> String {
    token(&json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k1" }), &part(claims))
}

/// A token of any header over any claims.
pub fn token(header: &Value, claims: &str) -> String {
    let message = format!("{}.{claims}", part(header));
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &KEY.0).unwrap();
    let signature = pair.sign(&rng, message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}
