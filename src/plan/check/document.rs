//! A TOML file as a tree in which everything knows its place. Whatever can be read of a broken file is read, so that
//! one mistake doesn't hide the others.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::error::Problem;
use crate::plan::Source;

use super::conceal;

/// A value with the bytes that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Byte range in the text; for `[table]` that of its header.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What TOML knows, without the difference between notations.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer; `None` where it is too large for one.
    Whole(Option<i64>),
    /// A float.
    Float(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A date or time.
    Date,
    /// An array.
    List(Vec<Node>),
    /// A table, however it is written.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Byte range of the key.
    pub key_span: Range<usize>,
    /// Its value.
    pub node: Node,
}

/// A TOML file.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub source: Source,
    /// Its content, as far as it can be read.
    pub root: Node,
}

/// Syntax errors that are listed; after a few the rest follows from them.
const MOST_SYNTAX_ERRORS: usize = 10;

impl Document {
    /// Reads what can be read, and says what can't.
    #[must_use]
    pub fn parse(source: Source) -> (Self, Vec<Problem>) {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let root = Node { span: 0..0, value: Value::Table(entries(table.into_inner())) };
        let document = Self { source, root };
        let mut problems: Vec<_> = errors
            .iter()
            .take(MOST_SYNTAX_ERRORS)
            .map(|error| {
                let help = "what else is wrong can only be told once this is mended";
                document.problem(error.span().unwrap_or(0..0), syntax(error.message())).help(help)
            })
            .collect();
        // of several in one line the first is the cause
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems.dedup_by_key(|p| p.place.as_ref().map(|place| place.line));
        (document, problems)
    }

    /// A problem at a byte range. Strings that may be secrets are struck out of the line that is shown.
    #[must_use]
    pub fn problem(&self, span: Range<usize>, what: impl Into<String>) -> Problem {
        let mut problem = self.source.problem(span, what);
        problem.excerpt = problem.excerpt.map(|line| conceal::line(&line).into());
        problem
    }

    /// The same for a value that is, or was meant to be, a secret: nothing of it is shown.
    #[must_use]
    pub fn secret_problem(&self, span: Range<usize>, what: impl Into<String>) -> Problem {
        let mut problem = self.problem(span, what);
        let start = problem.place.as_ref().map_or(0, |p| p.column - 1);
        problem.excerpt =
            problem.excerpt.map(|line| conceal::part(&line, start..start + problem.width).into());
        problem
    }

    /// A value by its path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, key| node.get(key))
    }

    /// Values that a pattern fits: `*` stands for each key of a table or each element of an array. Each comes with the
    /// keys that stood for a `*`.
    #[must_use]
    pub fn select<'d>(&'d self, pattern: &str) -> Vec<(Vec<&'d str>, &'d Node)> {
        let mut found = vec![(Vec::new(), &self.root)];
        for part in pattern.split('.') {
            let mut next = Vec::new();
            for (keys, node) in found {
                match (part, &node.value) {
                    ("*", Value::Table(entries)) => next.extend(entries.iter().map(|e| {
                        let mut keys = keys.clone();
                        keys.push(e.key.as_str());
                        (keys, &e.node)
                    })),
                    ("*", Value::List(items)) => {
                        next.extend(items.iter().map(|item| (keys.clone(), item)));
                    }
                    _ => next.extend(node.get(part).map(|node| (keys, node))),
                }
            }
            found = next;
        }
        found
    }
}

impl Node {
    /// The entry of a table by its key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key == key)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.node)
    }

    /// The text of a key, where it has one.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Entries of a table; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Value::Table(entries) = &self.value { entries } else { &[] }
    }

    /// Elements of an array; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// What it is, with an article, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a string",
            Value::Whole(_) => "a whole number",
            Value::Float(_) => "a number with a fraction",
            Value::Truth(_) => "true or false",
            Value::Date => "a date",
            Value::List(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}

fn entries(table: DeTable<'_>) -> Vec<Entry> {
    table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: key.span(),
            key: key.into_inner().into_owned(),
            node: node(value.span(), value.into_inner()),
        })
        .collect()
}

/// Goes down at most as deep as the parser went, which refuses more than 80 levels.
fn node(span: Range<usize>, value: DeValue<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            Value::Whole(i64::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(truth),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(
            items.into_iter().map(|item| node(item.span(), item.into_inner())).collect(),
        ),
        DeValue::Table(table) => Value::Table(entries(table)),
    };
    Node { span, value }
}

fn syntax(message: &str) -> String {
    match message {
        "recursion limit" => "keys are nested too deeply".to_owned(),
        other => format!("this is no TOML: {other}"),
    }
}
