//! What looks like a credential. The record is made so that it holds none; this looks at the files as they are, knowing
//! nothing of the run.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::bytes::{Regex, RegexSet};

/// Header, content and signature, none of them struck out. `eyJ` is `{"` in base64url.
const JWT: &str = r"(eyJ[A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}";

const OTHERS: [(&str, &str); 4] = [
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key in PEM"),
    (r"(?i)\b(bearer|dpop) +[A-Za-z0-9._~+/-]{20,}", "a token in a header"),
    (r"(?i)\bbasic +[A-Za-z0-9+/]{12,}={0,2}\b", "a password in a header"),
    (r#"\\?"d\\?" *: *\\?"[A-Za-z0-9_-]{40,}"#, "a private key in JWK"),
];

static LIVE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(JWT).ok());
static OTHER: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(OTHERS.map(|(pattern, _)| pattern)).ok());

/// Kinds of credentials that something in these bytes looks like. Never the credential: what is said of it is printed.
pub fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    let (Some(live), Some(other)) = (&*LIVE, &*OTHER) else {
        return vec!["nothing: the patterns can't be read"];
    };
    let is_header = |text: &[u8]| {
        let decoded = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        serde_json::from_slice::<serde_json::Value>(&decoded).is_ok_and(|h| h["alg"].is_string())
    };
    let mut jwts = live.captures_iter(bytes);
    let jwt = jwts.any(|c| c.get(1).is_some_and(|header| is_header(header.as_bytes())));
    let others = other.matches(bytes).into_iter().filter_map(|at| OTHERS.get(at).map(|(_, k)| *k));
    jwt.then_some("a JWT with its signature").into_iter().chain(others).collect()
}
