//! A server that answers as told and remembers what it was asked, and a target file that points at it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use recant::drive::{Ask, HttpClient, Issuers, Values, Vault, Wallet};
use recant::plan::{Declared, Http, Recipe, Target};
use serde_json::{Value, json};

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Got {
    pub line: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
    pub fn query(&self) -> BTreeMap<String, String> {
        let query = self.line.split_once('?').map_or("", |(_, q)| q);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

pub type Reply = Response<Body>;

pub fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let mut r = Response::new(body.into());
    *r.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        r.headers_mut().append(
            axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
    }
    r
}

pub fn json_reply(status: u16, body: &Value) -> Reply {
    reply(status, &[("content-type", "application/json")], body.to_string())
}

pub fn see_other(location: &str) -> Reply {
    reply(302, &[("location", location)], "")
}

/// A running server.
#[derive(Clone)]
pub struct Server {
    pub base: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Server {
    /// Starts a server that answers with `answer(base, request)`.
    pub async fn start(
        answer: impl Fn(&str, &Got) -> Reply + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (seen, here) = (got.clone(), base.clone());
        let app = axum::Router::new().fallback(move |request: axum::extract::Request| {
            let (seen, here, answer) = (seen.clone(), here.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
                let got = Got {
                    line: format!("{} {}", parts.method, parts.uri),
                    path: parts.uri.path().to_owned(),
                    headers: parts
                        .headers
                        .iter()
                        .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into()))
                        .collect(),
                    body: String::from_utf8_lossy(&body).into(),
                };
                seen.lock().unwrap().push(got.clone());
                answer(&here, &got)
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, got }
    }

    /// A server that says the same to everything.
    pub async fn saying(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::start(move |_, _| {
            reply(status, &[("content-type", "application/json")], body.clone())
        })
        .await
    }

    /// The requests to a path so far.
    pub fn to(&self, path: &str) -> Vec<Got> {
        self.got.lock().unwrap().iter().filter(|g| g.path == path).cloned().collect()
    }

    pub fn all(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

/// The last form that came to a path, a parameter a line.
pub fn form_at(server: &Server, path: &str) -> String {
    let form = server.to(path).last().unwrap().form();
    form.iter().map(|(k, v)| format!("{k} = {v}")).collect::<Vec<_>>().join("\n")
}

/// A target with an issuer by hand at `{base}`; `more` holds `[grant...]`, `[client...]` and the like.
pub fn declared(base: &str, more: &str) -> Declared {
    let issuer = if more.contains("[issuer.") {
        ""
    } else {
        r#"
        [issuer.main]
        url = "{base}"
        discovery = "none"
        token-endpoint = "{base}/token"
        jwks-uri = "{base}/jwks"
        introspection-endpoint = "{base}/introspect"
        revocation-endpoint = "{base}/revoke"
        backchannel-endpoint = "{base}/backchannel"
        authorization-endpoint = "{base}/authorize"
        "#
    };
    let head = format!(
        r#"
        [target]
        name = "test"
        environment = "lab"
        recipe = "none"
        [values]
        base = "{base}"
        [secrets]
        admin = {{ env = "ADMIN" }}
        [subject]
        grant = "user"
        exchange = "exchange"
        roles = ["reader"]
        [service]
        {issuer}
        {more}
        "#
    );
    let target: Target = toml::from_str(&head).unwrap_or_else(|e| panic!("{e}"));
    let recipe: Recipe = toml::from_str("[recipe]\nname = \"none\"\nabout = \"none\"").unwrap();
    Declared {
        target,
        recipe,
        file: "test.toml".into(),
        digest: String::new(),
        recipe_file: "none.toml".into(),
        recipe_digest: String::new(),
        folder: std::env::temp_dir(),
        warnings: Vec::new(),
    }
}

/// What stands for the environment in tests.
pub fn env() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("ADMIN".to_owned(), "admin-secret-5512".into()),
        ("APP".into(), "app secret:%+/5512".into()),
        ("KEY".into(), pem(&KEY.0)),
    ])
}

pub fn http(timeout: f64) -> HttpClient {
    HttpClient::new(&Http { timeout_seconds: timeout, ..Http::default() }, None, None).unwrap()
}

/// Issuers with all that a test needs to ask them.
pub struct Rig {
    pub issuers: Issuers,
    pub vault: Arc<Vault>,
    pub wallet: Wallet,
    next: AtomicU64,
}

pub const CLIENT: &str = r#"
[client.app]
id = "app id"
auth = "client_secret_basic"
secret = { env = "APP" }
[grant.user]
kind = "password"
client = "app"
"#;

impl Rig {
    pub async fn new(base: &str, more: &str) -> Self {
        Self::with_timeout(base, more, 5.0).await
    }

    pub async fn with_timeout(base: &str, more: &str, timeout: f64) -> Self {
        let declared = Arc::new(declared(base, more));
        let vault = Arc::new(Vault::open(&declared, &env()).await.unwrap());
        let now = Arc::new(|| 1_900_000_000);
        let issuers = Issuers::start(declared, vault.clone(), http(timeout), now).await.unwrap();
        Self { issuers, vault, wallet: Wallet::new(), next: AtomicU64::new(1) }
    }

    pub fn ask(&self) -> Ask {
        let mut values = self.issuers.values().layer();
        values.set("subject", "alice");
        values.set_secret("subject.password", "alice-password-5512");
        Ask {
            subject: "alice".into(),
            service: "orders".into(),
            audience: "orders-audience".into(),
            elsewhere: None,
            scope: None,
            declared: vec!["read".into(), "write".into()],
            values,
        }
    }

    pub fn scoped(&self, scope: &[&str]) -> Ask {
        Ask { scope: Some(scope.iter().map(|s| (*s).to_owned()).collect()), ..self.ask() }
    }

    pub fn name(&self) -> String {
        format!("t{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub async fn obtain(&self, grant: &str) -> recant::drive::Obtained {
        self.issuers.obtain(grant, &self.ask(), &self.wallet, &|| self.name()).await
    }
}

/// Two P-256 keys, made once: PKCS #8 and the public point.
pub static KEY: std::sync::LazyLock<(Vec<u8>, Vec<u8>)> = std::sync::LazyLock::new(new_key);

pub fn new_key() -> (Vec<u8>, Vec<u8>) {
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    (document.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
}

pub fn pem(pkcs8: &[u8]) -> String {
    let text = STANDARD.encode(pkcs8);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

pub fn jwk(key: &(Vec<u8>, Vec<u8>), kid: &str) -> Value {
    let (x, y) = key.1[1..].split_at(32);
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    })
}

/// A signed JWT.
pub fn signed(key: &(Vec<u8>, Vec<u8>), kid: &str, claims: &Value) -> String {
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": kid});
    let message = format!("{}.{}", part(&header), part(claims));
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.0).unwrap();
    let signature = pair.sign(&rng, message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Values with nothing in them but a base.
pub fn values(base: &str) -> Values {
    let mut values = Values::new();
    values.set_url("base", base);
    values
}
