//! Grants: what each flow needs, and what is of no use to it; the subjects that they are for.

use super::Rules;
use super::clients::runnable;
use crate::plan::check::document::{Entry, Node, Value};

/// Members that only some flows look at.
const SPECIAL: [(&str, &[&str]); 7] = [
    ("username", &["password", "ciba", "jwt-bearer"]),
    ("password", &["password"]),
    ("steps", &["http", "authorization-code"]),
    ("redirect-uri", &["authorization-code"]),
    ("assertion-claims", &["jwt-bearer"]),
    ("command", &["command"]),
    ("dpop", &OAUTH),
];

/// Flows that end at a token endpoint.
const OAUTH: [&str; 6] = [
    "client-credentials",
    "password",
    "ciba",
    "jwt-bearer",
    "authorization-code",
    "token-exchange",
];

/// Flows that present something which counts once.
const ONE_TIME: [&str; 2] = ["jwt-bearer", "authorization-code"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let grants = rules.target.root.get("grant").map_or(&[] as &[_], Node::entries);
    grants.iter().for_each(|grant| one(rules, grant));
    subjects(rules);
}

fn one(rules: &mut Rules<'_>, grant: &Entry) {
    let node = &grant.node;
    let issuers = rules.names("issuer");
    if node.get("issuer").is_none() && issuers.len() > 1 {
        let what =
            format!("grant `{}` must name its issuer: there are {}", grant.key, issuers.len());
        rules.wrong(
            &grant.key_span,
            what,
            format!("`issuer = \"...\"`, one of {}", issuers.join(", ")),
        );
    }
    let Some(kind) = node.text_of("kind") else { return };
    let mut needs = |missing: bool, member: &str, help: &str| {
        if missing {
            let what = format!("grant `{}` is `{kind}` and needs `{member}`", grant.key);
            rules.wrong(&grant.key_span, what, help);
        }
    };
    let lacks = |member: &str| node.get(member).is_none();
    let empty = |member: &str| node.get(member).is_none_or(|n| n.value == Value::List(Vec::new()));
    let oauth = !matches!(kind, "http" | "command");
    needs(oauth && lacks("client"), "client", "the name of a client: `client = \"...\"`");
    match kind {
        "authorization-code" => {
            needs(lacks("redirect-uri"), "redirect-uri", "one that the client has registered");
            let help = "the browser's part: the first step is `{ request = \"GET {authorize}\" }`";
            needs(empty("steps"), "steps", help);
        }
        "http" => {
            let help = "requests, one of which captures `access_token`";
            needs(empty("steps"), "steps", help);
            captures_token(rules, grant);
        }
        "command" => {
            needs(
                empty("command"),
                "command",
                "a program and its arguments; what it prints is the token",
            );
            if let Some(program) = node.get("command").and_then(|c| c.items().first()) {
                runnable(rules, program);
            }
        }
        "jwt-bearer" => signs(rules, grant),
        _ => {}
    }
    for (member, kinds) in SPECIAL {
        if let Some(entry) = node.entry(member).filter(|_| !kinds.contains(&kind)) {
            let what = format!("`{member}` is of no use in a grant of kind `{kind}`");
            rules.wrong(&entry.key_span, what, format!("it belongs to {}", kinds.join(", ")));
        }
    }
    endpoints(rules, grant, kind, oauth);
}

fn captures_token(rules: &mut Rules<'_>, grant: &Entry) {
    let steps = grant.node.get("steps").map_or(&[] as &[_], Node::items);
    let captures =
        |step: &Node| step.get("capture").is_some_and(|c| c.get("access_token").is_some());
    if !steps.is_empty() && !steps.iter().any(captures) {
        let help = "such as `capture = { access_token = \"json:/token\" }` or `\"header:x-token\"`";
        let what = format!("no step of grant `{}` captures `access_token`", grant.key);
        rules.wrong(&grant.key_span, what, help);
    }
}

fn signs(rules: &mut Rules<'_>, grant: &Entry) {
    let Some(client) = grant.node.get("client") else { return };
    let target = rules.target;
    let named = client.text().and_then(|name| target.at(&["client", name]));
    if named.is_some_and(|c| c.get("key").is_none()) {
        let name = client.text().unwrap_or_default();
        let what = format!("client `{name}` has no `key`, which signs the assertion of this grant");
        rules.wrong(
            &client.span,
            what,
            "add `key = { file = \"key.pem\" }` and `algorithm` to the client",
        );
    }
}

/// Endpoints that must be given by hand where nothing is discovered.
fn endpoints(rules: &mut Rules<'_>, grant: &Entry, kind: &str, oauth: bool) {
    let target = rules.target;
    let issuers = target.root.get("issuer").map_or(&[] as &[_], Node::entries);
    let named = grant.node.text_of("issuer");
    let Some(issuer) = issuers.iter().find(|i| named.is_none_or(|n| n == i.key)) else { return };
    if issuer.node.text_of("discovery") != Some("none") || !oauth {
        return;
    }
    let also = match kind {
        "ciba" => Some("backchannel-endpoint"),
        "authorization-code" => Some("authorization-endpoint"),
        _ => None,
    };
    for endpoint in [Some("token-endpoint"), also].into_iter().flatten() {
        if issuer.node.get(endpoint).is_none() {
            let what = format!(
                "issuer `{}` has no `{endpoint}`, which grant `{}` needs",
                issuer.key, grant.key
            );
            rules.wrong(
                &issuer.key_span,
                what,
                "nothing is discovered with `discovery = \"none\"`: give its URL",
            );
        }
    }
}

/// The grant of tokens that are bound to a certificate: its client must have one, and somebody must take such tokens.
fn with_certificate(rules: &mut Rules<'_>, subject: &Entry) {
    let target = rules.target;
    if let Some(named) = subject.node.get("mtls-grant")
        && let Some(grant) = named.text().and_then(|name| target.at(&["grant", name]))
    {
        let client = grant.text_of("client").and_then(|name| target.at(&["client", name]));
        if client.is_some_and(|client| client.get("certificate").is_none()) {
            let name = named.text().unwrap_or_default();
            let what = format!("the client of grant `{name}` has no certificate");
            rules.wrong(&named.span, what, "add `certificate` and `certificate-key` to it");
        }
        if target.select("service.*.mtls-url").is_empty() {
            let what = "no service says where it takes tokens that are bound to a certificate";
            rules.wrong(&named.span, what, "add `mtls-url` to those that do");
        }
    }
}

/// Grants whose credential is presented twice must have one.
fn one_time(rules: &mut Rules<'_>) {
    let target = rules.target;
    let named = ["subject.one-time-grant", "subject.one-time-grant.*"];
    for (_, named) in named.iter().flat_map(|pattern| target.select(pattern)) {
        let kind = named.text().and_then(|name| target.at(&["grant", name, "kind"])?.text());
        if let Some(kind) = kind.filter(|kind| !ONE_TIME.contains(kind)) {
            let name = named.text().unwrap_or_default();
            let what = format!("grant `{name}` is `{kind}`: nothing of it counts once");
            rules.wrong(&named.span, what, format!("name one of kind {}", ONE_TIME.join(" or ")));
        }
    }
}

fn subjects(rules: &mut Rules<'_>) {
    let target = rules.target;
    let Some(subject) = target.root.entry("subject") else { return };
    let kind = |member: &str| {
        let named = subject.node.get(member)?;
        Some((named, target.at(&["grant", named.text()?, "kind"])?.text()?))
    };
    if let Some((named, "token-exchange")) = kind("grant") {
        let help = "name the grant that the exchanged token is obtained by; the exchange goes under `exchange`";
        rules.wrong(&named.span, "the subjects' own grant can't be a token exchange", help);
    }
    if let Some((named, kind)) = kind("exchange").filter(|(_, kind)| *kind != "token-exchange") {
        let what = format!(
            "grant `{}` is `{kind}`, not `token-exchange`",
            named.text().unwrap_or_default()
        );
        rules.wrong(&named.span, what, "name a grant of kind `token-exchange`");
    }
    if let Some(named) = subject.node.get("bound-grant")
        && let Some(grant) = named.text().and_then(|name| target.at(&["grant", name]))
        && grant.get("dpop").is_none_or(|dpop| dpop.value != Value::Truth(true))
    {
        let what = format!("grant `{}` gives no bound tokens", named.text().unwrap_or_default());
        rules.wrong(&named.span, what, "say `dpop = true` there");
    }
    with_certificate(rules, subject);
    one_time(rules);
    let others = ["subject.other-grant", "subject.other-grant.*", "subject.other-grant.*.*"];
    let others = others.iter().flat_map(|pattern| target.select(pattern)).map(|(_, node)| node);
    let usual = kind("grant").map(|(usual, _)| usual);
    for (usual, other) in others.filter_map(|other| Some((usual?, other))) {
        let client = |named: &Node| target.at(&["grant", named.text()?, "client"])?.text();
        if client(usual).is_some() && client(usual) == client(other) {
            let what = "the other grant goes through the same client as the usual one";
            rules.wrong(
                &other.span,
                what,
                "it serves scenarios that disable the usual client: name another one",
            );
        }
    }
    let pool = subject.node.get("pool").map_or(&[] as &[_], Node::items);
    let creates = rules.recipe.is_none_or(|r| r.root.get("subject").is_some());
    if pool.is_empty() && !creates {
        let what =
            "there is nobody to test with: the recipe creates no subjects, and the pool is empty";
        rules.wrong(
            &subject.key_span,
            what,
            "add `pool = [\"name\", ...]`, or `[subject]` with `create` to the recipe",
        );
    }
    let mut seen = std::collections::BTreeSet::new();
    for node in pool {
        if node.text().is_some_and(|name| !seen.insert(name)) {
            let what = format!("`{}` stands in the pool twice", node.text().unwrap_or_default());
            rules.wrong(
                &node.span,
                what,
                "each subject is used by one scenario at a time: name it once",
            );
        }
    }
}
