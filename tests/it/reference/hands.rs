//! What probes do to the reference system, and a forgery.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};

use super::lab::{Answer, Lab, Op, PASSWORD};

pub async fn post(lab: &Lab, path: &str) {
    lab.change(Method::POST, path, Value::Null).await;
}

pub async fn put(lab: &Lab, path: &str) {
    lab.change(Method::PUT, path, Value::Null).await;
}

pub async fn delete(lab: &Lab, path: &str) {
    lab.change(Method::DELETE, path, Value::Null).await;
}

/// True where the service lets this token read.
pub async fn reads(lab: &Lab, service: &str, token: &str) -> bool {
    lab.status(service, Op::Read, token).await == 200
}

/// True where introspection calls this token active.
pub async fn is_active(lab: &Lab, token: &str) -> bool {
    lab.introspect(token).await["active"] == json!(true)
}

/// Signs ada in at the upstream issuer.
pub async fn sign_in_upstream(lab: &Lab, service: &str) -> Answer {
    let form = [
        ("grant_type", "password"),
        ("username", "ada"),
        ("password", PASSWORD),
        ("resource", service),
        ("idp", "upstream"),
    ];
    lab.form("/token", "app", &form).await
}

/// The status of a request that reads with a token from another place.
pub async fn reads_elsewhere(lab: &Lab, service: &str, token: &str) -> u16 {
    let request = lab.request(Method::GET, &format!("/services/{service}/items"));
    lab.send(request.bearer_auth(token).header("user-agent", "somebody-else/1.0")).await.status
}

/// Takes the signing key out of use; another one signs from now on.
pub async fn retire_key(lab: &Lab) {
    let kid = lab.read("/keys").await["signing"].as_str().unwrap_or_default().to_owned();
    post(lab, &format!("/keys/{kid}/retire")).await;
}

/// An assertion about a subject, signed by the client `agent`, good for a minute; what is in `other` is said instead.
pub async fn assertion(lab: &Lab, name: &str, other: Value) -> String {
    let keys = recant::reference::client_secrets();
    let key = keys.iter().find(|(id, _)| id.ends_with("AGENT_KEY")).expect("it has one").1;
    let now = lab.read("/clock").await["ms"].as_i64().expect("a time") / 1000;
    let mut claims = json!({
        "iss": "agent", "sub": name, "aud": format!("{}/token", lab.reference.base),
        "exp": now + 60, "jti": "j-1",
    });
    for (claim, value) in other.as_object().into_iter().flatten() {
        claims[claim] = value.clone();
    }
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let key = EncodingKey::from_ec_pem(key.as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &key).expect("an assertion")
}

/// What the issuer says to an assertion.
pub async fn asserted(lab: &Lab, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion),
        ("resource", "orders"),
    ];
    lab.form("/token", "agent", &form).await
}

/// The token once more, signed by somebody who knows the public key only.
pub fn signed_with_the_public_key(token: &str, key: &Value) -> String {
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let number = |name: &str| bytes(key[name].as_str().expect("a number"));
    // SubjectPublicKeyInfo of P-256 up to the point
    let start = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let start = STANDARD.decode(start).expect("base64");
    let der = STANDARD.encode([start, number("x"), number("y")].concat());
    let (first, second) = der.split_at(64);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n");
    let claims = token.split('.').nth(1).map(bytes).expect("claims");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let mut header = Header::new(Algorithm::HS256);
    (header.typ, header.kid) = (Some("at+jwt".into()), key["kid"].as_str().map(str::to_owned));
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let secret = EncodingKey::from_secret(pem.as_bytes());
    jsonwebtoken::encode(&header, &claims, &secret).expect("a token")
}

/// True where a log's time is more than an hour after what the system's clock shows.
pub async fn is_hours_ahead(lab: &Lab, time: &Value) -> bool {
    let now = lab.read("/clock").await["ms"].as_i64().expect("a time");
    let time: jiff::Timestamp = time.as_str().expect("a time").parse().expect("one");
    time.as_millisecond() > now + 3_600_000
}
