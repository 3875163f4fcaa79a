//! Connections that break, hang and speak something else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::system::{Good, Wrong, good};
use super::{Case, all};
use crate::it::issuer::server::{json_reply, reply};

/// What a raw server writes after it has read a request.
#[derive(Clone)]
enum Wire {
    Reset,
    Silent,
    Bytes(Vec<u8>),
    /// Bytes over and over again.
    Flood(&'static [u8]),
}

async fn raw(wire: Wire) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket, wire.clone()));
        }
    });
    base
}

async fn answer(mut socket: TcpStream, wire: Wire) {
    let _ = socket.read(&mut [0; 4096]).await;
    match wire {
        Wire::Reset => drop(socket.set_zero_linger()),
        Wire::Silent => std::future::pending().await,
        Wire::Bytes(bytes) => drop(socket.write_all(&bytes).await),
        Wire::Flood(bytes) => while socket.write_all(bytes).await.is_ok() {},
    }
}

/// A part of the system is behind such a connection.
fn behind(what: &'static str, line: &'static str, instead: String, codes: &'static [i32]) -> Case {
    let edits =
        vec![(line, instead), ("timeout-seconds = 5.0", "timeout-seconds = 0.5".to_owned())];
    Case { what, wrong: Wrong::default(), edits, codes, says: "" }
}

/// Answers that are hardly HTTP, or no HTTP at all, and the exit codes that a run may then have.
fn wires() -> Vec<(&'static str, Wire, &'static [i32])> {
    let ok = b"HTTP/1.1 200 OK\r\n";
    let many: Vec<u8> =
        (0..5000).fold(ok.to_vec(), |b, n| [b, format!("x-{n}: y\r\n").into_bytes()].concat());
    vec![
        ("reset", Wire::Reset, &[3, 5][..]),
        ("silence", Wire::Silent, &[3, 5]),
        ("nothing", Wire::Bytes(vec![]), &[3, 5]),
        (
            "half an answer",
            Wire::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
            &[3, 5],
        ),
        (
            "two lengths",
            Wire::Bytes(
                b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
            ),
            &[3, 5],
        ),
        (
            "a length of 2^70",
            Wire::Bytes(
                b"HTTP/1.1 200 OK\r\ncontent-length: 1180591620717411303424\r\n\r\n{}".to_vec(),
            ),
            &[3, 5],
        ),
        (
            "a chunk of 2^64",
            Wire::Bytes(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"
                    .to_vec(),
            ),
            &[3, 5],
        ),
        ("HTTP/0.9", Wire::Bytes(b"{\"active\": true}".to_vec()), &[3, 5]),
        ("HTTP/1.0 without a body", Wire::Bytes(b"HTTP/1.0 200\r\n\r\n".to_vec()), &[3, 5]),
        ("HTTP/9.9", Wire::Bytes(b"HTTP/9.9 200 OK\r\n\r\n".to_vec()), &[3, 5]),
        (
            "50,000 times 100 Continue",
            Wire::Bytes(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(50_000)),
            &[3, 5],
        ),
        ("header lines for ever", Wire::Flood(b"x: y\r\n"), &[3, 5]),
        ("5,000 headers", Wire::Bytes(many), &[3, 5]),
        (
            "a switch of protocols",
            Wire::Bytes(
                b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_vec(),
            ),
            &[3, 5],
        ),
        (
            "status 999",
            Wire::Bytes(b"HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n".to_vec()),
            &[3, 5],
        ),
        (
            "a null byte in a header",
            Wire::Bytes(b"HTTP/1.1 200 OK\r\nx: \0\r\n\r\n".to_vec()),
            &[3, 5],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn connections() {
    let issuer = "url = \"{base}\"\nintrospect-as";
    let service = "url = \"{base}/orders\"";
    let mut cases = Vec::new();
    for (what, wire, codes) in wires() {
        let raw = raw(wire).await;
        let name =
            |part| -> &'static str { Box::leak(format!("{what} at {part}").into_boxed_str()) };
        let instead = format!("url = \"{raw}\"\nintrospect-as");
        cases.push(behind(name("the issuer"), issuer, instead, codes));
        // A service that answers nothing but `200` to everybody would be red, and rightly.
        cases.push(behind(name("the service"), service, format!("url = \"{raw}\""), &[1, 3]));
    }
    all(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_only_seem_to_answer() {
    let service = |what, codes, answer: fn(Good<'_>) -> crate::it::issuer::server::Reply| {
        super::bodies::case(what, "service", codes, "", answer)
    };
    all(vec![
        service("a login page for everybody", &[1], |_| {
            reply(200, &[("content-type", "text/html")], "<form action=/login>")
        }),
        service("a redirect to a login page instead of a refusal", &[3], |g| match g.status {
            200 => good(200, &g.json),
            _ => reply(302, &[("location", "/login")], ""),
        }),
        service("503 instead of a refusal", &[3], |g| match g.status {
            200 => good(200, &g.json),
            _ => reply(503, &[], "down"),
        }),
        service("404 instead of a refusal", &[3], |g| match g.status {
            200 => good(200, &g.json),
            _ => reply(404, &[], ""),
        }),
        service("200 with an error in it", &[1], |_| {
            json_reply(200, &serde_json::json!({ "error": "invalid_token" }))
        }),
        service("401 for everybody", &[3], |_| reply(401, &[], "")),
        service("429 for everybody", &[3], |_| reply(429, &[("retry-after", "99999999")], "")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks() {
    let lies = super::bodies::case("a clock that is not moved", "clock", &[0, 3], "", |_| {
        reply(204, &[], "")
    });
    let hangs = Case {
        what: "a clock that hangs",
        wrong: Wrong {
            at: "clock",
            hold: Some(|line| line.starts_with("POST /admin/clock")),
            ..Wrong::default()
        },
        edits: vec![("timeout-seconds = 5.0", "timeout-seconds = 1.0".to_owned())],
        codes: &[3],
        says: "clock could not be moved",
    };
    all(vec![lies, hangs]).await;
}
