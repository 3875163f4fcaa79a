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

/// Answers that are none, or only just.
const ANSWERS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("half an answer", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
    ("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}"),
    ("a length of 2^70", "HTTP/1.1 200 OK\r\ncontent-length: 1180591620717411303424\r\n\r\n{}"),
    ("a huge chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"),
    ("HTTP/0.9", "{\"active\": true}"),
    ("HTTP/9.9", "HTTP/9.9 200 OK\r\n\r\n"),
    ("another protocol", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    ("status 999", "HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n"),
    ("a null byte in a header", "HTTP/1.1 200 OK\r\nx: \0\r\n\r\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn connections() {
    let many: String = (0..5000).map(|n| format!("x-{n}: y\r\n")).collect();
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(50_000);
    let mut wires = vec![
        ("reset", Wire::Reset),
        ("silence", Wire::Silent),
        ("50,000 times 100 Continue", Wire::Bytes(interim.into())),
        ("header lines for ever", Wire::Flood(b"x: y\r\n")),
        ("5,000 headers", Wire::Bytes(format!("HTTP/1.1 200 OK\r\n{many}").into())),
    ];
    wires.extend(ANSWERS.iter().map(|(what, text)| (*what, Wire::Bytes((*text).into()))));
    let mut cases = Vec::new();
    for (what, wire) in wires {
        cases.extend(both(what, raw(wire).await, &[3]));
    }
    // That is whole: the body ends with the connection. A service that says 200 to everybody is red, and rightly.
    let bare = raw(Wire::Bytes(b"HTTP/1.0 200\r\n\r\n".into())).await;
    cases.extend(both("HTTP/1.0 without a body", bare, &[1]));
    all(cases).await;
}

/// Issuer and service behind a connection. Without its issuer a run does not begin.
fn both(what: &str, raw: String, codes: &'static [i32]) -> [Case; 2] {
    let name = |part| -> &'static str { Box::leak(format!("{what} at {part}").into_boxed_str()) };
    let issuer = format!("url = \"{raw}\"\nintrospect-as");
    [
        behind(name("the issuer"), "url = \"{base}\"\nintrospect-as", issuer, &[5]),
        behind(name("the service"), "url = \"{base}/orders\"", format!("url = \"{raw}\""), codes),
    ]
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
