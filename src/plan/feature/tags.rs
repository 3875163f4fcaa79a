//! Tag expressions: `@E-01 and not @slow`.

use gherkin::tagexpr::TagOperation;

use crate::error::Problem;

/// A tag expression that selects scenarios.
#[derive(Debug, Clone)]
pub struct TagFilter {
    text: String,
    operation: TagOperation,
}

/// Longest expression that is read, in characters.
const LONGEST: usize = 4096;

/// Deepest nesting of brackets and `not`: the parser behind this goes down one call for each.
const DEEPEST: usize = 50;

impl TagFilter {
    /// Reads an expression of `@tag`, `and`, `or`, `not` and brackets.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = |what: String| {
            Problem::new(what).help("such as `@E-01`, `@a and not @b`, `(@a or @b) and @c`")
        };
        let nested = text.matches('(').count() + text.matches("not").count();
        if text.chars().count() > LONGEST || nested > DEEPEST {
            return Err(wrong("the tag expression is too long".to_owned()));
        }
        if text.trim().is_empty() {
            return Err(wrong("the tag expression is empty".to_owned()));
        }
        match text.trim().parse() {
            Ok(operation) => Ok(Self { text: text.trim().to_owned(), operation }),
            Err(e) => {
                let column = e.location.column;
                let mut what = format!("`{text}` is no tag expression (column {column})");
                if !text.contains('@') {
                    what.push_str("; tags start with `@`");
                }
                Err(wrong(what))
            }
        }
    }

    /// True where it selects a scenario with these tags (without `@`).
    #[must_use]
    pub fn selects(&self, tags: &[String]) -> bool {
        holds(&self.operation, tags)
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tags that it names, without `@`.
    #[must_use]
    pub fn named(&self) -> Vec<&str> {
        let mut all = Vec::new();
        collect(&self.operation, &mut all);
        all
    }
}

fn holds(operation: &TagOperation, tags: &[String]) -> bool {
    match operation {
        TagOperation::And(a, b) => holds(a, tags) && holds(b, tags),
        TagOperation::Or(a, b) => holds(a, tags) || holds(b, tags),
        TagOperation::Not(a) => !holds(a, tags),
        TagOperation::Tag(tag) => tags.contains(tag),
    }
}

fn collect<'t>(operation: &'t TagOperation, all: &mut Vec<&'t str>) {
    match operation {
        TagOperation::And(a, b) | TagOperation::Or(a, b) => {
            collect(a, all);
            collect(b, all);
        }
        TagOperation::Not(a) => collect(a, all),
        TagOperation::Tag(tag) => all.push(tag),
    }
}
