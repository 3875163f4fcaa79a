//! Inputs: each has a name of its own, and a change of the recipe that toggles it and can be undone.

use std::collections::BTreeMap;

use crate::plan::check::document::Node;
use crate::plan::suggestion;

use super::Rules;

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    let mut names: BTreeMap<&str, ()> = BTreeMap::new();
    for input in target.root.get("input").map_or(&[] as &[_], Node::items) {
        let name = input.text_of("name").unwrap_or_default();
        if let Some(node) = input.get("name")
            && names.insert(name, ()).is_some()
        {
            rules.wrong(&node.span, format!("there are two inputs `{name}`"), "name each once");
        }
        match input.get("change") {
            Some(change) => toggle(rules, input, change),
            None => {
                let Some(node) = input.get("name") else { continue };
                let help = "name the change of the recipe that does, under `change`: P-04 stays inconclusive until then";
                rules.note(&node.span, format!("nothing toggles the input `{name}`"), help);
            }
        }
    }
}

/// The change is there, gets what it takes, and can be undone.
fn toggle(rules: &mut Rules<'_>, input: &Node, change: &Node) {
    let Some(recipe) = rules.recipe else { return };
    let known = rules.changes();
    let name = change.text().unwrap_or_default();
    let Some(made) = recipe.root.get("change").and_then(|c| c.get(name)) else {
        let help = suggestion(name, known, "changes of the recipe");
        return rules.wrong(&change.span, format!("the recipe has no change `{name}`"), help);
    };
    if made.get("undo").is_none_or(|undo| undo.items().is_empty()) {
        let help = "add the requests that take it back: `undo = [{ request = \"...\" }]`";
        rules.wrong(&change.span, format!("the change `{name}` can't be undone"), help);
    }
    let takes: Vec<&str> = made
        .get("takes")
        .map_or(&[] as &[_], Node::items)
        .iter()
        .filter_map(Node::text)
        .filter(|taken| *taken != "subject")
        .collect();
    let given = input.get("with").map_or(&[] as &[_], Node::entries);
    for entry in given.iter().filter(|e| !takes.contains(&e.key.as_str())) {
        let help = suggestion(&entry.key, takes.iter().copied(), "parameters");
        rules.wrong(&entry.key_span, format!("`{name}` takes no `{}`", entry.key), help);
    }
    if let Some(missing) = takes.iter().find(|t| !given.iter().any(|e| e.key == **t)) {
        let help = format!("add it: `with = {{ {missing} = \"...\" }}`");
        rules.wrong(&change.span, format!("`{name}` is given no `{missing}`"), help);
    }
}
