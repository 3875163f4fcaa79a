//! Compares a TOML document with the JSON Schema of its kind: unknown and missing keys, wrong types, words that are
//! none of the allowed ones. All of them, each at its key or value. The schema is the published one, so that an editor
//! and `recant check` say the same.

use serde_json::Value as Json;

use crate::error::Problem;
use crate::plan::{nearest, suggestion};

use super::document::{Document, Entry, Node, Value};

/// Problems that are listed of one file.
const MOST_PROBLEMS: usize = 100;

/// All that is wrong with a document's shape. Of a broken one (with syntax errors) only what doesn't follow from that: a
/// broken line takes its keys along, and a broken header moves those behind it elsewhere.
#[must_use]
pub fn check(document: &Document, schema: &Json, broken: bool) -> Vec<Problem> {
    let mut walk = Walk { document, root: schema, broken, problems: Vec::new(), path: Vec::new() };
    walk.node(&document.root, 0..0, schema);
    if walk.problems.len() >= MOST_PROBLEMS {
        walk.problems.truncate(MOST_PROBLEMS);
        let file = &document.source.file;
        walk.problems.push(Problem::new(format!("{file} has further mistakes; these come first")));
    }
    walk.problems
}

struct Walk<'a> {
    document: &'a Document,
    root: &'a Json,
    broken: bool,
    problems: Vec<Problem>,
    path: Vec<String>,
}

impl<'a> Walk<'a> {
    /// `key` is the byte range that stands for a table as a whole.
    fn node(&mut self, node: &Node, key: std::ops::Range<usize>, schema: &'a Json) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let (schema, secret) = self.resolve(node, schema);
        if let Some(alternatives) = schema.get("oneOf").and_then(Json::as_array) {
            return self.one_of(node, key, alternatives, secret);
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            let words: Vec<_> = words.iter().filter_map(Json::as_str).collect();
            return self.word(node, &words);
        }
        match (wanted(schema), &node.value) {
            (Some("object"), Value::Table(_)) => self.table(node, key, schema),
            (Some("array"), Value::List(items)) => {
                let of = schema.get("items").unwrap_or(&Json::Bool(true));
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.to_string());
                    self.node(item, item.span.clone(), of);
                    self.path.pop();
                }
            }
            (Some("string"), Value::Text(_)) | (Some("boolean"), Value::Truth(_)) | (None, _) => {}
            (Some("integer" | "number"), Value::Whole(number)) => self.range(node, *number, schema),
            (Some("number"), Value::Float(number)) => {
                if !number.is_finite() {
                    self.wrong(node, "this is no number that can be used".to_owned(), None);
                }
            }
            (Some(wanted), _) => {
                let what =
                    format!("{} must be {}, not {}", self.name(), article(wanted), node.kind());
                let help = described(schema);
                self.wrong(node, what, help);
            }
        }
    }

    /// Follows references, and of alternatives takes the one that the value may be: `null`, which TOML doesn't have, is
    /// none. True where the value is a secret.
    fn resolve(&self, node: &Node, mut schema: &'a Json) -> (&'a Json, bool) {
        let mut secret = false;
        // a schema refers at most a few times; the bound is for one that refers to itself
        for _ in 0..8 {
            if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
                secret |= reference.ends_with("/Secret");
                schema =
                    self.root.pointer(reference.trim_start_matches('#')).unwrap_or(&Json::Null);
            } else if let Some(any) = schema.get("anyOf").and_then(Json::as_array) {
                let is_null = |s: &Json| s.get("type").and_then(Json::as_str) == Some("null");
                let mut any = any.iter().filter(|s| !is_null(s));
                let first = any.clone().next().unwrap_or(&Json::Null);
                schema = any.find(|s| self.may_be(node, s, 0)).unwrap_or(first);
            } else {
                break;
            }
        }
        (schema, secret)
    }

    /// True where a value is of the kind that a schema wants, or one of its alternatives.
    fn may_be(&self, node: &Node, schema: &Json, depth: usize) -> bool {
        if depth > 8 {
            return false;
        }
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            let meant = self.root.pointer(reference.trim_start_matches('#'));
            return meant.is_some_and(|meant| self.may_be(node, meant, depth + 1));
        }
        let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"));
        if let Some(any) = alternatives.and_then(Json::as_array) {
            return any.iter().any(|s| self.may_be(node, s, depth + 1));
        }
        matches!(
            (wanted(schema), &node.value),
            (Some("object"), Value::Table(_))
                | (Some("array"), Value::List(_))
                | (Some("string"), Value::Text(_))
        )
    }

    fn one_of(
        &mut self,
        node: &Node,
        key: std::ops::Range<usize>,
        alternatives: &'a [Json],
        secret: bool,
    ) {
        let words: Vec<_> = alternatives.iter().flat_map(constant_words).collect();
        let tables: Vec<_> = alternatives.iter().filter(|a| wanted(a) == Some("object")).collect();
        if tables.is_empty() {
            return self.word(node, &words);
        }
        if !matches!(node.value, Value::Table(_)) {
            let what = format!("{} must be a table, not {}", self.name(), node.kind());
            let problem = if secret {
                let help = "a secret is never written down here: `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\"] }`";
                self.document.secret_problem(node.span.clone(), what).help(help)
            } else {
                self.document.problem(node.span.clone(), what)
            };
            return self.problems.push(problem);
        }
        match tagged(&tables) {
            Some(tag) => self.by_tag(node, key, &tables, tag),
            None => self.by_member(node, key, &tables),
        }
    }

    /// Alternatives told apart by the word of one key, as `do = "call"`.
    fn by_tag(&mut self, node: &Node, key: std::ops::Range<usize>, tables: &[&'a Json], tag: &str) {
        let word = |table: &'a Json| table["properties"][tag]["const"].as_str().unwrap_or_default();
        let words: Vec<_> = tables.iter().map(|t| word(t)).collect();
        let Some(entry) = node.entry(tag) else {
            let what = format!("`{tag}` is missing in {}", self.name());
            let problem = self.document.problem(key, what);
            return self.problems.push(problem.help(format!("one of {}", listed(&words))));
        };
        match entry.node.text().and_then(|text| tables.iter().find(|t| word(t) == text)) {
            Some(table) => self.table(node, key, table),
            None => {
                self.path.push(tag.to_owned());
                self.word(&entry.node, &words);
                self.path.pop();
            }
        }
    }

    /// Alternatives told apart by which member is there, as `{ env = "NAME" }`.
    fn by_member(&mut self, node: &Node, key: std::ops::Range<usize>, tables: &[&'a Json]) {
        let member = |t: &'a Json| t["required"][0].as_str().unwrap_or_default();
        let members: Vec<_> = tables.iter().map(|t| member(t)).collect();
        let there: Vec<_> = tables.iter().filter(|t| node.get(member(t)).is_some()).collect();
        if let [only] = there.as_slice() {
            return self.table(node, key, only);
        }
        let what = match (there.is_empty(), node.entries()) {
            (false, _) => format!("{} has more than one of {}", self.name(), listed(&members)),
            (true, [entry]) => {
                let what = format!("unknown key `{}` in {}", entry.key, self.name());
                let help = suggestion(&entry.key, members.iter().copied(), "known keys");
                let problem = self.document.problem(entry.key_span.clone(), what).help(help);
                return self.problems.push(problem);
            }
            (true, _) => format!("{} needs one of {}", self.name(), listed(&members)),
        };
        let span = if node.span.is_empty() { key } else { node.span.clone() };
        self.problems.push(self.document.problem(span, what));
    }

    fn word(&mut self, node: &Node, words: &[&str]) {
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => {
                let mut help = format!("one of {}", listed(words));
                if let Some(near) = nearest(text, words.iter().copied()) {
                    help = format!("did you mean `{near}`? It is {help}");
                }
                self.wrong(
                    node,
                    format!("`{}` is no word for {}", short(text), self.name()),
                    Some(help),
                );
            }
            None => {
                let what = format!("{} must be a string, not {}", self.name(), node.kind());
                self.wrong(node, what, Some(format!("one of {}", listed(words))));
            }
        }
    }

    fn range(&mut self, node: &Node, number: Option<i64>, schema: &Json) {
        let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "the limits are small")]
        let number = number.map(|n| n as f64);
        let low = limit("minimum").unwrap_or(f64::MIN);
        let high = limit("maximum").unwrap_or(f64::MAX);
        if !number.is_some_and(|n| n >= low && n <= high) {
            let help = described(schema);
            self.wrong(node, format!("{} is out of range", self.name()), help);
        }
    }

    fn table(&mut self, node: &Node, key: std::ops::Range<usize>, schema: &'a Json) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties");
        for entry in node.entries() {
            if self.problems.len() >= MOST_PROBLEMS {
                return;
            }
            let of = match (properties.and_then(|p| p.get(&entry.key)), others) {
                (None, Some(Json::Bool(false))) => {
                    self.unknown(entry, properties);
                    continue;
                }
                (of, others) => of.or(others).unwrap_or(&Json::Null),
            };
            self.path.push(entry.key.clone());
            self.node(&entry.node, entry.key_span.clone(), of);
            self.path.pop();
        }
        if self.broken {
            return;
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        for missing in required.filter_map(Json::as_str).filter(|k| node.get(k).is_none()) {
            // a misspelt required key is one mistake, not two
            let known = |key: &str| properties.is_some_and(|p| p.contains_key(key));
            let misspelt = |e: &Entry| !known(&e.key) && nearest(&e.key, [missing]).is_some();
            if node.entries().iter().any(misspelt) {
                continue;
            }
            let what = format!("`{missing}` is missing in {}", self.name());
            let mut problem = self.document.problem(key.clone(), what);
            if self.path.is_empty() {
                // no line of the file is to blame
                problem.excerpt = None;
            }
            let of = properties.and_then(|p| p.get(missing)).unwrap_or(&Json::Null);
            let help = described(of).or_else(|| described(self.resolve(node, of).0));
            self.problems.push(match help {
                Some(help) => problem.help(format!("{missing}: {help}")),
                None => problem,
            });
        }
    }

    fn unknown(&mut self, entry: &Entry, properties: Option<&serde_json::Map<String, Json>>) {
        if self.broken && self.path.is_empty() {
            return;
        }
        let known = properties.into_iter().flat_map(|p| p.keys().map(String::as_str));
        let what = format!("unknown key `{}` in {}", short(&entry.key), self.name());
        let help = suggestion(&entry.key, known, "known keys");
        self.problems.push(self.document.problem(entry.key_span.clone(), what).help(help));
    }

    fn wrong(&mut self, node: &Node, what: String, help: Option<String>) {
        let problem = self.document.problem(node.span.clone(), what);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// Where we are, as the user would write it.
    fn name(&self) -> String {
        if self.path.is_empty() {
            return "the file".to_owned();
        }
        let plain =
            |k: &String| k.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let parts =
            self.path.iter().map(|k| if plain(k) { k.clone() } else { format!("{:?}", short(k)) });
        format!("`{}`", parts.collect::<Vec<_>>().join("."))
    }
}

/// The type that a schema wants, besides `null`.
fn wanted(schema: &Json) -> Option<&str> {
    match schema.get("type")? {
        Json::String(one) => Some(one),
        Json::Array(several) => several.iter().filter_map(Json::as_str).find(|t| *t != "null"),
        _ => None,
    }
}

fn article(wanted: &str) -> &str {
    match wanted {
        "object" => "a table",
        "array" => "an array",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "a whole number",
        other => other,
    }
}

/// The description of a schema, in one line.
fn described(schema: &Json) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Words that an alternative stands for.
fn constant_words(alternative: &Json) -> Vec<&str> {
    let words = alternative.get("enum").and_then(Json::as_array).into_iter().flatten();
    alternative.get("const").into_iter().chain(words).filter_map(Json::as_str).collect()
}

/// The key whose word tells tables apart.
fn tagged<'a>(tables: &[&'a Json]) -> Option<&'a str> {
    let properties = tables.first()?.get("properties")?.as_object()?;
    let constant = |table: &Json, key: &str| table["properties"][key].get("const").is_some();
    properties.keys().map(String::as_str).find(|key| tables.iter().all(|t| constant(t, key)))
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

/// A text that is short enough for a message.
fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    format!("{}...", text.chars().take(57).collect::<String>())
}
