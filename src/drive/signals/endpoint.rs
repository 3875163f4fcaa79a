//! Where transmitters push to (RFC 8935): one address for a run, a name behind it for each stream. Serves nothing else, and is
//! gone with the run.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use rand::distr::{Alphanumeric, SampleString};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use super::inbox::{Answered, Inbox, Pushed, Rejection};
use super::logout::{self, Posted};
use super::wire::Wire;
use crate::drive::run::lock;
use crate::drive::tokens::MOST_BYTES;
use crate::plan::PushAt;

/// A body must have come by then.
const BODY_TIME: Duration = Duration::from_secs(3);
/// What is read of a body that is too long, so that its sender gets to see the answer.
const READ_ON: usize = 4 * MOST_BYTES;

/// How logout tokens are posted.
const FORM: &str = "application/x-www-form-urlencoded";

/// Inboxes by the last part of their address.
type Open = Arc<Mutex<HashMap<String, Arc<Inbox>>>>;

/// The address. Holds what transmitters must show, so there is no `Debug`.
pub struct Endpoint {
    base: String,
    authorization: Arc<str>,
    open: Open,
    crowded: Arc<AtomicBool>,
    serving: JoinHandle<()>,
}

/// What the answers are made with.
#[derive(Clone)]
struct Serving {
    open: Open,
    /// SHA-256 of what must be shown.
    authorization: [u8; 32],
}

impl Endpoint {
    /// Listens.
    ///
    /// # Errors
    /// Where the address can't be listened on.
    pub async fn listen(at: &PushAt, url: Option<String>) -> Result<Self, String> {
        let broken = |why: String| format!("`{}` can't be listened on: {why}", at.listen);
        let address: SocketAddr = at.listen.parse().map_err(|_| broken("no address".into()))?;
        let listener = tokio::net::TcpListener::bind(address).await;
        let listener = listener.map_err(|e| broken(e.to_string()))?;
        let own = listener.local_addr().map_err(|e| broken(e.to_string()))?;
        let base = url.unwrap_or_else(|| format!("http://{own}"));
        let secret = Alphanumeric.sample_string(&mut rand::rng(), 43);
        let authorization: Arc<str> = format!("Bearer {secret}").into();
        let (open, crowded) = (Open::default(), Arc::new(AtomicBool::new(false)));
        let serving = Serving { open: open.clone(), authorization: digest(&authorization) };
        let router = Router::new().fallback(answer).with_state(serving);
        let wire = Wire::new(listener, crowded.clone());
        let serving = tokio::spawn(async move {
            // Its end is seen by whoever looks.
            let _ = axum::serve(wire, router).await;
        });
        Ok(Self { base: base.trim_end_matches('/').into(), authorization, open, crowded, serving })
    }

    /// The value of the header that transmitters must send.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// An address for an inbox, for as long as what is returned lives.
    pub fn open(&self, inbox: Arc<Inbox>) -> Registered {
        let name = Alphanumeric.sample_string(&mut rand::rng(), 22);
        lock(&self.open).insert(name.clone(), inbox.clone());
        let url = format!("{}/{name}", self.base);
        Registered { url, name, inbox, open: self.open.clone() }
    }

    /// Why something may have been missed, if that is so.
    pub fn missed(&self) -> Option<&'static str> {
        if self.serving.is_finished() {
            return Some("recant can't be pushed to any more");
        }
        let crowded = self.crowded.load(Ordering::Relaxed);
        crowded.then_some("so many connected to recant that it may have missed some")
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An inbox with its address.
pub struct Registered {
    pub url: String,
    pub inbox: Arc<Inbox>,
    name: String,
    open: Open,
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.name);
        self.inbox.close();
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

async fn answer(State(serving): State<Serving>, request: Request) -> Response {
    let mut response = answered(serving, request).await;
    // One request for each connection, so that none is used again just when its time is up.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn answered(serving: Serving, request: Request) -> Response {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default();
    let Some(inbox) = lock(&serving.open).get(name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let logouts = inbox.hears_logouts();
    let (head, body) = request.into_parts();
    let text = |name| head.headers.get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let shown = digest(text(AUTHORIZATION));
    let authorized = verify_slices_are_equal(&shown, &serving.authorization).is_ok();
    let kind = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let wanted = if logouts { FORM } else { "application/secevent+jwt" };
    let typed = kind.eq_ignore_ascii_case(wanted);
    let token = match tokio::time::timeout(BODY_TIME, read(&head.headers, body)).await {
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        Ok(Err(status)) => return status.into_response(),
        Ok(Ok(token)) => token,
    };
    let token = match read_form(logouts, token) {
        Posted::Token(token) => token,
        Posted::Question(state) if inbox.is_awaited(&state) => {
            return StatusCode::OK.into_response();
        }
        Posted::Question(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    // nothing is agreed for logout tokens: they are as good as their signature
    let authorized = authorized || logouts;
    match inbox.take(Pushed { authorized, typed, token: token.trim() }).await {
        // Section 2.8 of Back-Channel Logout 1.0.
        Answered::Taken if logouts => {
            (StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response()
        }
        Answered::Taken => StatusCode::ACCEPTED.into_response(),
        Answered::Closed => StatusCode::NOT_FOUND.into_response(),
        Answered::Full => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Answered::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answered::Rejected(Rejection { status, err, description }) => {
            let said = match logouts {
                true => serde_json::json!({ "error": err, "error_description": description }),
                false => serde_json::json!({ "err": err, "description": description }),
            };
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, axum::Json(said)).into_response()
        }
    }
}

/// The token in a form; any other body is the token.
fn read_form(is_form: bool, body: String) -> Posted {
    if is_form { logout::read(&body) } else { Posted::Token(body) }
}

/// A body, as text; what is no UTF-8 is no token.
async fn read(headers: &HeaderMap, body: Body) -> Result<String, StatusCode> {
    let told = headers.get(CONTENT_LENGTH).and_then(|h| h.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > READ_ON) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (mut all, mut length) = (Vec::new(), 0_usize);
    let mut body = body.into_data_stream();
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| StatusCode::BAD_REQUEST)?;
        length += part.len();
        if length > READ_ON {
            break;
        }
        if length <= MOST_BYTES {
            all.extend_from_slice(&part);
        }
    }
    if length > MOST_BYTES {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(String::from_utf8_lossy(&all).into_owned())
}
