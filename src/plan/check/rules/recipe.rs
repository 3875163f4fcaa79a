//! The recipe's requests, and what each change needs.

use super::Rules;
use super::requests::{absolute, headers, pointer, step};
use crate::plan::bounds::duration;
use crate::plan::check::document::{Document, Entry, Node};

/// Where sequences of steps stand in a recipe.
pub(super) const STEPS: [&str; 8] = [
    "start.*",
    "subject.create.*",
    "subject.give-role.*",
    "subject.remove.*",
    "change.*.before.*",
    "change.*.do.*",
    "change.*.undo.*",
    "clock.advance",
];

pub(super) fn check(rules: &mut Rules<'_>) {
    for (_, node) in rules.target.select("grant.*.steps.*") {
        step(rules, rules.target, node);
    }
    let Some(recipe) = rules.recipe else { return };
    for pattern in STEPS {
        for (_, node) in recipe.select(pattern) {
            step(rules, recipe, node);
        }
    }
    if let Some(node) = recipe.root.get("headers") {
        headers(rules, recipe, node);
    }
    for pattern in ["subject.create", "subject.remove"] {
        for (_, node) in recipe.select(pattern) {
            if matches!(&node.value, crate::plan::check::Value::List(items) if items.is_empty()) {
                rules.wrong_in(
                    recipe,
                    &node.span,
                    "there is no step here",
                    "add at least one request",
                );
            }
        }
    }
    if let Some(read) = recipe.root.get("clock").and_then(|c| c.entry("read")) {
        reading(rules, recipe, read, "a clock is read");
    }
    if let Some(settles) = recipe.root.get("clock").and_then(|c| c.get("settles"))
        && let Some(Err(wanted)) = settles.text().map(duration)
    {
        let help = "leave it out for 100 ms";
        rules.wrong_in(recipe, &settles.span, format!("`settles` must be {wanted}"), help);
    }
    if let Some(read) = recipe.root.get("subject").and_then(|s| s.entry("confirm")) {
        confirming(rules, recipe, read);
    }
    let changes = recipe.root.get("change").map_or(&[] as &[_], Node::entries);
    changes.iter().for_each(|change| one(rules, recipe, change));
}

fn one(rules: &mut Rules<'_>, recipe: &Document, change: &Entry) {
    let steps = change.node.entry("do");
    if let Some(empty) = steps
        .filter(|s| matches!(&s.node.value, crate::plan::check::Value::List(i) if i.is_empty()))
    {
        rules.wrong_in(
            recipe,
            &empty.key_span,
            "this change does nothing",
            "add at least one request",
        );
    }
    ["confirm", "undo-confirm"]
        .iter()
        .filter_map(|member| change.node.entry(member))
        .for_each(|read| confirming(rules, recipe, read));
    if let (Some(read), None) = (change.node.entry("undo-confirm"), change.node.get("undo")) {
        let help = "add `undo`, or remove this";
        rules.wrong_in(recipe, &read.key_span, "there is no undo that this could confirm", help);
    }
}

fn confirming(rules: &mut Rules<'_>, recipe: &Document, confirm: &Entry) {
    reading(rules, recipe, confirm, "this is confirmed by reading");
    if confirm.node.get("has").is_none() && confirm.node.get("lacks").is_none() {
        let help = "say which value must be there (`has`) or must not be there (`lacks`)";
        rules.wrong_in(recipe, &confirm.key_span, "this confirms nothing", help);
    }
}

/// A request that reads, and where in its answer to look.
fn reading(rules: &mut Rules<'_>, recipe: &Document, read: &Entry, what: &str) {
    if let Some(request) = read.node.get("request") {
        absolute(rules, recipe, request);
        let reads = request.text().is_none_or(|t| t.trim_start().starts_with("GET "));
        if !reads {
            rules.wrong_in(recipe, &request.span, what, "write `GET url`");
        }
    }
    if let Some(at) = read.node.get("at")
        && let Some(text) = at.text()
    {
        pointer(rules, recipe, at, text);
    }
}
