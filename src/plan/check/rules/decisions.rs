//! The logs: where each is, and where its fields are.

use super::Rules;
use super::requests::{headers, is_header_name, pointer};
use super::urls::wrong_url;
use crate::plan::check::document::{Entry, Node};
use crate::plan::suggestion;

/// recant's words for kinds of decisions.
const KINDS: [&str; 4] = ["issue", "refresh", "exchange", "access"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    if let Some(log) = target.root.entry("decision-log") {
        place(rules, log, "decision log", "decisions");
        fields(rules, log.node.get("fields"));
    }
    if let Some(log) = target.root.entry("access-log") {
        place(rules, log, "access log", "accesses");
        accesses(rules, log);
    }
    if let Some(log) = target.root.entry("change-log") {
        place(rules, log, "change log", "changes");
        changes(rules, log);
    }
}

/// Where a log is: a file, or a URL with what belongs to it.
fn place(rules: &mut Rules<'_>, log: &Entry, what: &str, example: &str) {
    let target = rules.target;
    match (log.node.entry("file"), log.node.entry("url")) {
        (None, None) => {
            let help = format!("`file = \"{example}.jsonl\"` or `url = \"https://...\"`");
            let what = format!("the {what} is nowhere: `file` or `url` is missing");
            rules.wrong(&log.key_span, what, &help);
        }
        (Some(_), Some(url)) => {
            let what = format!("the {what} is in two places");
            rules.wrong(&url.key_span, what, "remove `file` or `url`");
        }
        (Some(file), None) => {
            if let Some(text) = file.node.text().filter(|t| !t.contains('{')) {
                self::file(rules, &file.node, text);
            }
            for member in ["headers", "items"] {
                if let Some(entry) = log.node.entry(member) {
                    let what = format!("`{member}` is of no use with a file");
                    rules.wrong(&entry.key_span, what, "it belongs to `url`");
                }
            }
        }
        (None, Some(url)) => {
            let text = url.node.text().unwrap_or("{");
            if let Some(what) = wrong_url(text).filter(|_| !text.contains('{')) {
                rules.wrong(&url.node.span, what, format!("such as `{{base}}/{example}`"));
            }
        }
    }
    if let Some(node) = log.node.get("headers") {
        headers(rules, target, node);
    }
    if let Some(node) = log.node.get("items")
        && let Some(text) = node.text()
    {
        pointer(rules, target, node, text);
    }
}

/// An access log has to tell something that recant knows too, and names services that exist.
fn accesses(rules: &mut Rules<'_>, log: &Entry) {
    if let Some(fields) = log.node.entry("fields") {
        pointers(rules, &fields.node);
        if fields.node.get("request").is_none() && fields.node.get("token").is_none() {
            let help = "`request` points to the `X-Request-ID` that a request came with, `token` to the `jti` of its token";
            let what = "no record can be found in the access log: `request` or `token` is missing";
            rules.wrong(&fields.key_span, what, help);
        }
    }
    let known = rules.names("service");
    for service in log.node.get("services").into_iter().flat_map(Node::entries) {
        if !known.contains(&service.key.as_str()) {
            let help = suggestion(&service.key, known.iter().copied(), "services");
            let what = format!("there is no service `{}`", service.key);
            rules.wrong(&service.key_span, what, &help);
        }
    }
    if let Some(header) = log.node.get("request-header")
        && header.text().is_some_and(|text| !is_free_header(text))
    {
        rules.wrong(&header.span, "this is no name of a header", "such as `x-request-id`");
    }
}

/// A change log has to tell whom a change is about, and names changes that the recipe has.
fn changes(rules: &mut Rules<'_>, log: &Entry) {
    if let Some(fields) = log.node.entry("fields") {
        pointers(rules, &fields.node);
        if fields.node.get("subject").is_none() {
            let what = "no record can be found in the change log: `subject` is missing";
            rules.wrong(&fields.key_span, what, "it points to whom a change is about");
        }
    }
    let known = rules.changes();
    for change in log.node.get("changes").into_iter().flat_map(Node::entries) {
        if !known.contains(&change.key.as_str()) {
            let help = suggestion(&change.key, known.iter().copied(), "changes");
            let what = format!("the recipe has no change `{}`", change.key);
            rules.wrong(&change.key_span, what, help);
        }
    }
}

/// A name of a header that carries no credential, and that nothing else depends on.
fn is_free_header(name: &str) -> bool {
    is_header_name(name)
        && !["authorization", "cookie", "host", "content-length", "content-type"]
            .contains(&name.to_ascii_lowercase().as_str())
}

/// The file may appear during the run, its folder may not.
fn file(rules: &mut Rules<'_>, node: &Node, path: &str) {
    let full = rules.folder.join(path);
    if full.is_dir() {
        return rules.wrong(&node.span, format!("{path} is a folder"), "name the file");
    }
    let folder = full.parent().filter(|f| !f.as_os_str().is_empty());
    if folder.is_some_and(|f| !f.is_dir()) {
        let help = "relative paths start at the folder of the target file";
        rules.wrong(&node.span, format!("the folder of {path} does not exist"), help);
    }
}

fn pointers(rules: &mut Rules<'_>, fields: &Node) {
    let target = rules.target;
    for entry in fields.entries() {
        if let Some(text) = entry.node.text() {
            pointer(rules, target, &entry.node, text);
        }
    }
}

fn fields(rules: &mut Rules<'_>, fields: Option<&Node>) {
    let Some(fields) = fields else { return };
    pointers(rules, fields);
    let lacks = |key: &str| fields.get(key).is_none();
    let claim = fields
        .entry("claim-name")
        .or(fields.entry("claim-value"))
        .or(fields.entry("claim-because"));
    if let Some(entry) = claim.filter(|_| lacks("claims")) {
        let what = format!("`{}` needs `claims`", entry.key);
        rules.wrong(
            &entry.key_span,
            what,
            "`claims` points to the array of objects that it is looked up in",
        );
    }
    let Some(kinds) = fields.entry("kinds") else { return };
    if lacks("kind") {
        rules.wrong(
            &kinds.key_span,
            "`kinds` needs `kind`",
            "`kind` points to the value that is looked up here",
        );
    }
    for kind in kinds.node.entries() {
        if !KINDS.contains(&kind.key.as_str()) {
            let help = suggestion(&kind.key, KINDS, "kinds");
            rules.wrong(
                &kind.key_span,
                format!("there is no kind of decision `{}`", kind.key),
                help,
            );
        }
    }
}
