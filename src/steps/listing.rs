//! The vocabulary as people and editors read it.

use serde::Serialize;

use super::parameters::{PARAMETERS, Parameter};
use super::{Book, Keyword};

/// One sentence, for lists.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// `Given`, `When` or `Then`; any keyword will do in a feature.
    pub keyword: Keyword,
    /// The cucumber expression.
    pub expression: String,
    /// What it does.
    pub doc: String,
    /// A step as a person writes it.
    pub example: String,
    /// Capabilities that the target must provide.
    pub needs: Vec<String>,
}

/// All sentences of a book.
#[must_use]
pub fn entries(book: &Book) -> Vec<Entry> {
    book.definitions()
        .iter()
        .map(|d| Entry {
            keyword: d.keyword(),
            expression: d.expression().to_owned(),
            doc: d.doc(),
            example: d.example().to_owned(),
            needs: d.needs(),
        })
        .collect()
}

/// The parameter types that expressions use, besides `{string}` and `{int}`.
#[must_use]
pub fn parameters() -> &'static [Parameter] {
    PARAMETERS
}

/// `recant steps`.
#[must_use]
pub fn text(book: &Book) -> String {
    let mut out = String::new();
    for entry in entries(book) {
        let needs = match entry.needs.as_slice() {
            [] => String::new(),
            some => format!("  needs    {}\n", some.join(", ")),
        };
        out += &format!(
            "{:?} {}\n  example  {}\n  {}\n{needs}\n",
            entry.keyword, entry.expression, entry.example, entry.doc
        );
    }
    out += "Parameters\n";
    for p in PARAMETERS {
        out += &format!("  {{{}}}  {} (such as `{}`)\n", p.name, p.doc, p.example.trim());
    }
    out
}

/// `recant steps --format json`: an object with `steps` and `parameters`.
///
/// # Errors
/// Where serializing fails, which plain strings don't.
pub fn json(book: &Book) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct List {
        version: u32,
        steps: Vec<Entry>,
        parameters: &'static [Parameter],
    }
    serde_json::to_string_pretty(&List { version: 1, steps: entries(book), parameters: PARAMETERS })
}

/// `recant steps --format md`: two tables.
#[must_use]
pub fn markdown(book: &Book) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut out = String::from("| | step | what it does | example |\n|---|---|---|---|\n");
    for e in entries(book) {
        out += &format!(
            "| {:?} | `{}` | {} | `{}` |\n",
            e.keyword,
            cell(&e.expression),
            cell(&e.doc),
            cell(&e.example)
        );
    }
    out += "\n| parameter | what stands there | example |\n|---|---|---|\n";
    for p in PARAMETERS {
        out += &format!("| `{{{}}}` | {} | `{}` |\n", p.name, cell(p.doc), cell(p.example.trim()));
    }
    out
}
