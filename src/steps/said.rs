//! What a step said: the parameters of its sentence and its data table.

use super::parameters;
use super::scene::Who;
use crate::plan::Operations;

/// The words that stood where a sentence has parameters, and the rows of its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    words: Vec<String>,
    table: Vec<Vec<String>>,
}

impl Said {
    /// From captured words and the rows of a table (none where there is no table).
    #[must_use]
    pub fn new(words: Vec<String>, table: Vec<Vec<String>>) -> Self {
        Self { words, table }
    }

    /// A parameter as written, without quotes.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn word(&self, at: usize) -> Result<&str, String> {
        self.words
            .get(at)
            .map(|w| parameters::unquoted(w))
            .ok_or_else(|| format!("the step has no parameter {}", at + 1))
    }

    /// `{roles}` and `{services}`: one or more quoted names.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn names(&self, at: usize) -> Result<Vec<String>, String> {
        self.raw(at).map(parameters::names)
    }

    /// `{who}` and `{one}`: one subject or both.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn who(&self, at: usize) -> Result<&'static [Who], String> {
        Ok(match self.raw(at)? {
            "the subject" => &[Who::Subject],
            "the bystander" => &[Who::Bystander],
            _ => &[Who::Subject, Who::Bystander],
        })
    }

    /// `{one}`.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn one(&self, at: usize) -> Result<Who, String> {
        self.who(at)?.first().copied().ok_or_else(|| "nobody is named".to_owned())
    }

    /// `{duration}` in milliseconds.
    ///
    /// # Errors
    /// Where it is too long to count, or there is no such parameter.
    pub fn duration(&self, at: usize) -> Result<u64, String> {
        parameters::milliseconds(self.raw(at)?)
    }

    /// `{bound}`: milliseconds, or `None` for `its bound`.
    ///
    /// # Errors
    /// As `duration`.
    pub fn bound(&self, at: usize) -> Result<Option<u64>, String> {
        match self.raw(at)? {
            "its bound" => Ok(None),
            _ => self.duration(at).map(Some),
        }
    }

    /// `{where}`: one service, or `None` for every service.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn service(&self, at: usize) -> Result<Option<String>, String> {
        match self.raw(at)? {
            "every service" => Ok(None),
            quoted => Ok(Some(parameters::unquoted(quoted).to_owned())),
        }
    }

    /// `{operations}`.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn operations(&self, at: usize) -> Result<Operations, String> {
        Ok(match self.raw(at)? {
            "everything" => Operations::All,
            "what was lost" => Operations::Lost,
            "what was kept" => Operations::Kept,
            "what nobody may do" => Operations::Canary,
            _ => Operations::Entitled,
        })
    }

    /// A whole number.
    ///
    /// # Errors
    /// Where it is no number from 1 to 1000.
    pub fn count(&self, at: usize) -> Result<u32, String> {
        let word = self.raw(at)?;
        match word.parse::<u32>() {
            Ok(n) if (1..=1000).contains(&n) => Ok(n),
            _ => Err(format!("`{word}` is no number from 1 to 1000")),
        }
    }

    /// `{as}`: the label, where the step gives one.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn label(&self, at: usize) -> Result<Option<String>, String> {
        let word = self.raw(at)?.trim_start().trim_start_matches("as").trim();
        Ok((!word.is_empty()).then(|| parameters::unquoted(word).to_owned()))
    }

    /// A parameter as captured.
    ///
    /// # Errors
    /// Where the sentence has no such parameter.
    pub fn raw(&self, at: usize) -> Result<&str, String> {
        self.words
            .get(at)
            .map(String::as_str)
            .ok_or_else(|| format!("the step has no parameter {}", at + 1))
    }

    /// The rows of the step's table as arguments: two columns, name and value.
    ///
    /// # Errors
    /// Where a row has another number of columns, or a name comes twice.
    pub fn arguments(&self) -> Result<std::collections::BTreeMap<String, String>, String> {
        let mut all = std::collections::BTreeMap::new();
        for row in &self.table {
            let [name, value] = row.as_slice() else {
                return Err(format!("a row of arguments has two cells, not {}", row.len()));
            };
            if all.insert(name.clone(), value.clone()).is_some() {
                return Err(format!("the argument `{name}` is given twice"));
            }
        }
        Ok(all)
    }

    /// True where the step has a table.
    #[must_use]
    pub fn has_table(&self) -> bool {
        !self.table.is_empty()
    }
}
