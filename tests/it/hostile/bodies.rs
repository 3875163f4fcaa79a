//! Answers of the wrong size, shape and length.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use base64::Engine as _;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::system::{Good, Wrong, good};
use super::{Case, all};
use crate::it::issuer::server::{Reply, json_reply, jwk, new_key, reply};

/// Whatever is wrong with an answer, nothing was judged by it: neither green nor red.
const OPEN: &[i32] = &[3, 5];

/// Parts of the system, all of which get each of the hostile answers.
const PARTS: [&str; 8] =
    ["metadata", "jwks", "token", "introspect", "admin", "clock", "log", "service"];

pub fn case(
    what: &'static str,
    at: &'static str,
    codes: &'static [i32],
    says: &'static str,
    answer: impl Fn(Good<'_>) -> Reply + Send + Sync + 'static,
) -> Case {
    let wrong = Wrong { at, answer: Some(Arc::new(answer)), ..Wrong::default() };
    Case { what, wrong, edits: vec![], codes, says }
}

/// The same answer at every part.
async fn everywhere(
    what: &'static str,
    timeout: Option<&str>,
    answer: impl Fn(Good<'_>) -> Reply + Clone + Send + Sync + 'static,
) {
    let each = PARTS.map(|at| {
        let what: &'static str = Box::leak(format!("{what} at {at}").into_boxed_str());
        let codes = match at {
            // Keys are only looked at for recant's own check of signatures: without them that is not made.
            "jwks" => &[0, 3][..],
            // Whether the subject was made nobody knows, and removing it does not work either.
            "admin" => &[3, 7],
            // Nobody reads the body of an answer that says that it is done.
            "clock" => &[0, 3],
            // Answers of 2xx are acceptances, whatever they hold: also of what was taken away.
            "service" => &[1, 3],
            _ => OPEN,
        };
        let mut case = case(what, at, codes, "", answer.clone());
        case.edits
            .extend(timeout.map(|t| ("timeout-seconds = 5.0", format!("timeout-seconds = {t}"))));
        case
    });
    all(each.into()).await;
}

fn endless(chunk: Bytes, most: usize, every: Duration) -> Body {
    let chunks = futures::stream::iter(0..most).then(move |_| {
        let chunk = chunk.clone();
        async move {
            tokio::time::sleep(every).await;
            Ok::<_, std::io::Error>(chunk)
        }
    });
    Body::from_stream(chunks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte() {
    everywhere("1 GB", None, |_| {
        let chunk = Bytes::from(vec![b'a'; 1 << 20]);
        let chunks =
            futures::stream::iter((0..1024).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
        reply(200, &[("content-type", "application/json")], Body::from_stream(chunks))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_ending() {
    everywhere("one byte a second", Some("0.4"), |_| {
        let body = endless(Bytes::from_static(b"["), usize::MAX, Duration::from_secs(1));
        reply(200, &[("content-type", "application/json")], body)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_and_flat() {
    everywhere("nested 100,000 deep", None, |_| {
        reply(200, &[], format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)))
    })
    .await;
    everywhere("a hundred thousand members", None, |_| {
        reply(200, &[], format!("[{}0]", "0,".repeat(100_000)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json() {
    everywhere("invalid UTF-8", None, |_| {
        reply(200, &[], b"{\"a\":\"\xff\xfe\xc3\x28\xed\xa0\x80\"}".to_vec())
    })
    .await;
    everywhere("a login page", None, |_| {
        reply(200, &[("content-type", "text/html")], "<form action=/login></form>")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed() {
    // Compression is not asked for, and what comes compressed all the same is not unpacked.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..32 {
        std::io::Write::write_all(&mut packed, &chunk).unwrap();
    }
    let packed = packed.finish().unwrap();
    everywhere("a gzip bomb", None, move |_| {
        let headers = [("content-encoding", "gzip"), ("content-type", "application/json")];
        reply(200, &headers, packed.clone())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects() {
    everywhere("a redirect loop", None, |g| {
        let to = format!("{}{}", g.base, g.got.path);
        reply(302, &[("location", &to)], "")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers() {
    everywhere("a flood of cookies", None, |g| {
        let mut answer = good(g.status, &g.json);
        for n in 0..90 {
            let cookie = format!("c{n}={}; Path=/", "x".repeat(4000));
            answer.headers_mut().append("set-cookie", cookie.parse().unwrap());
        }
        *answer.status_mut() = axum::http::StatusCode::IM_A_TEAPOT;
        answer
    })
    .await;
    everywhere("a header of 1 MB", None, |g| {
        let mut answer = good(g.status, &g.json);
        answer.headers_mut().append("x-large", "y".repeat(1 << 20).parse().unwrap());
        answer
    })
    .await;
    everywhere("1000 headers", None, |g| {
        let mut answer = good(g.status, &g.json);
        for n in 0..1000 {
            let name = axum::http::HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap();
            answer.headers_mut().append(name, "y".parse().unwrap());
        }
        answer
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn key_sets_and_logs() {
    let key = jwk(&new_key(), "other");
    let many = |n: usize| json!({ "keys": vec![&key; n] }).to_string();
    let (few, lots) = (many(900), many(100_000));
    let record = json!({ "subject": "somebody", "id": "x".repeat(40) }).to_string();
    let crowded = format!("[{record}{}]", format!(",{record}").repeat(20_000));
    let zeros = format!("[{}0]", "0,".repeat(2_000_000));
    let lines = format!("{}\n", "x".repeat(10)).repeat(200_000);
    let reads = AtomicUsize::new(0);
    all(vec![
        case("a key set of 100,000 keys", "jwks", &[0, 3], "", move |_| {
            reply(200, &[], lots.clone())
        }),
        case("a key set of 900 other keys", "jwks", &[0, 1, 3], "", move |_| {
            reply(200, &[], few.clone())
        }),
        // That log can be read, and has nothing about the subject.
        case("20,000 records of somebody else", "log", &[1], "", move |_| {
            reply(200, &[], crowded.clone())
        }),
        case("2,000,000 records that are numbers", "log", OPEN, "", move |_| {
            reply(200, &[], zeros.clone())
        }),
        case("200,000 lines that are no JSON", "log", OPEN, "", move |_| {
            reply(200, &[], lines.clone())
        }),
        case("a log that breaks off half-way", "log", &[3], "", move |g| {
            // What is missing might be in what could not be read.
            match reads.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => json_reply(200, &json!(g.json.as_array().unwrap()[..1])),
                _ => reply(500, &[], "down"),
            }
        }),
        case("a log record of 4 MB", "log", &[0, 1, 3], "", |g| {
            let mut json = g.json.clone();
            for record in json.as_array_mut().unwrap() {
                record["reason"] = "r".repeat(700_000).into();
            }
            json_reply(200, &json)
        }),
    ])
    .await;
}

/// An answer of the token endpoint with something changed.
fn token(what: &'static str, codes: &'static [i32], change: fn(&mut Value)) -> Case {
    case(what, "token", codes, "", move |g: Good<'_>| {
        let mut json = g.json.clone();
        if g.status == 200 {
            change(&mut json);
        }
        json_reply(g.status, &json)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_can_not_be_used() {
    let part = |v: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(v.to_string());
    let (header, claims) = (json!({"alg": "ES256"}), json!({"x": "y".repeat(750_000)}));
    let mut large = token("a JWT of 1 MB", OPEN, |_| ());
    large.says = "recant works with up to 65536";
    large.wrong.token = Some(format!("{}.{}.c2lnbmF0dXJl", part(&header), part(&claims)));
    let mut newline = token("a token with a newline", OPEN, |j| {
        j["access_token"] = format!("{}\r\nx: y", j["access_token"].as_str().unwrap()).into();
    });
    newline.says = "no header can carry";
    all(vec![
        large,
        newline,
        token("an empty token", OPEN, |j| j["access_token"] = "".into()),
        token("a token that is a number", OPEN, |j| j["access_token"] = 7.into()),
        token("a token and an error", OPEN, |j| j["error"] = "invalid_grant".into()),
        token("no refresh token", &[3], |j| j["refresh_token"] = Value::Null),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_members_beside_a_token() {
    all(vec![
        token("expires_in negative", &[0, 3], |j| j["expires_in"] = (-600).into()),
        token("expires_in huge", &[0, 3], |j| j["expires_in"] = 1e300.into()),
        token("expires_in 2^64-1", &[0, 3], |j| j["expires_in"] = u64::MAX.into()),
        token("expires_in text", &[0, 3], |j| j["expires_in"] = "soon".into()),
        token("the refresh token is the access token", &[0, 1, 3], |j| {
            j["refresh_token"] = j["access_token"].clone();
        }),
        token("scope is a number", &[0, 3], |j| j["scope"] = 7.into()),
        token("scope is an object", &[0, 3], |j| j["scope"] = json!({"a": 1})),
        token("scope of 400,000 words", &[0, 1, 3], |j| j["scope"] = "a ".repeat(400_000).into()),
    ])
    .await;
}
