//! The decision log: where it is, and where its fields are.

use super::Rules;
use super::requests::{headers, pointer};
use super::urls::wrong_url;
use crate::plan::check::document::Node;
use crate::plan::suggestion;

/// recant's words for kinds of decisions.
const KINDS: [&str; 4] = ["issue", "refresh", "exchange", "access"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    let Some(log) = target.root.entry("decision-log") else { return };
    match (log.node.entry("file"), log.node.entry("url")) {
        (None, None) => {
            let help = "`file = \"decisions.jsonl\"` or `url = \"https://...\"`";
            rules.wrong(
                &log.key_span,
                "the decision log is nowhere: `file` or `url` is missing",
                help,
            );
        }
        (Some(_), Some(url)) => {
            rules.wrong(
                &url.key_span,
                "the decision log is in two places",
                "remove `file` or `url`",
            );
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
                rules.wrong(&url.node.span, what, "such as `{base}/decisions`");
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
    fields(rules, log.node.get("fields"));
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

fn fields(rules: &mut Rules<'_>, fields: Option<&Node>) {
    let Some(fields) = fields else { return };
    let target = rules.target;
    for entry in fields.entries() {
        if let Some(text) = entry.node.text() {
            pointer(rules, target, &entry.node, text);
        }
    }
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
