//! Text that is meant for whoever reads the record: control characters, markup, commands of CI systems, and secrets that
//! the system repeats where they do not belong.

use std::sync::Arc;

use serde_json::{Value, json};

use super::bodies::case;
use super::system::{APP_SECRET, Good, Wrong, good};
use super::{Case, all};
use crate::it::issuer::server::{Reply, json_reply, reply};

/// A bit of everything that somebody's terminal, browser, XML reader or CI system would obey.
const NASTY: &str = "\u{1b}[2J\u{1b}]8;;http://evil\u{7}\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{feff}\u{e0041}\u{0}\u{8}\r\n\
    ::error file=a::pwned\n::set-output name=x::y\n##vso[task.complete]\n##[error]x\n<script>alert(1)</script>]]>&x;\
    [a](javascript:b) ![c](http://evil/d) | `e` **f** @admin\n# g\u{2028}\u{85}\u{fffe}";

/// Puts a text into every string of a JSON value, and into a name.
fn everywhere(json: &Value, text: &str) -> Value {
    match json {
        Value::String(s) => format!("{s}{text}").into(),
        Value::Array(a) => a.iter().map(|v| everywhere(v, text)).collect(),
        Value::Object(o) => {
            let all = o.iter().map(|(k, v)| (k.clone(), everywhere(v, text)));
            Value::Object(all.chain([(text.to_owned(), text.into())]).collect())
        }
        other => other.clone(),
    }
}

/// Refuses with a text in the body and, as far as headers can carry it, in the header.
fn refused(status: u16, text: &str) -> Reply {
    let safe: String = text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
    let header =
        format!("Bearer error=\"{}\", error_description=\"{safe}\"", safe.replace('"', ""));
    let body = json!({ "error": text, "error_description": text, text: text });
    reply(status, &[("www-authenticate", &header)], body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_and_markup() {
    let at = |what, at, codes| {
        case(what, at, codes, "", |g: Good<'_>| good(g.status, &everywhere(&g.json, NASTY)))
    };
    let refuse =
        |what, at, status: u16, codes| case(what, at, codes, "", move |_| refused(status, NASTY));
    let claims = Case {
        what: "nasty claims",
        wrong: Wrong { claims: Some(Arc::new(|c| *c = everywhere(c, NASTY))), ..Wrong::default() },
        edits: vec![],
        codes: &[1, 3],
        says: "",
    };
    all(vec![
        claims,
        at("nasty metadata", "metadata", &[5]),
        at("nasty token answers", "token", &[3]),
        at("nasty introspection", "introspect", &[1, 3]),
        at("nasty admin answers", "admin", &[0, 3]),
        at("nasty log", "log", &[1, 3]),
        refuse("nasty refusal of metadata", "metadata", 500, &[5]),
        refuse("nasty refusal of tokens", "token", 400, &[3]),
        refuse("nasty 401 for tokens", "token", 401, &[3]),
        refuse("nasty refusal of introspection", "introspect", 400, &[3]),
        refuse("nasty refusal of changes", "admin", 422, &[3]),
        refuse("nasty refusal of the clock", "clock", 418, &[3]),
        refuse("nasty refusal of the log", "log", 500, &[3]),
        refuse("nasty 403 of the service", "service", 403, &[3]),
        refuse("nasty 500 of the service", "service", 500, &[3]),
    ])
    .await;
}

/// Everything secret that a request brings along.
fn echo(g: &Good<'_>) -> String {
    let form: String = g.got.form().iter().map(|(k, v)| format!(" {k}={v}")).collect();
    let headers: String = g.got.headers.iter().map(|(k, v)| format!(" {k}: {v}")).collect();
    format!("{} {}{form}{headers}", g.got.body, g.json)
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_repeated() {
    let into_text = |what, at, status: u16, codes| {
        case(what, at, codes, "", move |g: Good<'_>| refused(status, &echo(&g)))
    };
    let into_short = |what, at, codes| {
        // An opaque token or a secret is as short as an error code.
        case(what, at, codes, "", |g: Good<'_>| {
            let mut secret =
                g.got.header("authorization").replace("Bearer ", "").replace("Basic ", "");
            secret.truncate(60);
            refused(403, &secret)
        })
    };
    let into_json = |what, at, codes| {
        case(what, at, codes, "", |g: Good<'_>| {
            let said = echo(&g);
            good(g.status, &everywhere(&g.json, &said))
        })
    };
    let mut opaque = into_short("the service names an opaque token as error", "service", &[3]);
    // The same one for everybody, so that much is wrong.
    opaque.codes = &[1, 3];
    opaque.wrong.token = Some("opaque-token-of-this-test-12345".to_owned());
    all(vec![
        opaque,
        into_text("the token endpoint repeats the request", "token", 400, &[3]),
        into_text("the token endpoint repeats it with 500", "token", 500, &[3]),
        into_text("introspection repeats the request", "introspect", 400, &[3]),
        into_text("the administration repeats the request", "admin", 400, &[3]),
        into_text("the clock repeats the request", "clock", 400, &[3]),
        into_text("the log repeats the request", "log", 400, &[3]),
        into_text("the service repeats the request", "service", 403, &[3]),
        into_short("the clock names the secret as error", "clock", &[3]),
        into_short("the log names the secret as error", "log", &[3]),
        into_json("introspection returns the token", "introspect", &[1, 3]),
        into_json("administration returns the secret", "admin", &[0, 3]),
        into_json("a log with secrets in every field", "log", &[1, 3]),
        case("a log with every token that was seen", "log", &[1], "log-safe", |g: Good<'_>| {
            let mut json = g.json.clone();
            let secret = g.got.header("authorization").to_owned();
            for record in json.as_array_mut().unwrap() {
                record["note"] = secret.clone().into();
            }
            json_reply(200, &json)
        }),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_straddle_a_cut() {
    // What is cut before secrets are struck out shows the beginning of one.
    all(vec![
        case("a secret behind 8,180 blanks", "admin", &[7], "", |g: Good<'_>| {
            let secret = g.got.header("authorization");
            reply(500, &[], format!("{}{secret}", " ".repeat((8 << 10) - 24)))
        }),
        case("a secret behind 8,185 letters of a claim", "introspect", &[0, 1, 3], "", |g| {
            let mut json = g.json.clone();
            json["note"] = format!("{}{APP_SECRET}", "x".repeat((8 << 10) - 16)).into();
            good(g.status, &json)
        }),
    ])
    .await;
}
