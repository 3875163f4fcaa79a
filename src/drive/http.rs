//! One HTTP request, bounded in every direction: time, size of the answer, no redirects unless asked.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// No answer is read beyond this many bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// A request, rendered.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Body,
    /// Basic authentication.
    pub basic: Option<(String, String)>,
    /// Follow up to five redirects.
    pub follow: bool,
}

/// A request's body.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `application/json`.
    Json(serde_json::Value),
}

/// An answer, read to its end or to the bound.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, at most `MOST_BYTES`.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `None` where it is none (deep nesting is refused by the parser).
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// True for 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request certainly did not reach the target.
    NotSent(String),
    /// It may have had its effect.
    Unknown(String),
}

impl Fault {
    /// The reason, for people.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::NotSent(w) | Self::Unknown(w) => w,
        }
    }
}

/// The client of a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    plain: reqwest::Client,
    following: reqwest::Client,
    timeout: Duration,
}

impl HttpClient {
    /// A client after the target file's `[http]`.
    ///
    /// # Errors
    /// Where the further roots can't be read or TLS can't be set up.
    pub fn new(http: &crate::plan::Http, ca: Option<&[u8]>, cookies: bool) -> Result<Self, String> {
        let build = |follow: usize| {
            let mut b = reqwest::Client::builder()
                .redirect(if follow == 0 {
                    reqwest::redirect::Policy::none()
                } else {
                    reqwest::redirect::Policy::limited(follow)
                })
                .user_agent(concat!("recant/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs_f64(http.timeout_seconds))
                .cookie_store(cookies)
                .no_proxy();
            if let Some(pem) = ca {
                for cert in reqwest::Certificate::from_pem_bundle(pem).map_err(|e| e.to_string())? {
                    b = b.add_root_certificate(cert);
                }
            }
            if !http.verify_tls {
                b = b.danger_accept_invalid_certs(true);
            }
            b.build().map_err(|e| reason(&e))
        };
        Ok(Self {
            plain: build(0)?,
            following: build(5)?,
            timeout: Duration::from_secs_f64(http.timeout_seconds),
        })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// A `Fault` where there is no whole answer within time and size.
    pub async fn send(&self, request: &Request) -> Result<Answer, Fault> {
        let work = self.exchange(request);
        match tokio::time::timeout(self.timeout, work).await {
            Ok(done) => done,
            Err(_) => Err(Fault::Unknown(format!(
                "no whole answer within {} s",
                self.timeout.as_secs_f64()
            ))),
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, Fault> {
        let client = if request.follow { &self.following } else { &self.plain };
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Fault::NotSent(format!("`{}` is no HTTP method", request.method)))?;
        let mut b = client.request(method, &request.url);
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Fault::NotSent(format!("`{name}` is no header name")))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Fault::NotSent(format!("the value of header `{name}` is not allowed"))
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        b = b.headers(headers);
        if let Some((user, password)) = &request.basic {
            b = b.basic_auth(user, Some(password));
        }
        b = match &request.body {
            Body::Empty => b,
            Body::Form(form) => b.form(form),
            Body::Json(json) => b.json(json),
        };
        let response = b.send().await.map_err(|e| fault(&e))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|e| fault(&e))?;
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(Fault::Unknown(format!(
                    "the answer is larger than {MOST_BYTES} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

fn fault(e: &reqwest::Error) -> Fault {
    if e.is_builder() || e.is_connect() {
        Fault::NotSent(reason(e))
    } else {
        Fault::Unknown(reason(e))
    }
}

/// The innermost cause without the URL: a URL may hold a secret.
fn reason(e: &reqwest::Error) -> String {
    let mut at: &dyn std::error::Error = e;
    while let Some(next) = at.source() {
        at = next;
    }
    let kind = if e.is_connect() { "could not connect: " } else { "" };
    format!("{kind}{at}")
}
