//! Answers that are meant to hurt: survived with bounded time and memory, and said plainly.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use recant::drive::{HttpClient, Request};
use recant::model::{Outcome, TokenForm};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::server::{CLIENT, Rig, Server, http, json_reply, reply};

/// A server that reads a request and then writes these bytes and closes, or stays silent where there are none.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 4096]).await;
                if bytes.is_empty() {
                    std::future::pending::<()>().await;
                }
                let _ = socket.write_all(bytes).await;
            });
        }
    });
    base
}

async fn get(client: &HttpClient, url: String) -> String {
    let request = Request { method: "GET".into(), url, ..Request::default() };
    match client.send(&request).await {
        Ok(answer) => format!("{answer:?}"),
        Err(fault) => format!("{fault:?}"),
    }
}

#[tokio::test]
async fn answers_that_never_end_or_break_off() {
    let client = http(0.3);
    let mut said = String::new();
    for (what, bytes) in [
        ("silent", &b""[..]),
        ("a null byte", b"\0"),
        ("truncated", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":"),
        ("broken chunks", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc"),
        ("not HTTP", b"SSH-2.0-OpenSSH_9.6\r\n"),
    ] {
        said += &format!("{what}: {}\n", get(&client, raw(bytes).await).await);
    }
    insta::assert_snapshot!(said, @r#"
    silent: Unknown("no whole answer within 0.3 s")
    a null byte: Unknown("invalid HTTP version parsed")
    truncated: Unknown("end of file before message length reached")
    broken chunks: Unknown("end of file before message length reached")
    not HTTP: Unknown("invalid HTTP version parsed")
    "#);
}

#[tokio::test]
async fn tls_with_somebody_who_does_not_speak_it_is_unknown() {
    let base = raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.replace("http:", "https:");
    let said = get(&http(2.0), base).await;
    assert!(said.starts_with("Unknown"), "somebody answered: {said}");
}

#[tokio::test]
async fn a_gigabyte_and_a_stream_without_end() {
    let server = Server::start(|_, got| {
        let chunk = Bytes::from(vec![b'x'; 64 << 10]);
        let endless = futures::stream::repeat(chunk).map(Ok::<_, std::io::Error>);
        match got.path.as_str() {
            "/gigabyte" => reply(200, &[], Body::from_stream(endless.take(16 << 10))),
            "/drip" => {
                let slow = futures::stream::repeat(Bytes::from_static(b" ")).then(|b| async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok::<_, std::io::Error>(b)
                });
                reply(200, &[], Body::from_stream(slow))
            }
            _ => reply(200, &[], Body::from_stream(endless)),
        }
    })
    .await;
    let client = http(1.0);
    let began = Instant::now();
    for path in ["gigabyte", "endless"] {
        assert_eq!(
            get(&client, format!("{}/{path}", server.base)).await,
            "Unknown(\"the answer is larger than 1048576 bytes\")"
        );
    }
    assert_eq!(
        get(&client, format!("{}/drip", server.base)).await,
        "Unknown(\"no whole answer within 1 s\")"
    );
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn token_endpoints() {
    let big = "t".repeat(1_000_000);
    let kept = "t".repeat(60_000);
    let deep = format!("{{\"access_token\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let answers = [
        ("a token of 1 MB", json!({ "access_token": big }).to_string()),
        ("a refresh token of 1 MB", json!({"access_token": "a", "refresh_token": big}).to_string()),
        ("control characters", json!({"access_token": "a\r\nx: y"}).to_string()),
        ("not ASCII", json!({"access_token": "tøken"}).to_string()),
        ("deep", deep),
        ("a long error", json!({"error": "e\n\u{1b}[2J".repeat(1000)}).to_string()),
        ("an error of another type", json!({"error": {"x": [1]}}).to_string()),
        ("60,000 bytes", json!({ "access_token": kept, "expires_in": -5, "scope": 7 }).to_string()),
        ("expires never", json!({"access_token": "a", "expires_in": 1e300}).to_string()),
    ];
    let mut said = String::new();
    for (what, body) in answers {
        let server = Server::saying(200, &body).await;
        let rig = Rig::new(&server.base, CLIENT).await;
        let got = rig.obtain("user").await;
        let text = format!("{:?} {} tokens", got.outcome, got.tokens.len());
        assert!(text.len() < 700 && !text.chars().any(char::is_control));
        said += &format!("{what}: {text}\n");
    }
    insta::assert_snapshot!(said, @r#"
    a token of 1 MB: Unknown("the token has 1000000 bytes; recant works with up to 65536") 0 tokens
    a refresh token of 1 MB: Unknown("the token has 1000000 bytes; recant works with up to 65536") 0 tokens
    control characters: Unknown("the token has characters that no header can carry") 0 tokens
    not ASCII: Unknown("the token has characters that no header can carry") 0 tokens
    deep: Unknown("status 200 without anything that recant understands") 0 tokens
    a long error: Failed("e [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2Je [2J…") 0 tokens
    an error of another type: Failed("status 200 without anything that recant understands") 0 tokens
    60,000 bytes: Accepted 1 tokens
    expires never: Accepted 1 tokens
    "#);
}

#[tokio::test]
async fn a_jwt_of_many_claims_is_kept_within_bounds() {
    let many: serde_json::Map<_, _> =
        (0..2800).map(|i| (format!("claim-{i}"), json!("v"))).collect();
    let part = super::server::part;
    let jwt = format!("{}.{}.sig", part(&json!({"alg": "ES256"})), part(&json!(many)));
    assert!(jwt.len() < 64 << 10, "{}", jwt.len());
    let server = Server::start(move |_, _| json_reply(200, &json!({ "access_token": jwt }))).await;
    let rig = Rig::new(&server.base, CLIENT).await;
    let got = rig.obtain("user").await;
    assert_eq!((got.outcome, got.tokens[0].form), (Outcome::Accepted, TokenForm::Jwt));
    assert!(serde_json::to_string(&got.tokens[0]).unwrap().len() < 100_000);
}
