//! Values that a recipe's steps are given: arguments, captures, a subject's password. Kept apart by whether they may
//! be written down.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Values, template};
use crate::plan::HttpStep;

/// The value that is never journaled and can be made up anew where an inverse needs one.
pub const PASSWORD: &str = "subject.password";

/// Values by name. Has no `Debug`, on purpose.
#[derive(Clone, Default)]
pub struct Given {
    plain: BTreeMap<String, Value>,
    secret: BTreeMap<String, String>,
}

impl Given {
    /// Sets a value that may be written down.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.secret.remove(name);
        self.plain.insert(name.to_owned(), value.into());
    }

    /// Sets a value that may not.
    pub fn set_secret(&mut self, name: &str, value: impl Into<String>) {
        self.plain.remove(name);
        self.secret.insert(name.to_owned(), value.into());
    }

    /// The values of a journal entry.
    #[must_use]
    pub fn of_journal(values: BTreeMap<String, Value>) -> Self {
        Self { plain: values, secret: BTreeMap::new() }
    }

    /// These over those.
    #[must_use]
    pub fn over(mut self, under: &Self) -> Self {
        for (name, value) in &under.plain {
            if !self.defines(name) {
                self.plain.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in &under.secret {
            if !self.defines(name) {
                self.secret.insert(name.clone(), value.clone());
            }
        }
        self
    }

    /// Sets a value where there is none yet.
    #[must_use]
    pub fn or(mut self, name: &str, value: impl Into<Value>) -> Self {
        if !self.defines(name) {
            self.set(name, value);
        }
        self
    }

    /// All but these.
    #[must_use]
    pub fn without<'a>(mut self, names: impl Iterator<Item = &'a String>) -> Self {
        for name in names {
            self.plain.remove(name);
            self.secret.remove(name);
        }
        self
    }

    /// Of these only those that there are.
    #[must_use]
    pub fn only<'a>(&self, names: impl Iterator<Item = &'a String>) -> Self {
        let mut only = Self::default();
        for name in names {
            if let Some(value) = self.plain.get(name) {
                only.set(name, value.clone());
            } else if let Some(secret) = self.secret.get(name) {
                only.set_secret(name, secret.as_str());
            }
        }
        only
    }

    /// A text that may be written down.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.plain.get(name).and_then(Value::as_str)
    }

    fn defines(&self, name: &str) -> bool {
        self.plain.contains_key(name) || self.secret.contains_key(name)
    }

    /// Lays the values over others.
    pub fn put_into(&self, values: &mut Values) {
        for (name, value) in &self.plain {
            values.set_json(name, value.clone());
        }
        for (name, value) in &self.secret {
            values.set_secret(name, value.clone());
        }
    }

    /// Takes over what steps captured.
    pub fn take_captures(&mut self, steps: &[HttpStep], values: &Values) {
        let mut plain = values.to_plain();
        for name in steps.iter().flat_map(|s| s.capture.keys()) {
            match (plain.remove(name), values.text_of(name)) {
                (Some(value), _) => self.set(name, value),
                (None, Some(secret)) => self.set_secret(name, secret),
                (None, None) => {}
            }
        }
    }

    /// The values that steps use, for the journal: only these are written down.
    ///
    /// # Errors
    /// Names of credentials that the steps need and that can't be made up anew.
    pub fn for_journal(&self, steps: &[HttpStep]) -> Result<BTreeMap<String, Value>, Vec<String>> {
        let used = names_of(steps);
        let secret = |n: &&String| used.contains(*n) && n.as_str() != PASSWORD;
        let needed: Vec<_> = self.secret.keys().filter(secret).cloned().collect();
        if !needed.is_empty() {
            return Err(needed);
        }
        let plain = self.plain.iter().filter(|(n, _)| used.contains(*n));
        Ok(plain.map(|(n, v)| (n.clone(), v.clone())).collect())
    }
}

/// Names of values that steps use. A template that can't be read has none; running it says what is wrong with it.
fn names_of(steps: &[HttpStep]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |text: &str| {
        names.extend(template::names_in(text).into_iter().flatten().map(str::to_owned));
    };
    for step in steps {
        add(&step.request);
        step.headers.values().for_each(|v| add(v));
        step.form.values().for_each(|v| add(v));
        if let Some(json) = &step.json {
            strings(json, &mut add);
        }
    }
    names
}

fn strings(json: &Value, add: &mut impl FnMut(&str)) {
    match json {
        Value::String(s) => add(s),
        Value::Array(a) => a.iter().for_each(|v| strings(v, add)),
        Value::Object(o) => o.iter().for_each(|(k, v)| {
            add(k);
            strings(v, add);
        }),
        _ => {}
    }
}
