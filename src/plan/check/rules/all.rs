//! All rules in their order, and what they look at. Knows no rule itself.

use std::ops::Range;
use std::path::Path;

use crate::error::Problem;
use crate::plan::{Overlay, suggestion};

use super::super::document::{Document, Node};
use super::{
    clients, decisions, elsewhere, exceptions, grants, inputs, notes, pushes, recipe, references,
    services, templates, urls,
};

/// What rules look at.
pub struct Rules<'a> {
    /// The target file.
    pub target: &'a Document,
    /// Its recipe, where it could be read.
    pub recipe: Option<&'a Document>,
    /// Folder that relative paths start from.
    pub folder: &'a Path,
    /// What `run` adds.
    pub overlay: &'a Overlay,
    /// What was found so far.
    pub problems: Vec<Problem>,
}

/// Checks a target file with its recipe.
#[must_use]
pub fn check(
    target: &Document,
    recipe: Option<&Document>,
    folder: &Path,
    overlay: &Overlay,
) -> Vec<Problem> {
    let mut rules = Rules { target, recipe, folder, overlay, problems: Vec::new() };
    references::check(&mut rules);
    clients::check(&mut rules);
    grants::check(&mut rules);
    urls::check(&mut rules);
    services::check(&mut rules);
    decisions::check(&mut rules);
    exceptions::check(&mut rules);
    inputs::check(&mut rules);
    elsewhere::check(&mut rules);
    pushes::check(&mut rules);
    recipe::check(&mut rules);
    templates::check(&mut rules);
    notes::check(&mut rules);
    rules.problems
}

impl<'a> Rules<'a> {
    /// Keys of a table of the target.
    pub(super) fn names(&self, table: &str) -> Vec<&'a str> {
        let entries = self.target.root.get(table).map_or(&[] as &[_], Node::entries);
        entries.iter().map(|e| e.key.as_str()).collect()
    }

    /// Names of the recipe's changes.
    pub(super) fn changes(&self) -> Vec<&'a str> {
        let entries =
            self.recipe.and_then(|r| r.root.get("change")).map_or(&[] as &[_], Node::entries);
        entries.iter().map(|e| e.key.as_str()).collect()
    }

    /// Notes a problem in the target file.
    pub(super) fn wrong(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.wrong_in(self.target, span, what, help);
    }

    /// Notes a problem in a file.
    pub(super) fn wrong_in(
        &mut self,
        file: &Document,
        span: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.problems.len() < 200 {
            self.problems.push(file.problem(span.clone(), what).help(help));
        }
    }

    /// Notes something in the target file that stops nothing.
    pub(super) fn note(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note_in(self.target, span, what, help);
    }

    /// Notes something in a file that stops nothing.
    pub(super) fn note_in(
        &mut self,
        file: &Document,
        span: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.problems.len() < 200 {
            self.problems.push(file.problem(span.clone(), what).help(help).as_warning());
        }
    }

    /// Notes that a name is none of the known ones.
    pub(super) fn unknown(&mut self, node: &Node, what: &str, known: &[&str]) {
        let name = node.text().unwrap_or_default();
        let help = suggestion(name, known.iter().copied(), &format!("{what}s"));
        self.wrong(&node.span, format!("there is no {what} `{name}`"), help);
    }
}
