//! What is wrong with a scenario script beyond its shape: steps that use what no step before them made.

use std::collections::BTreeSet;

use crate::error::Problem;
use crate::plan::suggestion;

use super::document::{Document, Node};
use super::rules::CAPABILITIES;

/// Templates in the arguments of a change.
const ARGUMENTS: [&str; 6] = [
    "{role.last}",
    "{role.first}",
    "{role.fresh}",
    "{scope.last}",
    "{scope.other-case}",
    "{scope.canary}",
];

/// What changes that recipes call alike are given, besides their subject.
const GIVEN: [(&str, &[&str]); 14] = [
    ("remove role", &["role"]),
    ("give role", &["role"]),
    ("raise risk", &["level"]),
    ("change device", &["state"]),
    ("create role", &["role", "permission"]),
    ("add permission", &["role", "permission"]),
    ("remove permission", &["role", "permission"]),
    ("disable subject", &[]),
    ("delete subject", &[]),
    ("end sessions", &[]),
    ("reset password", &[]),
    ("recreate subject", &[]),
    ("withdraw consent", &[]),
    ("disable client", &[]),
];

/// Those of them that are about no subject.
const OF_NOBODY: [&str; 3] = ["create role", "add permission", "remove permission"];

/// Checks a script.
#[must_use]
pub fn check(script: &Document) -> Vec<Problem> {
    let mut walk = Walk {
        script,
        problems: Vec::new(),
        subjects: BTreeSet::new(),
        labels: BTreeSet::new(),
        changes: BTreeSet::new(),
    };
    for (_, node) in script.select("needs.*") {
        let name = node.text().unwrap_or_default();
        if !CAPABILITIES.contains(&name) && !name.starts_with("change:") {
            let help = suggestion(name, CAPABILITIES, "capabilities");
            let what = format!("there is no capability `{name}`");
            walk.problems.push(script.problem(node.span.clone(), what).help(help));
        }
    }
    let steps = script.root.entry("step");
    if let Some(steps) = steps.filter(|s| s.node.items().is_empty()) {
        let what = "this scenario has no step, so that nothing would happen";
        walk.problems.push(script.problem(steps.key_span.clone(), what).help("add steps"));
    }
    for step in steps.map_or(&[] as &[_], |s| s.node.items()) {
        walk.step(step);
    }
    walk.problems
}

struct Walk<'a> {
    script: &'a Document,
    problems: Vec<Problem>,
    subjects: BTreeSet<&'a str>,
    labels: BTreeSet<&'a str>,
    changes: BTreeSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, step: &'a Node) {
        let verb = step.text_of("do").unwrap_or_default();
        let text = |key: &str| step.text_of(key);
        for node in ["of", "against"].iter().filter_map(|key| step.get(key)) {
            if node.text().is_some_and(|name| !self.subjects.contains(name)) {
                self.unknown(node, "subject", self.subjects.clone());
            }
        }
        let uses: &[&str] = match verb {
            "call" | "call-direct" | "refresh" | "refresh-by-another" | "refresh-until-end"
            | "exchange" | "introspect" | "revoke" | "await-expiry" | "look-later" | "derive"
            | "use-derived" | "show-other-issuers" => &["label"],
            "watch" => &["hot", "cold"],
            "interleave" => &["label", "shown"],
            _ => &[],
        };
        let others = step.get("or").map_or(&[] as &[_], Node::items);
        for node in uses.iter().filter_map(|key| step.get(key)).chain(others) {
            if node.text().is_some_and(|name| !self.labels.contains(name)) {
                self.unknown(node, "label", self.labels.clone());
            }
        }
        match verb {
            "subject" => self.subjects.extend(text("name")),
            "tokens" => self.labels.extend(text("label")),
            "refresh" | "refresh-by-another" | "refresh-until-end" | "exchange" => {
                self.labels.extend(text("to"))
            }
            "change" => {
                self.changes.extend(text("name"));
                self.arguments(step);
                self.given(step);
            }
            "undo" => {
                if let Some(node) = step.get("name")
                    && node.text().is_some_and(|name| !self.changes.contains(name))
                {
                    self.unknown(node, "change", self.changes.clone());
                }
            }
            _ => {}
        }
    }

    fn arguments(&mut self, step: &'a Node) {
        for entry in step.get("with").map_or(&[] as &[_], Node::entries) {
            let Some(text) = entry.node.text() else { continue };
            let rest =
                ARGUMENTS.iter().fold(text.to_owned(), |text, known| text.replace(known, ""));
            if rest.contains('{') {
                let what = format!("nothing defines what `{text}` stands for");
                let help = format!("known are {}", ARGUMENTS.join(", "));
                self.problems.push(self.script.problem(entry.node.span.clone(), what).help(help));
            }
        }
    }

    /// A change without what it is about would be made to nothing.
    fn given(&mut self, step: &'a Node) {
        let Some(node) = step.get("name") else { return };
        let name = node.text().unwrap_or_default();
        let Some((_, takes)) = GIVEN.iter().find(|(known, _)| *known == name) else { return };
        let (what, help) = if step.get("of").is_none() && !OF_NOBODY.contains(&name) {
            (format!("`{name}` is about a subject, and none is named"), "add `of = \"subject\"`")
        } else {
            let given = |t: &&&str| step.get("with").is_none_or(|with| with.get(t).is_none());
            let Some(missing) = takes.iter().find(given) else { return };
            let help = "add it under `with`, such as `with = { role = \"{role.last}\" }`";
            (format!("`{name}` is given no `{missing}`"), help)
        };
        self.problems.push(self.script.problem(node.span.clone(), what).help(help));
    }

    fn unknown(&mut self, node: &Node, what: &str, known: BTreeSet<&str>) {
        let name = node.text().unwrap_or_default();
        let help = suggestion(name, known, &format!("{what}s before this step"));
        let what = format!("no step before this one made the {what} `{name}`");
        self.problems.push(self.script.problem(node.span.clone(), what).help(help));
    }
}
