//! Captures: what a step keeps of an answer for later templates.
//!
//! `json:/pointer` (`*` for each element, the first one counts), `header:NAME`, `header:NAME:REGEX`,
//! `query:NAME:PARAMETER` (of the URL in a header, its query or fragment), `body:REGEX`. Of a regular
//! expression the first group counts, or the whole match where it has none.

use regex::{Regex, RegexBuilder};
use serde_json::Value;
use url::Url;

use super::{Answer, pointer};

/// A compiled expression takes no more memory than this.
const REGEX_BYTES: usize = 1 << 20;

/// What a capture finds in an answer to a request to `url`.
///
/// # Errors
/// One sentence: the capture is not well-formed, or the answer does not have it.
pub fn find(capture: &str, answer: &Answer, url: &str) -> Result<Value, String> {
    let missing = || format!("the answer has no `{capture}`");
    let (kind, rest) = capture.split_once(':').unwrap_or((capture, ""));
    match kind {
        "json" => {
            let json = answer.json().ok_or("the answer is no JSON".to_owned())?;
            pointer::find(&json, rest)
                .first()
                .filter(|v| !v.is_null())
                .map(|v| (*v).clone())
                .ok_or_else(missing)
        }
        "header" => {
            let (name, pattern) = rest.split_once(':').unwrap_or((rest, ""));
            let value = header(answer, name, url).ok_or_else(missing)?;
            if pattern.is_empty() {
                return Ok(value.into());
            }
            first_group(pattern, &value)?.ok_or_else(missing)
        }
        "query" => {
            let (name, parameter) = rest.split_once(':').unwrap_or(("location", rest));
            let value = header(answer, name, url).ok_or_else(missing)?;
            parameter_of(&value, parameter).map(Value::from).ok_or_else(missing)
        }
        "body" => {
            let text = String::from_utf8_lossy(&answer.body);
            first_group(rest, &text)?.ok_or_else(missing)
        }
        _ => Err(format!("`{capture}` is no capture (json:, header:, query:, body:)")),
    }
}

/// A parameter in a URL's query or fragment.
#[must_use]
pub fn parameter_of(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let fragment = url.fragment().unwrap_or_default();
    let in_fragment = url::form_urlencoded::parse(fragment.as_bytes());
    url.query_pairs().chain(in_fragment).find(|(k, _)| k == name).map(|(_, v)| v.into_owned())
}

/// A header; a location is made absolute (RFC 9110 section 10.2.2).
pub(super) fn header(answer: &Answer, name: &str, url: &str) -> Option<String> {
    let value = answer.header(name)?;
    if name.eq_ignore_ascii_case("location") {
        let base = Url::parse(url).ok()?;
        return base.join(value).ok().map(String::from);
    }
    Some(value.to_owned())
}

fn first_group(pattern: &str, text: &str) -> Result<Option<Value>, String> {
    let regex = compile(pattern)?;
    Ok(regex
        .captures(text)
        .and_then(|c| c.get(1).or_else(|| c.get(0)))
        .map(|m| Value::from(m.as_str())))
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|_| format!("`{pattern}` is no regular expression"))
}
