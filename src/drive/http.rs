//! One HTTP request, bounded in every direction: time, size of the answer, no redirects unless asked. Keeps
//! no cookies: a flow has a jar of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};

use crate::model::Outcome;

/// No answer is read beyond this many bytes, unless the request says more.
pub const MOST_BYTES: usize = 1 << 20;

/// An idle connection is closed after this long: sooner than servers do it (Node: 5 s), so that a request is
/// never lost to a connection that the server is just closing.
const IDLE: Duration = Duration::from_secs(2);

/// The pieces of an answer as they come, or why no more will.
pub type Chunks = futures::stream::BoxStream<'static, Result<Vec<u8>, String>>;

/// A request, rendered. `Debug` shows method and host only.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Body,
    /// Basic authentication, user and password as they go into the header.
    pub basic: Option<(String, String)>,
    /// No answer is read beyond this many bytes; default `MOST_BYTES`.
    pub most: Option<usize>,
    /// Asks for the connection to be closed after the answer (RFC 9112 section 9.6; HTTP/2 has no such word).
    pub last_on_connection: bool,
}

/// A request's body.
#[derive(Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `application/json`.
    Json(serde_json::Value),
    /// As it is; the headers say what it is.
    Text(String),
}

/// An answer, read to its end. `Debug` shows status and size only.
#[derive(Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `None` where it is none (nesting deeper than 127 is refused by the parser).
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

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = url::Url::parse(&self.url).ok().and_then(|u| u.host_str().map(str::to_owned));
        write!(f, "Request({} {})", self.method, host.unwrap_or_default())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
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

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotSent(why) => Self::Failed(why),
            Fault::Unknown(why) => Self::Unknown(why),
        }
    }
}

/// The client of a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    timeout: Duration,
}

impl HttpClient {
    /// A client after the target file's `[http]`. `ca` holds further roots (PEM), `identity` a client certificate with its private key
    /// (PEM), which it shows where it is asked for one.
    ///
    /// # Errors
    /// Where roots or identity can't be read or TLS can't be set up.
    pub fn new(
        http: &crate::plan::Http,
        ca: Option<&[u8]>,
        identity: Option<&str>,
    ) -> Result<Self, String> {
        let timeout = Duration::try_from_secs_f64(http.timeout_seconds)
            .map_err(|_| format!("a time-out of {} s is not possible", http.timeout_seconds))?;
        let mut b = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("recant/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeout)
            .pool_idle_timeout(IDLE)
            .no_proxy();
        if let Some(pem) = ca {
            for cert in reqwest::Certificate::from_pem_bundle(pem).map_err(|e| e.to_string())? {
                b = b.add_root_certificate(cert);
            }
        }
        if let Some(pem) = identity {
            b = b.identity(reqwest::Identity::from_pem(pem.as_bytes()).map_err(|e| reason(&e))?);
        }
        if !http.verify_tls {
            b = b.danger_accept_invalid_certs(true);
        }
        Ok(Self { inner: b.build().map_err(|e| reason(&e))?, timeout })
    }

    /// The time that a request may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// A `Fault` where there is no whole answer within time and size.
    pub async fn send(&self, request: &Request) -> Result<Answer, Fault> {
        match tokio::time::timeout(self.timeout, self.exchange(request)).await {
            Ok(done) => done,
            Err(_) => Err(Fault::Unknown(format!(
                "no whole answer within {} s",
                self.timeout.as_secs_f64()
            ))),
        }
    }

    /// Sends a request whose answer goes on: reads its head only.
    ///
    /// # Errors
    /// A `Fault` where there is no answer within time.
    pub async fn open(&self, request: &Request) -> Result<(Answer, Chunks), Fault> {
        let sent = tokio::time::timeout(self.timeout, self.build(request)?.send()).await;
        let response = sent
            .map_err(|_| Fault::Unknown("no answer in time".to_owned()))?
            .map_err(|e| fault(&e))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let chunks = response.bytes_stream().map(|chunk| match chunk {
            Ok(chunk) => Ok(chunk.to_vec()),
            Err(e) => Err(reason(&e)),
        });
        Ok((Answer { status, headers, body: Vec::new() }, Box::pin(chunks)))
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, Fault> {
        let response = self.build(request)?.send().await.map_err(|e| fault(&e))?;
        let most = request.most.unwrap_or(MOST_BYTES);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|e| fault(&e))?;
            if body.len() + chunk.len() > most {
                return Err(Fault::Unknown(format!("the answer is larger than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    fn build(&self, request: &Request) -> Result<reqwest::RequestBuilder, Fault> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Fault::NotSent(format!("`{}` is no HTTP method", request.method)))?;
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
        let mut b = self.inner.request(method, &request.url);
        if let Some((user, password)) = &request.basic {
            b = b.basic_auth(user, Some(password));
        }
        b = match &request.body {
            Body::Empty => b,
            Body::Form(form) => b.form(form),
            Body::Json(json) => b.json(json),
            Body::Text(text) => b.body(text.clone()),
        };
        if request.last_on_connection {
            b = b.header(CONNECTION, "close");
        }
        // Last, so that headers of the recipe win over those that a body implies.
        Ok(b.headers(headers))
    }
}

fn fault(e: &reqwest::Error) -> Fault {
    if e.is_builder() || (e.is_connect() && never_connected(e)) {
        Fault::NotSent(reason(e))
    } else {
        Fault::Unknown(reason(e))
    }
}

/// True where there was no connection at all. A TLS error is none of these: somebody answered.
fn never_connected(e: &reqwest::Error) -> bool {
    use std::io::ErrorKind as K;
    causes(e).any(|c| {
        c.to_string().contains("dns error")
            || c.downcast_ref::<std::io::Error>().is_some_and(|io| {
                matches!(
                    io.kind(),
                    K::ConnectionRefused
                        | K::HostUnreachable
                        | K::NetworkUnreachable
                        | K::AddrNotAvailable
                )
            })
    })
}

/// The innermost cause without the URL: a URL may hold a secret.
fn reason(e: &reqwest::Error) -> String {
    let kind = if e.is_connect() { "could not connect: " } else { "" };
    let innermost =
        causes(e).skip(1).last().map_or_else(|| "no answer".to_owned(), ToString::to_string);
    super::excerpt::line(&format!("{kind}{innermost}"))
}

fn causes(e: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(Some(e as &(dyn std::error::Error + 'static)), |at| at.source())
}
