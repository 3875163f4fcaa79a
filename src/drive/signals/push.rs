//! Delivery of a security event token by push (RFC 8935).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::drive::http::Body;
use crate::drive::{Answer, Fault, HttpClient, Request, Vault, tokens};
use crate::model::{Outcome, Refusal};

/// Pushes a token. Returns what it came to, and the status where there was an answer.
pub async fn push(
    http: &HttpClient,
    vault: &Vault,
    endpoint: &str,
    authorization: Option<String>,
    token: &str,
) -> (Outcome, Option<u16>) {
    let mut headers = BTreeMap::from([
        ("content-type".to_owned(), "application/secevent+jwt".to_owned()),
        ("accept".to_owned(), "application/json".to_owned()),
    ]);
    headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
    let request = Request {
        method: "POST".into(),
        url: endpoint.to_owned(),
        headers,
        body: Body::Text(token.to_owned()),
        ..Request::default()
    };
    let answer = http.send(&request).await;
    let status = answer.as_ref().ok().map(|a| a.status);
    (outcome(answer, vault), status)
}

/// 2xx acknowledges, 400 with an error code rejects the token (RFC 8935 section 2.3), 401 and 403 reject whoever sends it.
fn outcome(answer: Result<Answer, Fault>, vault: &Vault) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault) => return fault.into(),
    };
    let short = format!("status {}", answer.status);
    match answer.status {
        200..=299 => Outcome::Accepted,
        status @ (400 | 401 | 403) => {
            let said = answer.json();
            let code = said.as_ref().and_then(|j| j.get("err")).and_then(Value::as_str);
            Outcome::Refused(Refusal {
                status,
                error: code.map(|c| tokens::code(&vault.strike(c))),
                challenged: answer.headers.contains_key("www-authenticate"),
            })
        }
        408 | 429 => Outcome::Unknown(short),
        402..=499 => Outcome::Failed(short),
        _ => Outcome::Unknown(short),
    }
}
