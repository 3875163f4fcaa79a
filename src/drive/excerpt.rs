//! Text of the target, made fit for an error message: short, one line, no control characters, no known
//! credential.

use serde_json::Value;

use super::{Answer, Vault, tokens};

/// Characters of an excerpt at most.
const MOST_CHARS: usize = 160;

/// No more of a body is shown.
const MOST_BYTES: usize = 8 << 10;

/// The beginning of a body, for an error message.
#[must_use]
pub fn of_body(body: &[u8], vault: &Vault) -> String {
    // Struck out first: a credential across the cut would show its beginning.
    let text = vault.strike(&String::from_utf8_lossy(body));
    let text = line(&text[..text.floor_char_boundary(MOST_BYTES)]);
    if text.is_empty() { "an empty body".to_owned() } else { format!("`{text}`") }
}

/// A text in one line without control and formatting characters, cut to a short length.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| !is_formatting(*c)));
        if out.chars().count() > MOST_CHARS {
            return out.chars().take(MOST_CHARS).chain(['…']).collect();
        }
    }
    out
}

/// The error code of an answer: the member `error` of its JSON (RFC 6749 section 5.2), else that of its challenge.
#[must_use]
pub fn error_code(answer: &Answer, vault: &Vault) -> Option<String> {
    answer
        .json()
        .and_then(|j| j.get("error").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| answer.header("www-authenticate").and_then(error_of_challenge))
        .map(|e| tokens::code(&vault.strike(&e)))
}

/// The `error` parameter of a `WWW-Authenticate` header (RFC 6750 section 3).
fn error_of_challenge(challenge: &str) -> Option<String> {
    let at = challenge.find("error=")?;
    let rest = &challenge[at + "error=".len()..];
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', ' ', ';']).next(),
    };
    value.filter(|v| !v.is_empty()).map(str::to_owned)
}

/// Characters that are invisible or turn the direction of writing: they could make a message say something
/// else.
fn is_formatting(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
