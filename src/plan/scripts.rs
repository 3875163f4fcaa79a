//! The scenario scripts that features may name: the shipped ones and those of the user.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::error::Problem;

use super::check::{Document, script, shape};
use super::load::typed;
use super::source::Source;
use super::{Scenario, schemas, shipped};

/// One scenario script with where it was read.
#[derive(Debug, Clone)]
pub struct Script {
    /// What it says.
    pub scenario: Scenario,
    /// Path, or `shipped:...`.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// Its text.
    pub text: String,
}

/// Scripts by name: `role-removal` for `role-removal.toml`.
#[derive(Debug, Clone, Default)]
pub struct Scripts(BTreeMap<String, Script>);

impl Scripts {
    /// The scripts that are built in.
    ///
    /// # Errors
    /// One of them is wrong: a test of the repository makes sure that none is.
    pub fn shipped() -> Result<Self, Vec<Problem>> {
        static SHIPPED: LazyLock<Result<Scripts, Vec<Problem>>> = LazyLock::new(|| {
            let sources = shipped::SCENARIOS.iter().map(|(path, text)| Source::shipped(path, text));
            Scripts::default().with_sources(sources.map(|s| (script_name(&s.file), s)).collect())
        });
        SHIPPED.clone()
    }

    /// The same and those of the user, whose files win over shipped ones of the same name.
    ///
    /// # Errors
    /// Everything that is wrong with the files, at once.
    pub fn with_files(self, paths: &[PathBuf]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut sources = Vec::new();
        for path in paths {
            match Source::read(path) {
                Ok(source) => sources.push((script_name(&source.file), source)),
                Err(problem) => problems.push(problem),
            }
        }
        match self.with_sources(sources) {
            Ok(scripts) if problems.is_empty() => Ok(scripts),
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// The same and scripts that a program made, by name and text: checked like files.
    ///
    /// # Errors
    /// Everything that is wrong with the texts, at once.
    pub fn with_texts(
        self,
        texts: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Problem>> {
        let texts = texts.into_iter();
        let sources = texts.map(|(name, text)| (name.clone(), Source::of_text(name, &text)));
        self.with_sources(sources.collect())
    }

    fn with_sources(mut self, sources: Vec<(String, Source)>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let schema = schemas::scenario();
        for (name, source) in sources {
            let (document, mut wrong) = Document::parse(source);
            if wrong.is_empty() {
                wrong.extend(shape::check(&document, &schema, false));
                wrong.extend(script::check(&document));
            }
            if !wrong.is_empty() {
                problems.extend(wrong);
                continue;
            }
            match typed::<Scenario>(&document) {
                Ok(scenario) => {
                    let Source { file, text, digest } = document.source;
                    self.0.insert(name, Script { scenario, file, digest, text });
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// A script by its name.
    #[must_use]
    pub fn script(&self, name: &str) -> Option<&Script> {
        self.0.get(name)
    }

    /// Names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Script)> {
        self.0.iter().map(|(name, script)| (name.as_str(), script))
    }
}

fn script_name(file: &str) -> String {
    let name = file.rsplit(['/', '\\', ':']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name).to_owned()
}
