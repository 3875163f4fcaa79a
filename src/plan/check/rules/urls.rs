//! URLs of the target file, time-outs, TLS, and the overrides of bounds.

use std::collections::BTreeMap;

use url::Url;

use super::Rules;
use super::clients::readable;
use crate::model::{Bounds, Profile};
use crate::plan::check::document::{Node, Value};
use crate::plan::{BOUND_NAMES, bounds, fill, suggestion};

/// Where complete URLs stand.
const URLS: [&str; 17] = [
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
    "signals.receiver.*.endpoint",
    "signals.transmitter.issuer",
    "signals.transmitter.metadata",
    "signals.transmitter.push.url",
    "signals.logout.url",
];

pub(super) fn check(rules: &mut Rules<'_>) {
    let values = values(rules);
    for pattern in URLS {
        for (_, node) in rules.target.select(pattern) {
            if let Some(text) = node.text() {
                // what nothing defines is said by the rule about templates
                let filled = fill(text, &values);
                if let Some(what) = wrong_url(&filled).filter(|_| !filled.contains('{')) {
                    let help = if filled == text {
                        "such as `https://id.example.com`".to_owned()
                    } else {
                        format!("with its values it is `{filled}`")
                    };
                    rules.wrong(&node.span, what, help);
                }
            }
        }
    }
    http(rules);
    overrides(rules);
}

/// What templates of URLs are filled in with.
pub(super) fn values(rules: &Rules<'_>) -> BTreeMap<String, String> {
    let own = rules.target.select("values.*").into_iter();
    let own =
        own.filter_map(|(keys, node)| Some(((*keys.first()?).to_owned(), node.text()?.to_owned())));
    own.chain(rules.overlay.values.clone()).collect()
}

/// What is wrong with a complete URL.
pub(super) fn wrong_url(text: &str) -> Option<String> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(e) => return Some(format!("this is no URL: {e}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Some(format!(
            "a URL starts with `http://` or `https://` here, not `{}:`",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(
            "a URL has no user or password here: secrets are given by reference".to_owned(),
        );
    }
    url.fragment().is_some().then(|| "a URL has no fragment (`#`) here".to_owned())
}

fn http(rules: &mut Rules<'_>) {
    let target = rules.target;
    let Some(http) = target.root.get("http") else { return };
    if let Some(node) = http.get("timeout-seconds") {
        let seconds = match node.value {
            #[expect(clippy::cast_precision_loss, reason = "compared with small limits only")]
            Value::Whole(Some(n)) => n as f64,
            Value::Float(n) => n,
            _ => 1.0,
        };
        if !(0.01..=600.0).contains(&seconds) {
            rules.wrong(&node.span, "this time-out is out of range", "from 0.01 to 600 seconds");
        }
    }
    if let Some(node) = http.get("probes-per-second")
        && let Value::Whole(Some(n)) = node.value
        && !(1..=100_000).contains(&n)
    {
        rules.wrong(
            &node.span,
            "this number of probes is out of range",
            "from 1 to 100000 a second",
        );
    }
    if let Some(node) = http.get("ca")
        && let Some(path) = node.text()
        && let Some(full) = readable(rules, node, path)
    {
        let pem = std::fs::read(full).unwrap_or_default();
        let marker = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(marker.len()).any(|w| w == marker) {
            let what = format!("{path} holds no certificate");
            rules.wrong(&node.span, what, "a PEM file with `-----BEGIN CERTIFICATE-----`");
        }
    }
}

fn overrides(rules: &mut Rules<'_>) {
    let target = rules.target;
    let entries = target.root.get("bounds").map_or(&[] as &[_], Node::entries);
    for entry in entries {
        // Who answers for them stands among them.
        if entry.key == "owner" {
            continue;
        }
        if !BOUND_NAMES.contains(&entry.key.as_str()) {
            let help = suggestion(&entry.key, BOUND_NAMES, "bounds");
            rules.wrong(&entry.key_span, format!("there is no bound `{}`", entry.key), help);
            continue;
        }
        let value = match &entry.node.value {
            Value::Text(text) => text.as_str().into(),
            Value::Whole(Some(n)) => (*n).into(),
            _ => serde_json::Value::Null,
        };
        let mut scratch = Bounds::of(Profile::Standard);
        if let Err(wanted) = bounds::put(&mut scratch, &entry.key, &value) {
            let what = format!("`{}` must be {wanted}", entry.key);
            rules.wrong(&entry.node.span, what, "leave it out to take the bound of the profile");
        }
    }
}
