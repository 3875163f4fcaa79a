//! Delivery by push (RFC 8935): what is due is pushed before the answer to the request that made it is given, so that who has an answer
//! has the events too.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::streams::Due;
use crate::reference::faults::Fault;
use crate::reference::world::World;

/// Somebody who does not answer is waited for so long.
const TIME: Duration = Duration::from_secs(2);
/// How often a delivery is tried in a row. What is left over is tried again with the next request.
const TRIES: u32 = 3;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Where a stream pushes to.
#[derive(Clone)]
pub struct Endpoint {
    url: Uri,
    at: SocketAddr,
    /// What is shown there.
    pub authorization: Option<String>,
}

impl Endpoint {
    /// From what a stream is asked for; `None` for what is not on loopback, which no laboratory needs.
    pub fn parse(url: &str, authorization: Option<&str>) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let host: IpAddr = url.host()?.parse().ok()?;
        let fits = url.scheme_str() == Some("http") && host.is_loopback();
        let authorization = authorization.map(str::to_owned);
        let sendable = authorization.iter().all(|a| a.bytes().all(|b| (0x20..0x7f).contains(&b)));
        let at = SocketAddr::new(host, url.port_u16().unwrap_or(80));
        (fits && sendable).then_some(Self { url, at, authorization })
    }

    /// As it was asked for.
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Pushes a token; the status of the answer, if there was one.
    async fn post(&self, token: &str, with_authorization: bool) -> Option<u16> {
        let shown = self.authorization.iter().filter(|_| with_authorization);
        let shown: String = shown.map(|a| format!("Authorization: {a}\r\n")).collect();
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/secevent+jwt\r\n\
             Accept: application/json\r\n{shown}Content-Length: {}\r\nConnection: close\r\n\r\n{token}",
            self.at,
            token.len()
        );
        let talk = async {
            let mut stream = TcpStream::connect(self.at).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = Vec::new();
            stream.take(4096).read_to_end(&mut answer).await.ok()?;
            let line = String::from_utf8_lossy(&answer);
            line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
        };
        tokio::time::timeout(TIME, talk).await.ok().flatten()
    }
}

/// Pushes what a request made due before its answer goes out.
pub async fn deliver(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    for due in world.streams.due() {
        push(&world, due).await;
    }
    response
}

async fn push(world: &World, due: Due) {
    // the fault: a delivery that fails is the last one
    let tries = if world.faults.has(Fault::PushGivesUp) { 1 } else { TRIES };
    // the fault: what was agreed is forgotten
    let shown = !world.faults.has(Fault::PushWithoutAuthorization);
    for again in 0..tries {
        if again > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let status = due.endpoint.post(&due.token, shown).await;
        // acknowledged, or rejected for good
        if matches!(status, Some(200..=299 | 400..=499)) {
            return;
        }
    }
    if !world.faults.has(Fault::PushGivesUp) {
        world.streams.not_delivered(due);
    }
}
