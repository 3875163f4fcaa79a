//! Templates: each `{name}` must be defined where it stands.

use std::collections::BTreeSet;

use super::Rules;
use crate::plan::check::document::{Document, Node, Value};
use crate::plan::suggestion;

/// Names that the driver defines for a subject.
const SUBJECT: [&str; 3] = ["subject", "subject.password", "roles"];

/// Names that the driver defines for a grant, besides those of its subject.
const GRANT: [&str; 5] = ["scope", "audience", "service", "client.id", "issuer"];

/// Names that the driver defines for the steps of an authorization-code grant.
const LOGIN: [&str; 3] = ["authorize", "redirect_uri", "state"];

/// Names that the driver defines for a change.
const CHANGE: [&str; 9] = [
    "client",
    "logout-address",
    "kid",
    "transmitter",
    "transmitter.keys",
    "transmitter.critical",
    "further-issuer",
    "further-issuer.keys",
    "further-issuer.jwks",
];

pub(super) fn check(rules: &mut Rules<'_>) {
    let everywhere = everywhere(rules);
    let file = rules.target;
    for pattern in [
        "issuer.*.url",
        "issuer.*.token-endpoint",
        "issuer.*.mtls-token-endpoint",
        "issuer.*.jwks-uri",
        "issuer.*.introspection-endpoint",
        "issuer.*.revocation-endpoint",
        "issuer.*.backchannel-endpoint",
        "issuer.*.authorization-endpoint",
        "service.*.url",
        "service.*.mtls-url",
        "service.*.replicas.*",
        "service.*.direct.url",
        "service.*.audience",
        "client.*.id",
        "signals.receiver.*.endpoint",
        "signals.receiver.*.authorization",
        "signals.receiver.*.audience",
        "signals.transmitter.issuer",
        "signals.transmitter.metadata",
        "signals.transmitter.authorization",
        "signals.transmitter.push.url",
        "signals.logout.url",
    ] {
        texts(rules, file, pattern, &everywhere);
    }
    let with = |names: &[&str]| {
        let mut all = everywhere.clone();
        all.extend(names.iter().map(|&n| n.to_owned()));
        all
    };
    for log in ["decision-log", "access-log", "change-log"] {
        for member in ["file", "url", "headers"] {
            texts(rules, file, &format!("{log}.{member}"), &with(&["subject"]));
        }
    }
    for pattern in ["service.*.direct.headers", "elsewhere.headers"] {
        texts(rules, file, pattern, &with(&["subject"]));
    }
    let mut named = with(&["subject", "iss", "sub"]);
    if let Some(recipe) = rules.recipe {
        named.extend(captures(recipe, "subject.create.*"));
    }
    for member in ["subject", "scim-subject"] {
        texts(rules, file, &format!("signals.{member}"), &named);
    }
    for pattern in [
        "service.*.header",
        "service.*.operation.*.request",
        "service.*.operation.*.routes",
        "service.*.operation.*.json",
    ] {
        texts(rules, file, pattern, &with(&["subject", "token"]));
    }
    grants(rules, &everywhere);
    recipe(rules, everywhere);
}

/// Names that templates may use everywhere: values and secrets of the target file.
fn everywhere(rules: &Rules<'_>) -> BTreeSet<String> {
    let values = rules.names("values").into_iter().map(str::to_owned);
    let secrets = rules.names("secrets").into_iter().map(|name| format!("secret.{name}"));
    values.chain(secrets).chain(rules.overlay.values.keys().cloned()).collect()
}

fn grants(rules: &mut Rules<'_>, everywhere: &BTreeSet<String>) {
    let file = rules.target;
    let mut known = everywhere.clone();
    known.extend(SUBJECT.iter().chain(&GRANT).map(|&n| n.to_owned()));
    // what creating a subject captured belongs to the subject
    if let Some(recipe) = rules.recipe {
        known.extend(captures(recipe, "subject.create.*"));
        known.extend(captures(recipe, "subject.give-role.*"));
    }
    let grants = file.root.get("grant").map_or(&[] as &[_], Node::entries);
    for grant in grants {
        for member in [
            "scope",
            "parameters",
            "refresh-parameters",
            "username",
            "password",
            "redirect-uri",
            "assertion-claims",
            "command",
        ] {
            if let Some(node) = grant.node.get(member) {
                node_texts(rules, file, node, &known);
            }
        }
        let mut known = known.clone();
        if grant.node.text_of("kind") == Some("authorization-code") {
            known.extend(LOGIN.iter().map(|&n| n.to_owned()));
        }
        let steps = grant.node.get("steps").map_or(&[] as &[_], Node::items);
        sequence(rules, file, steps.iter(), &mut known);
    }
}

fn recipe(rules: &mut Rules<'_>, mut known: BTreeSet<String>) {
    let Some(file) = rules.recipe else { return };
    let steps = |pattern: &str| file.select(pattern).into_iter().map(|(_, node)| node);
    sequence(rules, file, steps("start.*"), &mut known);
    texts(rules, file, "headers", &known);
    let mut clock = known.clone();
    clock.insert("ms".to_owned());
    sequence(rules, file, steps("clock.advance"), &mut clock);
    for (_, node) in file.select("clock.read.request") {
        node_texts(rules, file, node, &known);
    }

    let mut subject = known;
    subject.extend(SUBJECT.iter().map(|&n| n.to_owned()));
    sequence(rules, file, steps("subject.create.*"), &mut subject);
    let mut role = subject.clone();
    role.insert("role".to_owned());
    sequence(rules, file, steps("subject.give-role.*"), &mut role);
    subject.extend(captures(file, "subject.give-role.*"));
    sequence(rules, file, steps("subject.remove.*"), &mut subject);
    confirmed(rules, file, file.root.get("subject").and_then(|s| s.get("confirm")), &subject);

    for change in file.root.get("change").map_or(&[] as &[_], Node::entries) {
        let mut known = subject.clone();
        known.extend(CHANGE.iter().map(|&n| n.to_owned()));
        let takes = change.node.get("takes").map_or(&[] as &[_], Node::items);
        known.extend(takes.iter().filter_map(|t| t.text()).map(str::to_owned));
        for part in ["before", "do", "undo"] {
            let steps = change.node.get(part).map_or(&[] as &[_], Node::items);
            sequence(rules, file, steps.iter(), &mut known);
        }
        for member in ["confirm", "undo-confirm"] {
            confirmed(rules, file, change.node.get(member), &known);
        }
    }
}

/// A read that confirms something, where there is one.
fn confirmed(
    rules: &mut Rules<'_>,
    file: &Document,
    read: Option<&Node>,
    known: &BTreeSet<String>,
) {
    let texts = ["request", "has", "lacks"].iter().filter_map(|member| read?.get(member));
    texts.for_each(|node| node_texts(rules, file, node, known));
}

/// Steps one after the other: each knows what the ones before it captured.
fn sequence<'n>(
    rules: &mut Rules<'_>,
    file: &Document,
    steps: impl Iterator<Item = &'n Node>,
    known: &mut BTreeSet<String>,
) {
    for step in steps {
        for member in ["request", "headers", "json", "form"] {
            if let Some(node) = step.get(member) {
                node_texts(rules, file, node, known);
            }
        }
        let captured = step.get("capture").map_or(&[] as &[_], Node::entries);
        known.extend(captured.iter().map(|e| e.key.clone()));
    }
}

fn captures(file: &Document, pattern: &str) -> Vec<String> {
    let steps = file.select(pattern);
    let all = steps.iter().filter_map(|(_, step)| step.get("capture"));
    all.flat_map(|c| c.entries().iter().map(|e| e.key.clone())).collect()
}

fn texts(rules: &mut Rules<'_>, file: &Document, pattern: &str, known: &BTreeSet<String>) {
    for (_, node) in file.select(pattern) {
        node_texts(rules, file, node, known);
    }
}

/// All strings in a value, and its keys.
fn node_texts(rules: &mut Rules<'_>, file: &Document, node: &Node, known: &BTreeSet<String>) {
    match &node.value {
        Value::Text(text) => one(rules, file, node, text, known),
        Value::List(items) => items.iter().for_each(|item| node_texts(rules, file, item, known)),
        Value::Table(entries) => {
            entries.iter().for_each(|entry| node_texts(rules, file, &entry.node, known));
        }
        _ => {}
    }
}

fn one(rules: &mut Rules<'_>, file: &Document, node: &Node, text: &str, known: &BTreeSet<String>) {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let after = &rest[open + 1..];
        if let Some(further) = after.strip_prefix('{') {
            rest = further;
            continue;
        }
        let at = text.len() - after.len();
        let Some(length) = after.find('}') else {
            let what = "this `{` is never closed";
            return rules.wrong_in(
                file,
                &inside(file, node, text, at - 1, 1),
                what,
                "write `{{` for a brace",
            );
        };
        let name = &after[..length];
        if !known.contains(name) {
            let span = inside(file, node, text, at - 1, length + 2);
            let names = known.iter().map(String::as_str);
            let help = suggestion(name, names, "defined here");
            rules.wrong_in(file, &span, format!("nothing defines `{{{name}}}` here"), help);
        }
        rest = &after[length + 1..];
    }
}

/// The bytes of a part of a string, where it stands in the file as it is; else those of the whole string.
fn inside(
    file: &Document,
    node: &Node,
    text: &str,
    at: usize,
    length: usize,
) -> std::ops::Range<usize> {
    let written = file.source.text.get(node.span.clone()).unwrap_or_default();
    match written.find(text) {
        Some(start) => {
            let start = node.span.start + start + at;
            start..start + length
        }
        None => node.span.clone(),
    }
}
