//! A literal system under test: an issuer with signed tokens, an administration, a decision log, one service. It is
//! well-behaved, but for the one thing that a test twists.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::serve::ListenerExt as _;
use serde_json::{Value, json};

use crate::it::issuer::server::{Got, KEY, Reply, json_reply, jwk, reply, signed};

pub const APP_SECRET: &str = "app/secret+with%odd&letters-7731";
pub const ADMIN_SECRET: &str = "admin-secret-7731-of-this-test";

/// What the system would answer, and to what.
pub struct Good<'a> {
    pub got: &'a Got,
    pub base: &'a str,
    pub status: u16,
    pub json: Value,
}

/// Changes an answer of one part of the system.
pub type Twist = Arc<dyn Fn(Good<'_>) -> Reply + Send + Sync>;

/// Changes the claims of a token before it is signed.
pub type Claims = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What a system does wrong.
#[derive(Clone, Default)]
pub struct Wrong {
    /// `metadata`, `jwks`, `token`, `introspect`, `admin`, `clock`, `removal`, `undo`, `log` or `service`.
    pub at: &'static str,
    /// The service lets everybody do everything.
    pub lenient: bool,
    pub answer: Option<Twist>,
    pub claims: Option<Claims>,
    /// Instead of a token of its own making: what it is for an access token.
    pub token: Option<String>,
    /// These requests are carried out, and not answered before the test says so.
    pub hold: Option<fn(&str) -> bool>,
}

/// What the system knows.
#[derive(Default)]
pub struct World {
    pub subjects: BTreeMap<String, Vec<String>>,
    passwords: BTreeMap<String, String>,
    /// Subject by token.
    tokens: BTreeMap<String, String>,
    log: Vec<Value>,
    advanced_ms: u64,
    issued: u64,
    /// Everything secret that came by: tokens, passwords, `Authorization` values.
    pub secrets: Vec<String>,
    pub requests: Vec<String>,
}

/// A running system. It ends with the test's runtime.
pub struct System {
    pub base: String,
    pub world: Arc<Mutex<World>>,
    pub connections: Arc<AtomicUsize>,
    /// Told whenever a request was held back.
    pub held: Arc<tokio::sync::Notify>,
    /// Tells a held request to go on.
    pub go_on: Arc<tokio::sync::Notify>,
}

impl System {
    pub async fn start(wrong: Wrong) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let (world, connections) = (Arc::<Mutex<World>>::default(), Arc::<AtomicUsize>::default());
        let (held, go_on) = (Arc::<tokio::sync::Notify>::default(), Arc::default());
        let system = Self {
            base: base.clone(),
            world: world.clone(),
            connections: connections.clone(),
            held: Arc::clone(&held),
            go_on: Arc::clone(&go_on),
        };
        let app = axum::Router::new().fallback(move |request: Request| {
            let (world, base, wrong) = (world.clone(), base.clone(), wrong.clone());
            let (held, go_on) = (Arc::clone(&held), Arc::clone(&go_on));
            async move {
                let got = read(request).await;
                let hold = wrong.hold.is_some_and(|held| held(&got.line));
                let answer = world.lock().unwrap().answer(&base, &got, &wrong);
                if hold {
                    // It is done, and nobody has heard of it yet.
                    held.notify_one();
                    go_on.notified().await;
                }
                answer
            }
        });
        let counted = listener.tap_io(move |_| {
            connections.fetch_add(1, Ordering::SeqCst);
        });
        tokio::spawn(async move { axum::serve(counted, app).await });
        system
    }

    pub fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn read(request: Request) -> Got {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 4 << 20).await.unwrap_or_default();
    let header = |v: &axum::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    Got {
        line: format!("{} {}", parts.method, parts.uri),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.iter().map(|(k, v)| (k.to_string(), header(v))).collect(),
        body: String::from_utf8_lossy(&body).into(),
    }
}

impl World {
    fn answer(&mut self, base: &str, got: &Got, wrong: &Wrong) -> Reply {
        self.requests.push(got.line.clone());
        let authorization = got.header("authorization");
        if !authorization.is_empty() {
            let value = authorization.split_once(' ').map_or(authorization, |(_, v)| v);
            self.secrets.push(value.to_owned());
        }
        let parts: Vec<&str> = got.path.split('/').skip(1).collect();
        let (part, (status, json)) = match parts.as_slice() {
            [".well-known", _] => ("metadata", (200, metadata(base))),
            ["jwks"] => ("jwks", (200, json!({ "keys": [jwk(&KEY, "k1")] }))),
            ["token"] => ("token", self.token(base, got, wrong)),
            ["introspect"] => ("introspect", (200, self.introspected(&got.form()["token"]))),
            ["admin", "clock"] if got.line.starts_with("GET") => {
                ("reading the clock", (200, json!({ "now": self.now_ms() })))
            }
            // A twisted clock is not moved, whatever it says.
            ["admin", "clock"] if wrong.at == "clock" => ("clock", (204, Value::Null)),
            ["admin", "clock"] => ("clock", self.advance(got)),
            // A twisted undo is acknowledged and not done, and nobody is removed.
            ["admin", _, "roles", _] if wrong.at == "undo" && got.line.starts_with("PUT") => {
                ("undo", (204, Value::Null))
            }
            ["admin", _] if wrong.at == "undo" && got.line.starts_with("DELETE") => {
                ("undo", (403, Value::Null))
            }
            // A twisted removal is acknowledged and not done.
            ["admin", _, "roles", _] if wrong.at == "removal" && got.line.starts_with("DELETE") => {
                ("removal", (204, Value::Null))
            }
            ["admin", rest @ ..] => ("admin", self.administer(got, rest)),
            ["log"] => ("log", (200, self.log_of(&got.query()["subject"]))),
            ["orders", _] if wrong.lenient => ("service", (200, json!({ "ok": true }))),
            ["orders", what] => ("service", self.serve(got, what)),
            _ => ("nowhere", (404, Value::Null)),
        };
        match &wrong.answer {
            Some(twist) if wrong.at == part => twist(Good { got, base, status, json }),
            _ => good(status, &json),
        }
    }

    /// Milliseconds since 1970 by this system's clock.
    fn now_ms(&self) -> u64 {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        u64::try_from(now.as_millis()).unwrap() + self.advanced_ms
    }

    fn scopes(&self, subject: &str) -> Vec<&'static str> {
        let roles = self.subjects.get(subject).cloned().unwrap_or_default();
        let all = [("reader", "read"), ("writer", "write")];
        all.into_iter().filter(|(r, _)| roles.iter().any(|o| o == r)).map(|(_, s)| s).collect()
    }

    fn token(&mut self, base: &str, got: &Got, wrong: &Wrong) -> (u16, Value) {
        let form = got.form();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let (kind, subject) = match form["grant_type"].as_str() {
            kind if kind.ends_with("token-exchange") => {
                ("exchange", self.tokens.get(&field("subject_token")).cloned())
            }
            // another one comes in its place
            "refresh_token" => ("refresh", self.tokens.remove(&field("refresh_token"))),
            _ => {
                let known = self.passwords.get(&field("username")) == Some(&field("password"));
                ("issue", Some(field("username")).filter(|_| known))
            }
        };
        let Some(subject) = subject else { return (400, json!({ "error": "invalid_grant" })) };
        self.issued += 1;
        let (n, seconds, scopes) = (self.issued, self.now_ms() / 1000, self.scopes(&subject));
        let mut claims = json!({
            "iss": base, "sub": subject, "aud": "orders", "jti": format!("j{n}"), "client_id": "app",
            "iat": seconds, "exp": seconds + 600, "scope": scopes.join(" "),
        });
        if let Some(change) = &wrong.claims {
            change(&mut claims);
        }
        let access = wrong.token.clone().unwrap_or_else(|| signed(&KEY, "k1", &claims));
        let refresh = format!("refresh-token-{n}-of-this-test");
        for token in [&access, &refresh] {
            self.tokens.insert(token.clone(), subject.clone());
            self.secrets.extend((token.len() >= 8).then(|| token.clone()));
        }
        // Whoever has the signature and has seen the claims has the token.
        self.secrets.extend(access.rsplit_once('.').map(|(_, signature)| signature.to_owned()));
        let asked = field("scope");
        let asked: Vec<&str> = asked.split_whitespace().collect();
        self.decided(n, kind, &subject, (&asked, &scopes));
        let answer = json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": 600, "scope": scopes.join(" "),
        });
        (200, answer)
    }

    fn decided(&mut self, n: u64, kind: &str, subject: &str, of: (&[&str], &[&str])) {
        let (asked, scopes) = of;
        let ms = i64::try_from(self.now_ms()).unwrap();
        let time = jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
        let claims =
            scopes.iter().map(|s| json!({ "claim": "scope", "value": s, "because": "role" }));
        self.log.push(json!({
            "id": format!("d{n}"), "time": time, "kind": kind, "subject": subject, "client": "app",
            "audience": "orders", "requested": asked, "granted": scopes, "decision": "allow", "reason": "roles",
            "revision": "1", "policies": [{ "id": "roles-1", "owner": "Role owners" }],
            "inputs": { "roles": "sha256" }, "claims": claims.collect::<Vec<_>>(),
            "token": format!("j{n}"),
        }));
    }

    fn log_of(&self, subject: &str) -> Value {
        self.log.iter().filter(|r| r["subject"] == subject).cloned().collect()
    }

    fn introspected(&self, token: &str) -> Value {
        match self.tokens.get(token) {
            Some(subject) => json!({
                "active": true, "sub": subject, "client_id": "app", "aud": "orders",
                "scope": self.scopes(subject).join(" "),
            }),
            None => json!({ "active": false }),
        }
    }

    fn advance(&mut self, got: &Got) -> (u16, Value) {
        let json: Value = serde_json::from_str(&got.body).unwrap();
        self.advanced_ms += json["ms"].as_u64().unwrap();
        (204, Value::Null)
    }

    fn administer(&mut self, got: &Got, path: &[&str]) -> (u16, Value) {
        let method = got.line.split(' ').next().unwrap_or_default();
        if got.header("authorization") != format!("Bearer {ADMIN_SECRET}") {
            return (401, Value::Null);
        }
        match (method, path) {
            ("PUT", [subject]) => {
                let json: Value = serde_json::from_str(&got.body).unwrap();
                let roles = json["roles"].as_array().unwrap().iter();
                let roles = roles.map(|r| r.as_str().unwrap().to_owned()).collect();
                let password = json["password"].as_str().unwrap().to_owned();
                self.secrets.push(password.clone());
                self.passwords.insert((*subject).to_owned(), password);
                self.subjects.insert((*subject).to_owned(), roles);
                (201, json!({ "name": subject, "id": format!("id-{subject}") }))
            }
            ("GET", [subject]) => (200, json!({ "roles": self.subjects.get(*subject) })),
            ("DELETE", [subject]) => {
                self.passwords.remove(*subject);
                (if self.subjects.remove(*subject).is_some() { 204 } else { 404 }, Value::Null)
            }
            (_, [subject, "roles", role]) => {
                let Some(roles) = self.subjects.get_mut(*subject) else {
                    return (404, Value::Null);
                };
                roles.retain(|r| r != role);
                if method == "PUT" {
                    roles.push((*role).to_owned());
                }
                (204, Value::Null)
            }
            _ => (404, Value::Null),
        }
    }

    fn serve(&self, got: &Got, what: &str) -> (u16, Value) {
        let token = got.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let Some(subject) = self.tokens.get(token) else {
            return (401, json!({ "error": "invalid_token" }));
        };
        if self.scopes(subject).contains(&what) {
            return (200, json!({ "ok": true }));
        }
        (403, json!({ "error": "insufficient_scope" }))
    }
}

fn metadata(base: &str) -> Value {
    json!({
        "issuer": base, "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/jwks"),
        "introspection_endpoint": format!("{base}/introspect"),
        "grant_types_supported": ["password", "refresh_token"],
    })
}

/// The answer as it is without a twist.
pub fn good(status: u16, json: &Value) -> Reply {
    match (status, json) {
        (204, _) | (_, Value::Null) => reply(status, &[], ""),
        (401, _) => challenge(401, "Bearer error=\"invalid_token\"", json),
        (403, _) => challenge(403, "Bearer error=\"insufficient_scope\"", json),
        _ => json_reply(status, json),
    }
}

fn challenge(status: u16, value: &str, json: &Value) -> Response<Body> {
    reply(status, &[("www-authenticate", value)], json.to_string())
}
