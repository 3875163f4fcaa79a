//! Names that must stand somewhere else: issuers, clients, grants, roles, changes, scopes, capabilities.

use std::collections::BTreeSet;

use crate::plan::target::{REVOCATION_OF, TELLS, is_one_of};
use crate::plan::{Scripts, suggestion};

use super::Rules;

/// Where a name stands, and the table that it must be a key of.
const REFERENCES: [(&str, &str); 19] = [
    ("issuer.*.introspect-as", "client"),
    ("issuer.*.revoke-as", "client"),
    ("grant.*.issuer", "issuer"),
    ("grant.*.client", "client"),
    ("subject.grant", "grant"),
    ("subject.other-grant", "grant"),
    ("subject.upstream-grant", "grant"),
    ("subject.bound-grant", "grant"),
    ("subject.mtls-grant", "grant"),
    ("subject.other-grant.*", "grant"),
    ("subject.other-grant.*.*", "grant"),
    ("subject.one-time-grant", "grant"),
    ("subject.one-time-grant.*", "grant"),
    ("subject.exchange", "grant"),
    ("service.*.grant", "grant"),
    ("service.*.issuers.*", "issuer"),
    ("service.*.operation.*.needs.role", "role"),
    ("service.*.derived.*.needs.role", "role"),
    ("effect.*.roles.*", "role"),
];

/// Capabilities that may be declared absent, besides `change:NAME` and `revocation:ISSUER`.
pub const CAPABILITIES: [&str; 36] = [
    "context-inputs",
    "refresh",
    "exchange",
    "introspection",
    "revocation",
    "decision-log",
    "access-log",
    "change-log",
    "movable-clock",
    "other-client",
    "status-list",
    "derived-authority",
    "replicas",
    "refresh-end",
    "refresh-rotation",
    "authentication-context",
    "upstream",
    "legacy-service",
    "services-alike",
    "fewer-roles",
    "graded-operations",
    "dpop",
    "bound-refresh",
    "client-authentication",
    "mtls",
    "one-time-grant",
    "elsewhere",
    "other-issuer",
    "signal-receiver",
    "signal-transmitter",
    "signal-push",
    "signal-logout",
    "signal-sessions",
    "signal-claims",
    "signal-risk",
    "signal-device",
];

pub(super) fn check(rules: &mut Rules<'_>) {
    for (pattern, table) in REFERENCES {
        let known = rules.names(table);
        for (_, node) in rules.target.select(pattern) {
            if node.text().is_some_and(|name| !known.contains(&name)) {
                rules.unknown(node, table, &known);
            }
        }
    }
    other_grants(rules);
    subject_roles(rules);
    receivers(rules);
    effects(rules);
    absent(rules);
}

/// Where other grants stand by service, these are services.
fn other_grants(rules: &mut Rules<'_>) {
    let known = rules.names("service");
    let target = rules.target;
    let by = target.at(&["subject", "other-grant"]).map_or(&[] as &[_], |node| node.entries());
    for entry in by.iter().filter(|e| !known.contains(&e.key.as_str())) {
        let help = suggestion(&entry.key, known.iter().copied(), "services");
        rules.wrong(&entry.key_span, format!("there is no service `{}`", entry.key), help);
    }
}

fn subject_roles(rules: &mut Rules<'_>) {
    let known = rules.names("role");
    for (_, node) in rules.target.select("subject.roles.*") {
        // where no role says what it gives, operations can only need roles themselves
        if node.text().is_some_and(|name| !known.contains(&name)) {
            let name = node.text().unwrap_or_default();
            let help = match crate::plan::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("say what it lets its holder do: `[role.{name}]` with `scopes = [...]`")
                }
            };
            rules.wrong(&node.span, format!("there is no role `{name}`"), help);
        }
    }
}

/// Receivers are named by their services.
fn receivers(rules: &mut Rules<'_>) {
    let services = rules.names("service");
    let target = rules.target;
    let receivers = target.at(&["signals", "receiver"]).map_or(&[] as &[_], |r| r.entries());
    for receiver in receivers.iter().filter(|r| !services.contains(&r.key.as_str())) {
        let help = suggestion(&receiver.key, services.iter().copied(), "services");
        let what = format!("there is no service `{}`", receiver.key);
        rules.wrong(&receiver.key_span, what, help);
    }
}

fn effects(rules: &mut Rules<'_>) {
    let target = rules.target;
    let effects = target.root.get("effect").map_or(&[] as &[_], |e| e.entries());
    let changes = rules.changes();
    for effect in effects {
        if rules.recipe.is_some() && !changes.contains(&effect.key.as_str()) {
            let help = suggestion(&effect.key, changes.iter().copied(), "changes of the recipe");
            rules.wrong(
                &effect.key_span,
                format!("the recipe has no change `{}`", effect.key),
                help,
            );
        }
        let says = |key: &str| effect.node.get(key).is_some();
        if !says("everything") && !says("scopes") && !says("roles") {
            let help =
                "say what it takes away: `everything = true`, `scopes = [...]` or `roles = [...]`";
            rules.wrong(&effect.key_span, "this effect is empty", help);
        }
    }
    let scopes: BTreeSet<&str> = ["role.*.scopes.*", "service.*.operation.*.needs.scope"]
        .iter()
        .flat_map(|pattern| target.select(pattern))
        .filter_map(|(_, node)| node.text())
        .collect();
    for (_, node) in target.select("effect.*.scopes.*") {
        if let Some(scope) = node.text().filter(|s| !scopes.contains(s)) {
            let help = suggestion(scope, scopes.iter().copied(), "scopes");
            rules.wrong(
                &node.span,
                format!("no role gives and no operation needs the scope `{scope}`"),
                help,
            );
        }
    }
}

fn absent(rules: &mut Rules<'_>) {
    let mut known: Vec<String> = CAPABILITIES.iter().map(|&c| c.to_owned()).collect();
    known.extend(rules.changes().iter().map(|name| format!("change:{name}")));
    known.extend(rules.names("issuer").iter().map(|name| format!("{REVOCATION_OF}{name}")));
    // a change that scripts need may be absent because the recipe lacks it
    if let Ok(scripts) = Scripts::shipped() {
        known.extend(scripts.iter().flat_map(|(_, s)| s.scenario.needs.clone()));
    }
    for (_, node) in rules.target.select("absent.*.capability") {
        let Some(name) = node.text() else { continue };
        if !known.iter().any(|k| k == name) {
            let help = suggestion(name, known.iter().map(String::as_str), "capabilities");
            rules.wrong(&node.span, format!("there is no capability `{name}`"), help);
        } else if let Some(where_) = contradiction(rules, name) {
            let what = format!("`{name}` is declared absent, but it is there");
            rules.wrong(&node.span, what, format!("remove this, or {where_}"));
        }
    }
    for (_, node) in rules.target.select("absent.*.reason") {
        if node.text().is_some_and(|text| text.trim().is_empty()) {
            rules.wrong(
                &node.span,
                "the reason is empty",
                "say why it is absent: auditors read it",
            );
        }
    }
}

/// The event of the transmitter's that provides a capability.
fn told(rules: &Rules<'_>, capability: &str) -> Option<String> {
    let (_, words) = TELLS.iter().find(|(name, _)| *name == capability)?;
    let asked = rules.target.select("signals.transmitter.events.*");
    let mut named = asked.iter().filter_map(|(_, node)| node.text());
    let event = named.find(|event| is_one_of(event, words))?;
    Some(format!("`{event}` from the `events` of `[signals.transmitter]`"))
}

/// What to remove where a capability is declared absent and provided too.
fn contradiction(rules: &Rules<'_>, capability: &str) -> Option<String> {
    let there = |path: &[&str]| rules.target.at(path).is_some();
    if let Some(change) = capability.strip_prefix("change:") {
        let provided = rules.changes().contains(&change);
        return provided.then(|| format!("`[change.\"{change}\"]` from the recipe"));
    }
    if let Some(event) = told(rules, capability) {
        return Some(event);
    }
    let found = match capability {
        "refresh" => {
            let given = rules.target.at(&["subject", "refresh"]);
            let off = given.is_some_and(|n| n.value == crate::plan::check::Value::Truth(false));
            return (!off).then(|| "say `refresh = false` under `[subject]`".to_owned());
        }
        "exchange" => there(&["subject", "exchange"]).then_some("`exchange` from `[subject]`"),
        "upstream" => {
            there(&["subject", "upstream-grant"]).then_some("`upstream-grant` from `[subject]`")
        }
        "one-time-grant" => {
            there(&["subject", "one-time-grant"]).then_some("`one-time-grant` from `[subject]`")
        }
        "elsewhere" => there(&["elsewhere"]).then_some("`[elsewhere]`"),
        "dpop" => {
            let node = rules.target.select("grant.*.dpop");
            let on = crate::plan::check::Value::Truth(true);
            node.iter().any(|(_, n)| n.value == on).then_some("`dpop` from the grants")
        }
        "mtls" => {
            let any = !rules.target.select("service.*.mtls-url").is_empty();
            any.then_some("`mtls-url` from the services")
        }
        "legacy-service" => {
            let any = !rules.target.select("service.*.direct.url").is_empty();
            any.then_some("`direct` from the services")
        }
        "other-client" => {
            there(&["subject", "other-grant"]).then_some("`other-grant` from `[subject]`")
        }
        "refresh-end" => {
            there(&["bounds", "refresh-end"]).then_some("`refresh-end` from `[bounds]`")
        }
        "signal-push" => there(&["signals", "transmitter", "push"])
            .then_some("`push` from `[signals.transmitter]`"),
        "signal-logout" => there(&["signals", "logout"]).then_some("`[signals.logout]`"),
        "context-inputs" => there(&["input"]).then_some("`[[input]]`"),
        "decision-log" => there(&["decision-log"]).then_some("`[decision-log]`"),
        "access-log" => there(&["access-log"]).then_some("`[access-log]`"),
        "change-log" => there(&["change-log"]).then_some("`[change-log]`"),
        "introspection" => {
            let any = !rules.target.select("issuer.*.introspect-as").is_empty();
            any.then_some("`introspect-as` from the issuer")
        }
        "movable-clock" => {
            let any = rules.recipe.is_some_and(|r| r.root.get("clock").is_some());
            any.then_some("`[clock]` from the recipe")
        }
        _ => None,
    };
    found.map(|what| format!("remove {what}"))
}
