//! Somebody who tells the event-driven service of changes, with a key of its own, and somebody who listens to the issuer.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::lab::Lab;

/// A transmitter that the service knows.
pub struct Teller {
    key: EcdsaKeyPair,
    told: u32,
}

impl Teller {
    /// Makes itself known.
    pub async fn known_to(lab: &Lab) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let point = key.public_key().as_ref().to_vec();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "kid": "k", "x": text(&point[1..33]), "y": text(&point[33..]),
        });
        let about = json!({ "jwks": { "keys": [jwk] } });
        lab.change(Method::PUT, "/transmitters/teller", about).await;
        Self { key, told: 0 }
    }

    /// Pushes an event about a subject; a forged one has a broken signature. Returns the status.
    pub async fn tell(
        &mut self,
        lab: &Lab,
        name: &str,
        event: &str,
        payload: Value,
        forged: bool,
    ) -> u16 {
        self.told += 1;
        let subject = lab.read(&format!("/subjects/{name}")).await;
        let now = lab.read("/clock").await["ms"].as_i64().expect("a time") / 1000;
        let uri = match event {
            "account-disabled" => {
                format!("https://schemas.openid.net/secevent/risc/event-type/{event}")
            }
            _ => format!("https://schemas.openid.net/secevent/caep/event-type/{event}"),
        };
        let claims = json!({
            "iss": "teller", "aud": "messages", "iat": now, "jti": format!("j{}", self.told),
            "sub_id": { "format": "iss_sub", "iss": lab.reference.base, "sub": subject["sub"] },
            "events": { uri: payload },
        });
        let header = json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let mut signature = self
            .key
            .sign(&SystemRandom::new(), message.as_bytes())
            .expect("it signs")
            .as_ref()
            .to_vec();
        if forged {
            signature[40] ^= 1;
        }
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature));
        let push = lab
            .request(Method::POST, "/services/messages/events")
            .bearer_auth("lab-secret-of-push")
            .header("content-type", "application/secevent+jwt");
        lab.send(push.body(token)).await.status
    }
}

/// A stream of the issuer's events.
pub struct Listener {
    id: String,
}

impl Listener {
    /// Opens one.
    pub async fn at(lab: &Lab) -> Self {
        let events = [
            "caep/event-type/session-revoked",
            "caep/event-type/risk-level-change",
            "caep/event-type/token-claims-change",
            "risc/event-type/account-disabled",
            "risc/event-type/account-enabled",
        ]
        .map(|e| format!("https://schemas.openid.net/secevent/{e}"));
        let opened = ask(lab, "/ssf/streams", json!({ "events_requested": events })).await;
        Self { id: opened["stream_id"].as_str().expect("an id").to_owned() }
    }

    /// Sets its status.
    pub async fn set(&self, lab: &Lab, status: &str) {
        let told = ask(lab, "/ssf/status", json!({ "stream_id": self.id, "status": status })).await;
        assert_eq!(told["status"], status);
    }

    /// What everything that waits is about: `sub_id` of each event.
    pub async fn subjects(&self, lab: &Lab) -> Vec<Value> {
        self.sets(lab).await.iter().map(|set| set["sub_id"].clone()).collect()
    }

    /// Everything that waits: the URI of each event, and what it says.
    pub async fn events(&self, lab: &Lab) -> Vec<(String, Value)> {
        let events = |set: Value| set["events"].as_object().cloned().unwrap_or_default();
        self.sets(lab).await.into_iter().flat_map(events).collect()
    }

    async fn sets(&self, lab: &Lab) -> Vec<Value> {
        let read = ask(lab, &format!("/ssf/poll/{}", self.id), json!({})).await;
        let sets = read["sets"].as_object().cloned().unwrap_or_default();
        let claims = |token: &Value| -> Value {
            let part = token.as_str().and_then(|t| t.split('.').nth(1)).expect("claims");
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
        };
        sets.values().map(claims).collect()
    }
}

/// What was pushed: the authorization that was shown, and the token.
pub type Got = std::sync::Arc<std::sync::Mutex<Vec<(Option<String>, String)>>>;

/// Listens on loopback: answers the first delivery with 503, where it is told to, and the others with 202. Returns what comes, and its address.
pub async fn listen(down_at_first: bool) -> (Got, String) {
    use axum::http::{HeaderMap, StatusCode};
    let got = Got::default();
    let kept = got.clone();
    let take = move |headers: HeaderMap, body: String| async move {
        let shown = headers.get("authorization").and_then(|h| h.to_str().ok());
        let mut kept = kept.lock().expect("nobody panics");
        kept.push((shown.map(str::to_owned), body));
        let down = down_at_first && kept.len() == 1;
        if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::ACCEPTED }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/here", listener.local_addr().expect("an address"));
    let app = axum::Router::new().route("/here", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (got, url)
}

/// Somebody to whom events are pushed.
pub struct Pushed {
    got: Got,
}

impl Pushed {
    /// Opens a stream that pushes here.
    pub async fn at(lab: &Lab, down_at_first: bool) -> Self {
        let (got, url) = listen(down_at_first).await;
        let wanted = json!({
            "events_requested": ["https://schemas.openid.net/secevent/caep/event-type/risk-level-change"],
            "delivery": {
                "method": "urn:ietf:rfc:8935", "endpoint_url": url, "authorization_header": "Bearer agreed",
            },
        });
        let opened = ask(lab, "/ssf/streams", wanted).await;
        assert_eq!(opened["delivery"]["method"], "urn:ietf:rfc:8935");
        Self { got }
    }

    /// What was shown with each delivery, and the token.
    pub fn got(&self) -> Vec<(Option<String>, String)> {
        self.got.lock().expect("nobody panics").clone()
    }
}

#[tokio::test]
async fn what_is_pushed_has_come_when_the_change_is_acknowledged() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader"]).await;
    let pushed = Pushed::at(&lab, true).await;
    lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
    let got = pushed.got();
    assert_eq!(got.len(), 2, "once turned away, once taken");
    assert_eq!(got[0], got[1]);
    assert_eq!(got[0].0.as_deref(), Some("Bearer agreed"));
}

async fn ask(lab: &Lab, path: &str, body: Value) -> Value {
    let request = lab.request(Method::POST, path).bearer_auth("lab-secret-of-push");
    lab.send(request.json(&body)).await.body
}

#[tokio::test]
async fn signals_may_be_signed_with_rsa() {
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::RSA_PKCS1_SHA256;
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader"]).await;
    let keys = [0, 1].map(|_| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));
    let [own, other] = &keys;
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (own.public_key().modulus(), own.public_key().exponent());
    let jwk = json!({
        "kty": "RSA", "kid": "k", "n": text(n.big_endian_without_leading_zero()),
        "e": text(e.big_endian_without_leading_zero()),
    });
    lab.change(Method::PUT, "/transmitters/teller", json!({ "jwks": { "keys": [jwk] } })).await;
    let subject = lab.read("/subjects/ada").await;
    let claims = json!({
        "iss": "teller", "aud": "messages", "iat": 1_700_000_000, "jti": "j1",
        "sub_id": { "format": "iss_sub", "iss": lab.reference.base, "sub": subject["sub"] },
        "events": { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} },
    });
    let push = async |key: &RsaKeyPair, alg: &str| {
        let header = json!({ "alg": alg, "typ": "secevent+jwt", "kid": "k" });
        let message = format!(
            "{}.{}",
            text(header.to_string().as_bytes()),
            text(claims.to_string().as_bytes())
        );
        let mut signature = vec![0; key.public_modulus_len()];
        let chance = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &chance, message.as_bytes(), &mut signature).expect("it signs");
        let request = lab.request(Method::POST, "/services/messages/events");
        let request = request.bearer_auth("lab-secret-of-push");
        let request = request.header("content-type", "application/secevent+jwt");
        lab.send(request.body(format!("{message}.{}", text(&signature)))).await.status
    };
    assert_eq!(push(other, "RS256").await, 400);
    assert_eq!(push(own, "ES256").await, 400);
    assert_eq!(push(own, "RS256").await, 202);
}
