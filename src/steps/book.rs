//! The whole vocabulary, compiled: one set of regular expressions for all sentences.

use std::sync::LazyLock;

use cucumber_expressions::Expression;
use regex::{Regex, RegexSet};

use super::sentence::{Keyword, Sentence};
use super::{Deed, Said, Scene, calls, changes, obligations, parameters, people, tokens};
use crate::plan::Verb;
use crate::plan::feature::{Parameter, StepBook, Told};
use crate::requirements::{Catalog, Requirement};

/// One sentence of the book.
#[derive(Debug, Clone, Copy)]
pub enum Definition {
    /// Written in a table of this folder.
    Written(&'static Sentence),
    /// The sentence of a requirement, from its file.
    Asked(&'static Requirement),
}

/// The vocabulary.
#[derive(Debug)]
pub struct Book {
    definitions: Vec<Definition>,
    set: RegexSet,
    each: Vec<Regex>,
}

impl Book {
    /// The vocabulary of the binary: the tables of this folder and the sentences of the shipped catalogue.
    ///
    /// # Panics
    /// Where an expression is broken, which a test rules out before a binary leaves the house.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Book> = LazyLock::new(|| {
            Book::of(Catalog::shipped()).unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")))
        });
        &SHIPPED
    }

    /// The tables of this folder and the sentences of a catalogue.
    ///
    /// # Errors
    /// Each expression that does not compile, with the reason.
    pub fn of(catalog: &'static Catalog) -> Result<Self, Vec<String>> {
        let written = [
            people::SENTENCES,
            tokens::SENTENCES,
            changes::SENTENCES,
            calls::SENTENCES,
            obligations::SENTENCES,
        ];
        let mut definitions: Vec<_> =
            written.iter().copied().flatten().map(Definition::Written).collect();
        definitions.extend(catalog.all().map(Definition::Asked));
        let (mut each, mut wrong) = (Vec::new(), Vec::new());
        for definition in &definitions {
            match definition.regex() {
                Ok(regex) => each.push(regex),
                Err(e) => wrong.push(format!("{}: {e}", definition.expression())),
            }
        }
        let set = RegexSet::new(each.iter().map(Regex::as_str)).map_err(|e| vec![e.to_string()])?;
        if wrong.is_empty() { Ok(Self { definitions, set, each }) } else { Err(wrong) }
    }

    /// All sentences, in the order in which they are listed.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Indices of the sentences that a step's text matches: none is undefined, two are ambiguous.
    #[must_use]
    pub fn matching(&self, text: &str) -> Vec<usize> {
        self.set.matches(text.trim()).into_iter().collect()
    }

    /// The expressions that are nearest to a text, best first.
    #[must_use]
    pub fn nearest(&self, text: &str, n: usize) -> Vec<String> {
        let text = faceless(text.trim());
        let mut scored: Vec<(f64, &str)> = self
            .definitions
            .iter()
            .map(|d| {
                let near = |s: &str| strsim::normalized_damerau_levenshtein(&text, &faceless(s));
                (near(d.example()).max(near(d.expression())), d.expression())
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(n).map(|(_, s)| s.to_owned()).collect()
    }

    /// What a step comes to.
    ///
    /// # Errors
    /// One sentence for the person who wrote it: undefined, ambiguous, or without meaning at this place.
    pub fn deed(
        &self,
        text: &str,
        table: Vec<Vec<String>>,
        scene: &mut Scene,
    ) -> Result<Deed, String> {
        let text = text.trim();
        let index = match self.matching(text).as_slice() {
            [one] => *one,
            [] => return Err(format!("no step reads `{text}`")),
            several => {
                let names: Vec<_> =
                    several.iter().map(|&i| self.definitions[i].expression()).collect();
                return Err(format!("`{text}` may mean several steps: {}", names.join("; ")));
            }
        };
        match self.definitions[index] {
            Definition::Asked(requirement) => Ok(obligations::by_sentence(requirement, scene)),
            Definition::Written(sentence) => {
                let words = self.each[index]
                    .captures(text)
                    .map(|c| c.iter().skip(1).flatten().map(|m| m.as_str().to_owned()).collect());
                (sentence.means)(&Said::new(words.unwrap_or_default(), table), scene)
            }
        }
    }

    /// What stands where a sentence has parameters.
    fn words(&self, index: usize, text: &str) -> Vec<String> {
        let captures = self.each[index].captures(text);
        let words = captures.iter().flat_map(|c| c.iter().skip(1).flatten());
        words.map(|m| m.as_str().to_owned()).collect()
    }
}

impl Definition {
    /// The cucumber expression, or the requirement's sentence.
    #[must_use]
    pub fn expression(&self) -> &'static str {
        match self {
            Self::Written(s) => s.expression,
            Self::Asked(r) => &r.obligation,
        }
    }

    /// A step as a person writes it.
    #[must_use]
    pub fn example(&self) -> &'static str {
        match self {
            Self::Written(s) => s.example,
            Self::Asked(r) => &r.obligation,
        }
    }

    /// What it does.
    #[must_use]
    pub fn doc(&self) -> String {
        match self {
            Self::Written(s) => s.doc.to_owned(),
            Self::Asked(r) => format!("Requirement `{}` ({}): {}", r.id, r.alias, r.title),
        }
    }

    /// The keyword that it is meant for.
    #[must_use]
    pub fn keyword(&self) -> Keyword {
        match self {
            Self::Written(s) => s.keyword,
            Self::Asked(_) => Keyword::Then,
        }
    }

    /// Capabilities that it needs.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        match self {
            Self::Written(s) => s.needs.iter().map(|n| (*n).to_owned()).collect(),
            Self::Asked(r) => r.needs.clone(),
        }
    }

    fn regex(&self) -> Result<Regex, String> {
        match self {
            Self::Written(s) => {
                Expression::regex_with_parameters(s.expression, &parameters::provider())
                    .map_err(|e| e.to_string())
            }
            // A requirement's sentence is words, whatever signs stand in it.
            Self::Asked(r) => Regex::new(&format!("^{}$", regex::escape(&r.obligation)))
                .map_err(|e| e.to_string()),
        }
    }
}

/// A sentence with its parameters blanked out: what is in quotes must not decide which sentence is near.
fn faceless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    for c in text.chars().take(200) {
        match c {
            '"' => {
                quoted = !quoted;
                out.push('"');
            }
            _ if quoted => {}
            c => out.push(c),
        }
    }
    for parameter in parameters::in_expression(&out.clone()) {
        let face = match parameters::kind(parameter) {
            Some(_) => "\"\"",
            None if parameter == "string" => "\"\"",
            None => "",
        };
        out = out.replace(&format!("{{{parameter}}}"), face);
    }
    out
}

impl StepBook for Book {
    fn matching(&self, text: &str) -> Vec<usize> {
        Self::matching(self, text)
    }

    fn nearest(&self, text: &str, n: usize) -> Vec<String> {
        Self::nearest(self, text, n)
    }

    fn expression(&self, definition: usize) -> String {
        self.definitions.get(definition).map_or("", Definition::expression).to_owned()
    }

    fn walk(&self, steps: &[Told]) -> Vec<Result<Vec<Verb>, String>> {
        let mut scene = Scene::default();
        // What an undefined step would have made is missing from there on.
        let mut lost = false;
        let mut one = |(text, table): &Told| {
            lost |= self.matching(text).len() != 1;
            if lost {
                return Ok(Vec::new());
            }
            Ok(match self.deed(text, table.clone(), &mut scene)? {
                Deed::Perform(verbs) | Deed::Require(verbs) => verbs,
                Deed::Oblige { .. } | Deed::Script(_) => Vec::new(),
            })
        };
        steps.iter().map(&mut one).collect()
    }

    fn parameters(&self, text: &str) -> Vec<Parameter> {
        let [index] = *self.matching(text).as_slice() else { return Vec::new() };
        let words = self.words(index, text.trim());
        let kinds = parameters::in_expression(self.definitions[index].expression());
        kinds
            .zip(words)
            .filter_map(|(parameter, word)| Some((parameters::kind(parameter)?, word)))
            .flat_map(|(kind, word)| {
                parameters::names(&word).into_iter().map(move |value| Parameter { kind, value })
            })
            .collect()
    }
}
