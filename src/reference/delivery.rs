//! Requests that the system makes by itself: to addresses that somebody gave it, on loopback only, which is all that a laboratory needs.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::http::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Somebody who does not answer is waited for so long.
const TIME: Duration = Duration::from_secs(2);
/// How often a delivery is tried in a row.
pub const TRIES: u32 = 3;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Where something is posted to.
#[derive(Clone)]
pub struct Endpoint {
    url: Uri,
    at: SocketAddr,
    /// What is shown there.
    pub authorization: Option<String>,
}

impl Endpoint {
    /// From what was asked for; `None` for what is not on loopback.
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

    /// Posts until it was acknowledged or rejected for good. Returns whether it was.
    pub async fn insist(&self, kind: &str, body: &str) -> bool {
        self.attempt(kind, body, TRIES, true).await
    }

    /// The same with so many tries, and without showing anything if so asked.
    pub async fn attempt(&self, kind: &str, body: &str, tries: u32, shows: bool) -> bool {
        for again in 0..tries {
            if again > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let status = self.post(kind, body, shows).await;
            if matches!(status, Some(200..=299 | 400..=499)) {
                return true;
            }
        }
        false
    }

    /// Posts once; the status of the answer, if there was one.
    async fn post(&self, kind: &str, body: &str, shows: bool) -> Option<u16> {
        let shown = self.authorization.iter().filter(|_| shows);
        let shown: String = shown.map(|a| format!("Authorization: {a}\r\n")).collect();
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\n\
             Accept: application/json\r\n{shown}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.at,
            body.len()
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
