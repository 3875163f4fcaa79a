//! Exceptions: each is about something of this file, and its times and days can be read. That nobody owns one, or that its day
//! has passed, is no mistake in writing: a run fails for it.

use crate::model::{ExceptionKind, Owner, is_owner};
use crate::plan::check::document::{Entry, Node};
use crate::plan::{BOUND_NAMES, milliseconds, suggestion};

use super::Rules;

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    let all = target.root.get("exception").map_or(&[] as &[_], Node::items);
    for exception in all {
        about(rules, exception);
        times(rules, exception);
        for key in ["reason", "owner", "contact"] {
            if let Some(entry) = exception.entry(key)
                && entry.node.text().is_some_and(|text| text.trim().is_empty())
            {
                let help = "say it, or leave the exception out: auditors read it";
                rules.wrong(&entry.node.span, format!("the {key} is empty"), help);
            }
        }
    }
    answers_for_bounds(rules);
}

/// What it is about is there.
fn about(rules: &mut Rules<'_>, exception: &Node) {
    let Some(of) = exception.get("of") else { return };
    let Some(name) = of.text() else { return };
    let bound = exception.text_of("kind") == Some(ExceptionKind::Bound.word());
    let known: Vec<&str> = if bound {
        BOUND_NAMES.to_vec()
    } else {
        rules.names("service").into_iter().chain(rules.names("issuer")).collect()
    };
    if !known.contains(&name) {
        let (what, all) =
            if bound { ("bound", "bounds") } else { ("service or issuer", "services and issuers") };
        let help = suggestion(name, known.iter().copied(), all);
        rules.wrong(&of.span, format!("there is no {what} `{name}`"), help);
    }
}

fn times(rules: &mut Rules<'_>, exception: &Node) {
    if let Some(entry) = exception.entry("expires")
        && let Some(text) = entry.node.text()
        && !is_day(text)
    {
        let help = "the last day that it holds on, such as \"2026-12-31\"";
        rules.wrong(&entry.node.span, format!("`{text}` is no day"), help);
    }
    let timed = [ExceptionKind::OfflineGrace, ExceptionKind::RefreshReuse];
    let kind = exception.entry("kind");
    let lasts = |e: &&Entry| timed.iter().any(|k| e.node.text() == Some(k.word()));
    match (exception.entry("up-to"), kind.filter(lasts)) {
        (None, Some(kind)) => {
            let what = "this exception does not say for how long";
            rules.wrong(&kind.node.span, what, "add `up-to`, such as \"10m\"");
        }
        (Some(entry), _) => {
            if let Some(text) = entry.node.text().filter(|text| milliseconds(text).is_none()) {
                let help = "such as \"500ms\", \"10s\", \"2m\" or \"1h\"";
                rules.wrong(&entry.node.span, format!("`{text}` is no duration"), help);
            }
        }
        (None, None) => {}
    }
}

/// A day of four, two and two digits, as it is compared, and one that there is.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Who answers for bounds is an owner of this file.
fn answers_for_bounds(rules: &mut Rules<'_>) {
    let target = rules.target;
    let Some(node) = target.at(&["bounds", "owner"]) else { return };
    let part = |owner: &Node, key: &str| owner.text_of(key).unwrap_or_default().to_owned();
    let owners: Vec<Owner> = target
        .root
        .get("owner")
        .map_or(&[] as &[_], Node::items)
        .iter()
        .map(|o| Owner {
            area: part(o, "area"),
            name: part(o, "name"),
            contact: part(o, "contact"),
            policies: Vec::new(),
        })
        .collect();
    match node.text() {
        Some(name) if is_owner(&owners, name) => {}
        Some(name) => {
            let help = suggestion(name, owners.iter().map(|o| o.name.as_str()), "owners");
            rules.wrong(&node.span, format!("there is no owner `{name}`"), help);
        }
        None => rules.wrong(&node.span, "an owner is a name", "the name of an `[[owner]]`"),
    }
}
