//! Services: their operations, how long they keep answers, how they carry tokens and refuse.

use std::collections::BTreeMap;

use super::Rules;
use super::requests::{is_header_name, relative, statuses};
use crate::plan::bounds;
use crate::plan::check::document::{Entry, Node, Value};

pub(super) fn check(rules: &mut Rules<'_>) {
    let services = rules.target.root.entry("service");
    let Some(services) = services else { return };
    if services.node.entries().is_empty() {
        rules.wrong(
            &services.key_span,
            "there is no service, so nothing would be tested",
            "add `[service.NAME]`",
        );
    }
    for service in services.node.entries() {
        one(rules, service);
    }
    shared_audiences(rules, services.node.entries());
}

fn one(rules: &mut Rules<'_>, service: &Entry) {
    let node = &service.node;
    if let Some(operations) = node.entry("operation") {
        if operations.node.entries().is_empty() {
            let what =
                format!("service `{}` has no operation, so nothing would be tested", service.key);
            rules.wrong(&operations.key_span, what, "add `[service.NAME.operation.\"...\"]`");
        }
        for operation in operations.node.entries() {
            let routes = operation.node.get("routes").map_or(&[] as &[_], Node::items);
            let main = operation.node.get("request");
            main.into_iter().chain(routes).for_each(|request| relative(rules, request));
            if let Some(accepted) = operation.node.get("accepted") {
                statuses(rules, rules.target, accepted);
                let refusal = |s| matches!(s, 100..200 | 401 | 403 | 429 | 500..);
                let help = "401 and 403 are refusals, and 5xx says that something broke";
                unfit(rules, accepted, refusal, "is no acceptance", help);
            }
        }
    }
    for derived in node.get("derived").map_or(&[] as &[_], Node::entries) {
        let made = &derived.node;
        let used = made.get("credential");
        let requests = [made.get("request"), used.and_then(|used| used.get("request"))];
        requests.into_iter().flatten().for_each(|request| relative(rules, request));
        if let Some(header) = used.and_then(|used| used.get("header")) {
            self::header(rules, header, "{credential}", "x-api-key: {credential}");
        }
    }
    keeps(rules, node);
    if let Some(url) = node.get("mtls-url")
        && url.text().is_some_and(|text| text.starts_with("http://"))
    {
        rules.wrong(&url.span, "there is no client certificate without TLS", "an https URL");
    }
    if let Some(header) = node.get("header") {
        self::header(rules, header, "{token}", "x-access-token: {token}");
    }
    if let Some(signs) = node.get("refusal").and_then(|r| r.get("statuses")) {
        statuses(rules, rules.target, signs);
        let unclear = |s| !(300..500).contains(&s) || s == 429;
        let help = "a service that is down, busy or satisfied refuses nobody";
        unfit(rules, signs, unclear, "is no refusal", help);
        let overlap = |n: &&Node| {
            let accepted = rules.target.select("service.*.operation.*.accepted.*");
            accepted
                .iter()
                .any(|(keys, a)| keys.first() == Some(&service.key.as_str()) && a.value == n.value)
        };
        if let Some(both) = signs.items().iter().find(overlap) {
            let what = "this status means both acceptance and refusal";
            rules.wrong(&both.span, what, "an operation of this service has it under `accepted`");
        }
    }
}

/// Statuses that must not be declared to mean this, whatever the service does with them.
fn unfit(rules: &mut Rules<'_>, list: &Node, unfit: fn(i64) -> bool, is: &str, help: &str) {
    for node in list.items() {
        if let Value::Whole(Some(status)) = node.value
            && (100..600).contains(&status)
            && unfit(status)
        {
            rules.wrong(&node.span, format!("status {status} {is}"), help);
        }
    }
}

fn keeps(rules: &mut Rules<'_>, service: &Node) {
    let Some(entry) = service.entry("keeps") else { return };
    let Some(text) = entry.node.text() else { return };
    if let Err(wanted) = bounds::duration(text) {
        let help = "leave it out to take the bound of the profile";
        rules.wrong(&entry.node.span, format!("`keeps` must be {wanted}"), help);
    }
    let class = service.text_of("class").unwrap_or_default();
    if matches!(class, "self-contained" | "introspect" | "decision-per-request") {
        let help = "it belongs to `introspect-cache`, `status-list` and `event-driven`; is the class right?";
        rules.wrong(&entry.key_span, format!("a service of class `{class}` keeps nothing"), help);
    }
}

fn header(rules: &mut Rules<'_>, node: &Node, what: &str, such: &str) {
    let Some(text) = node.text() else { return };
    let help = format!("such as `{such}`");
    match text.split_once(':') {
        Some((name, value)) if is_header_name(name.trim()) => {
            if !value.contains(what) {
                let carried = if what == "{token}" { "token" } else { "credential" };
                let wrong = format!("this header does not carry the {carried}");
                rules.wrong(&node.span, wrong, help);
            }
        }
        _ => rules.wrong(&node.span, "a header is `name: value`", help),
    }
}

/// Two services with one audience can't be told apart by their tokens: a token that is accepted at both says nothing
/// about whether audiences are enforced.
fn shared_audiences(rules: &mut Rules<'_>, services: &[Entry]) {
    let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
    for service in services {
        let Some(audience) = service.node.get("audience") else { continue };
        let Some(first) = audience.text().and_then(|text| seen.insert(text, service)) else {
            continue;
        };
        let url = |s: &Entry| s.node.text_of("url").map(str::to_owned);
        if url(first) == url(service) {
            let what = format!("service `{}` is the same as `{}`", service.key, first.key);
            rules.wrong(
                &service.key_span,
                what,
                "join their operations, or name the addresses under `replicas`",
            );
        } else {
            let what = format!("services `{}` and `{}` share an audience", first.key, service.key);
            let help = "whether each refuses the other's tokens can't be judged";
            rules.note(&audience.span, what, help);
        }
    }
}
