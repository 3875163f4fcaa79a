//! Requests as data: `METHOD url`, headers, statuses, captures, JSON pointers.

use url::Url;

use super::Rules;
use crate::plan::check::document::{Document, Node, Value};
use crate::plan::nearest;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What a capture may start with.
const CAPTURES: [&str; 4] = ["json", "header", "query", "body"];

/// Checks one `HttpStep`.
pub(super) fn step(rules: &mut Rules<'_>, file: &Document, step: &Node) {
    if let Some(request) = step.get("request") {
        absolute(rules, file, request);
    }
    if let Some(headers) = step.get("headers") {
        self::headers(rules, file, headers);
    }
    if let Some(accept) = step.get("accept") {
        statuses(rules, file, accept);
    }
    if let (Some(_), Some(form)) = (step.entry("json"), step.entry("form")) {
        let help = "a request has one body: remove `json` or `form`";
        rules.wrong_in(file, &form.key_span, "this request has two bodies", help);
    }
    for entry in step.get("capture").map_or(&[] as &[_], Node::entries) {
        if let Some(text) = entry.node.text() {
            capture(rules, file, &entry.node, text);
        }
    }
}

/// `METHOD url` with a complete URL, or one that starts with a template.
pub(super) fn absolute(rules: &mut Rules<'_>, file: &Document, node: &Node) {
    let Some(url) = method(rules, file, node) else { return };
    let starts_right = ["{", "http://", "https://"].iter().any(|s| url.starts_with(s));
    if !starts_right {
        let help = "such as `POST {admin}/users` with `admin` under `[values]`";
        rules.wrong_in(file, &node.span, "this URL is not complete", help);
    } else if !url.contains('{') && Url::parse(url).is_err() {
        rules.wrong_in(
            file,
            &node.span,
            "this is no URL",
            "such as `POST https://id.example.com/users`",
        );
    }
}

/// `METHOD /path`.
pub(super) fn relative(rules: &mut Rules<'_>, node: &Node) {
    let target = rules.target;
    let Some(path) = method(rules, target, node) else { return };
    if !path.starts_with(['/', '{', '?']) {
        let help = "the path is appended to the service's `url`: `GET /orders`";
        rules.wrong(&node.span, "the path must start with `/`", help);
    }
}

fn method<'n>(rules: &mut Rules<'_>, file: &Document, node: &'n Node) -> Option<&'n str> {
    let text = node.text()?.trim();
    let Some((method, rest)) = text.split_once(char::is_whitespace) else {
        let help = "a method, a blank and a URL, such as `GET /orders`";
        rules.wrong_in(file, &node.span, "a request is `METHOD url`", help);
        return None;
    };
    if !METHODS.contains(&method) {
        let upper = method.to_uppercase();
        let near = nearest(&upper, METHODS).unwrap_or("GET");
        let what = format!("`{method}` is no method");
        rules.wrong_in(file, &node.span, what, format!("did you mean `{near} {}`?", rest.trim()));
        return None;
    }
    if rest.trim().contains(char::is_whitespace) {
        let help = "write a blank in a URL as `%20`";
        rules.wrong_in(file, &node.span, "there is a blank in this URL", help);
        return None;
    }
    Some(rest.trim())
}

/// Names and values of headers.
pub(super) fn headers(rules: &mut Rules<'_>, file: &Document, headers: &Node) {
    for entry in headers.entries() {
        if !is_header_name(&entry.key) {
            let what = format!("`{}` is no name of a header", entry.key);
            rules.wrong_in(file, &entry.key_span, what, "letters, digits and `-`");
        }
        let broken = |text: &str| text.chars().any(|c| c.is_control() && c != '\t');
        if entry.node.text().is_some_and(broken) {
            rules.wrong_in(
                file,
                &entry.key_span,
                "a header has no line breaks",
                "write it in one line",
            );
        }
    }
}

pub(super) fn is_header_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(allowed)
}

/// Numbers that are HTTP statuses.
pub(super) fn statuses(rules: &mut Rules<'_>, file: &Document, list: &Node) {
    for node in list.items() {
        if let Value::Whole(Some(n)) = node.value
            && !(100..=599).contains(&n)
        {
            rules.wrong_in(file, &node.span, format!("{n} is no HTTP status"), "from 100 to 599");
        }
    }
}

fn capture(rules: &mut Rules<'_>, file: &Document, node: &Node, text: &str) {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let forms = "`json:/pointer`, `header:NAME`, `header:NAME:REGEX`, `query:HEADER:PARAMETER` or `body:REGEX`";
    if !CAPTURES.contains(&kind) || rest.is_empty() && kind != "json" {
        return rules.wrong_in(file, &node.span, format!("`{text}` is no capture"), forms);
    }
    let regex = match kind {
        "json" => return pointer(rules, file, node, rest),
        "body" => rest,
        _ => rest.split_once(':').map_or("", |(_, pattern)| pattern),
    };
    if kind != "query" && regex::Regex::new(regex).is_err() {
        let what = format!("`{regex}` is no regular expression");
        rules.wrong_in(file, &node.span, what, "its first group counts, or the whole match");
    }
    let name = rest.split(':').next().unwrap_or_default();
    if kind != "body" && !is_header_name(name) {
        rules.wrong_in(file, &node.span, format!("`{name}` is no name of a header"), forms);
    }
}

/// A JSON pointer (RFC 6901) in which `*` stands for each element; the first slash may be left out.
pub(super) fn pointer(rules: &mut Rules<'_>, file: &Document, node: &Node, text: &str) {
    let help =
        "a JSON pointer: `/roles/0`, `/policies/*/id`; `~` is written `~0`, a slash in a name `~1`";
    let odd_tilde = text.match_indices('~').any(|(at, _)| !text[at + 1..].starts_with(['0', '1']));
    if text.starts_with("$.") || text.starts_with('.') {
        let meant = text.trim_start_matches('$').replace('.', "/").replace("[*]", "/*");
        let what = format!("`{text}` is a JSON path, not a JSON pointer");
        rules.wrong_in(file, &node.span, what, format!("did you mean `{meant}`?"));
    } else if odd_tilde {
        rules.wrong_in(file, &node.span, format!("`{text}` is no JSON pointer"), help);
    } else if !text.is_empty() && !text.starts_with('/') {
        rules.wrong_in(
            file,
            &node.span,
            format!("a JSON pointer starts with `/`, unlike `{text}`"),
            help,
        );
    }
}
