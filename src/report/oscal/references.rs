//! What no schema and no tool that we know of notices: references that lead nowhere, and findings that say more than the
//! observations they rest on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Everything in an OSCAL document that does not hold together, a sentence each: a name that is given twice, a `...-uuid`
/// or `#...` that nothing has, a finding without an observation, and a finding that is satisfied because of a pass although
/// one of its observations is none.
#[must_use]
pub fn dangling(document: &Value) -> Vec<String> {
    let mut seen = Seen::default();
    seen.walk("", document);
    let mut wrong = seen.wrong;
    for (at, to) in &seen.references {
        if !seen.names.contains(to) {
            wrong.push(format!("{at} leads to {to}, which nothing has"));
        }
    }
    let results = document.pointer("/assessment-results/results").and_then(Value::as_array);
    for result in results.into_iter().flatten() {
        unfounded(result, &mut wrong);
    }
    wrong
}

#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    references: Vec<(String, String)>,
    wrong: Vec<String>,
}

impl Seen {
    fn walk(&mut self, at: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.member(&format!("{at}/{key}"), key, value);
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.walk(&format!("{at}/{i}"), item);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, at: &str, key: &str, value: &Value) {
        match (key, value) {
            ("uuid", Value::String(name)) => {
                if !self.names.insert(name.clone()) {
                    self.wrong.push(format!("{at}: {name} is the name of something else too"));
                }
            }
            ("href", Value::String(to)) => {
                if let Some(name) = to.strip_prefix('#') {
                    self.references.push((at.into(), name.into()));
                }
            }
            (key, Value::String(to)) if key.ends_with("-uuid") => {
                self.references.push((at.into(), to.clone()));
            }
            (key, Value::Array(all)) if key.ends_with("-uuids") => {
                let all = all.iter().filter_map(Value::as_str);
                self.references.extend(all.map(|to| (at.to_owned(), to.to_owned())));
            }
            _ => self.walk(at, value),
        }
    }
}

fn unfounded(result: &Value, wrong: &mut Vec<String>) {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let mut verdicts = BTreeMap::new();
    for observation in list(result, "observations") {
        let props = list(&observation, "props");
        let verdict = props.iter().find(|p| p["name"] == "verdict").map(|p| p["value"].clone());
        verdicts.insert(observation["uuid"].to_string(), verdict.unwrap_or_default());
    }
    for finding in list(result, "findings") {
        let related = list(&finding, "related-observations");
        let title = &finding["title"];
        if related.is_empty() {
            wrong.push(format!("the finding {title} rests on no observation"));
        }
        let status = &finding["target"]["status"];
        let other = related.iter().find(|r| {
            let verdict = verdicts.get(&r["observation-uuid"].to_string());
            verdict.is_some_and(|v| v != "pass" && v != "not applicable")
        });
        if let (true, true, Some(other)) =
            (status["state"] == "satisfied", status["reason"] == "pass", other)
        {
            wrong.push(format!("the finding {title} is a pass, its observation {other} is none"));
        }
    }
}
