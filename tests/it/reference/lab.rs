//! A running reference system and the few requests that the tests make.

use std::net::{Ipv4Addr, SocketAddr};

use recant::reference::{Fault, Reference, start};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The admin secret of every test system.
const ADMIN: &str = "admin-secret-of-the-tests";

/// Every subject's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running system.
pub struct Lab {
    pub reference: Reference,
    http: Client,
}

/// An answer: its status and its body, if that is JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub challenge: String,
    pub body: Value,
}

impl Answer {
    /// A member of the body as text.
    pub fn text(&self, member: &str) -> String {
        self.body[member].as_str().unwrap_or_default().to_owned()
    }

    /// `access_token` of a token response.
    pub fn access(&self) -> String {
        assert_eq!(self.status, 200, "a token was expected: {}", self.body);
        self.text("access_token")
    }

    /// `refresh_token` of a token response.
    pub fn refresh(&self) -> String {
        assert_eq!(self.status, 200, "a token was expected: {}", self.body);
        self.text("refresh_token")
    }

    /// `scope` of a token response; empty where it was refused.
    pub fn scope(&self) -> String {
        self.text("scope")
    }
}

/// The operations of every service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Read,
    Write,
    Audit,
}

impl Lab {
    /// A system with these faults.
    pub async fn with(faults: &[Fault]) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let reference = start(listen, faults, ADMIN.to_owned()).await.expect("it starts");
        Self { reference, http: Client::new() }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.and_then(|c| c.to_str().ok()).unwrap_or_default().to_owned();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, challenge, body }
    }

    /// A request to a path.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.reference.base))
    }

    /// A change, which must succeed.
    pub async fn change(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, &format!("/admin{path}")).bearer_auth(ADMIN);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = self.send(request).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        answer
    }

    /// Reads from the admin interface.
    pub async fn read(&self, path: &str) -> Value {
        self.change(Method::GET, path, Value::Null).await.body
    }

    /// Lets time pass.
    pub async fn pass(&self, seconds: u64) {
        self.change(Method::POST, "/clock/advance", json!({ "ms": seconds * 1000 })).await;
    }

    /// Makes a subject.
    pub async fn subject(&self, name: &str, roles: &[&str]) {
        let body = json!({ "password": PASSWORD, "roles": roles });
        self.change(Method::PUT, &format!("/subjects/{name}"), body).await;
    }

    /// A form sent as a client.
    pub async fn form(&self, path: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        let secret = format!("lab-secret-of-{client}");
        let request = self.request(Method::POST, path).basic_auth(client, Some(secret));
        self.send(request.form(form)).await
    }

    /// Tokens of a subject for a service.
    pub async fn sign_in(&self, name: &str, service: &str, scope: Option<&str>) -> Answer {
        self.sign_in_by("app", name, service, scope).await
    }

    /// The same through another client.
    pub async fn sign_in_by(
        &self,
        client: &str,
        name: &str,
        service: &str,
        scope: Option<&str>,
    ) -> Answer {
        let mut form = vec![
            ("grant_type", "password"),
            ("username", name),
            ("password", PASSWORD),
            ("resource", service),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.form("/token", client, &form).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, token: &str, scope: Option<&str>) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.form("/token", "app", &form).await
    }

    /// The same by another client than `app`.
    pub async fn refresh_by(&self, client: &str, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.form("/token", client, &form).await
    }

    /// Exchanges an access token for one at another service.
    pub async fn exchange(&self, token: &str, service: &str, scope: Option<&str>) -> Answer {
        let mut form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("resource", service),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.form("/token", "gateway", &form).await
    }

    /// Introspects as the services do.
    pub async fn introspect(&self, token: &str) -> Value {
        self.form("/introspect", "services", &[("token", token)]).await.body
    }

    /// Revokes.
    pub async fn revoke(&self, token: &str) {
        let answer = self.form("/revoke", "app", &[("token", token)]).await;
        assert_eq!(answer.status, 200);
    }

    /// Calls an operation: `catalog`, `orders/replica-1`, `catalog/v1`, ...
    pub async fn call(&self, service: &str, op: Op, token: &str) -> Answer {
        let (method, path) = match op {
            Op::Read => (Method::GET, "items"),
            Op::Write => (Method::PUT, "items/1"),
            Op::Audit => (Method::GET, "audit"),
        };
        let request = self.request(method, &format!("/services/{service}/{path}"));
        self.send(request.bearer_auth(token)).await
    }

    /// The status of a call.
    pub async fn status(&self, service: &str, op: Op, token: &str) -> u16 {
        self.call(service, op, token).await.status
    }

    /// The decision records of a subject.
    pub async fn decisions(&self, name: &str) -> Vec<Value> {
        let read = self.read(&format!("/decisions?subject={name}")).await;
        read.as_array().cloned().unwrap_or_default()
    }

    /// What services logged of a subject's tokens.
    pub async fn accesses(&self, name: &str) -> Vec<Value> {
        let read = self.read(&format!("/accesses?subject={name}")).await;
        read.as_array().cloned().unwrap_or_default()
    }
}

/// Every service, and how long it may take to follow a change, seconds; `None` where only expiry ends a token.
pub const SERVICES: [(&str, Option<u64>); 7] = [
    ("catalog", None),
    ("ledger", Some(30)),
    ("messages", Some(0)),
    ("orders/replica-0", Some(0)),
    ("orders/replica-1", Some(0)),
    ("payments", Some(0)),
    ("reports", Some(60)),
];

/// The audience of a service's address.
pub fn audience(service: &str) -> &str {
    service.split('/').next().unwrap_or(service)
}
