//! Secrets while a run lasts: resolved once, never printed, and known so that leaks are recognised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use crate::plan::Secret;

/// The secrets of a run. Has no `Debug`, on purpose.
#[derive(Default)]
pub struct Vault {
    named: BTreeMap<String, String>,
    seen: Mutex<BTreeSet<(String, String)>>,
}

impl Vault {
    /// Resolves references.
    ///
    /// # Errors
    /// One sentence for each that can't be resolved; never the value.
    pub fn resolve<'a>(
        secrets: impl IntoIterator<Item = (String, &'a Secret)>,
        folder: &Path,
        overlay: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<String>> {
        let mut vault = Self::default();
        let mut wrong = Vec::new();
        for (name, secret) in secrets {
            match one(secret, folder, overlay) {
                Ok(value) if value.is_empty() => wrong.push(format!("secret `{name}` is empty")),
                Ok(value) => {
                    vault.learn(&name, &value);
                    vault.named.insert(name, value);
                }
                Err(why) => wrong.push(format!("secret `{name}`: {why}")),
            }
        }
        if wrong.is_empty() { Ok(vault) } else { Err(wrong) }
    }

    /// A named secret.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// Remembers a credential that must not turn up anywhere (a token, a password). Short ones are left out: they
    /// would be found everywhere by chance.
    pub fn learn(&self, what: &str, value: &str) {
        if value.len() >= 8 {
            self.lock().insert((value.to_owned(), what.to_owned()));
        }
    }

    /// Names of the credentials that stand verbatim in a text.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Vec<String> {
        let mut names: Vec<_> = self
            .lock()
            .iter()
            .filter(|(value, _)| text.contains(value.as_str()))
            .map(|(_, what)| what.clone())
            .collect();
        names.dedup();
        names
    }

    /// The text with every known credential struck out.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (value, what) in self.lock().iter() {
            if out.contains(value.as_str()) {
                out = out.replace(value.as_str(), &format!("<{what}>"));
            }
        }
        out
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<(String, String)>> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn one(
    secret: &Secret,
    folder: &Path,
    overlay: &BTreeMap<String, String>,
) -> Result<String, String> {
    match secret {
        Secret::Env(name) => overlay
            .get(name)
            .cloned()
            .or_else(|| std::env::var(name).ok())
            .ok_or_else(|| format!("the environment variable {name} is not set")),
        Secret::File(path) => std::fs::read_to_string(folder.join(path))
            .map(|s| s.trim_end_matches(['\n', '\r']).to_owned())
            .map_err(|e| format!("{path}: {e}")),
        Secret::Command(words) => {
            let (program, arguments) =
                words.split_first().ok_or_else(|| "the command is empty".to_owned())?;
            let out = std::process::Command::new(program)
                .args(arguments)
                .current_dir(folder)
                .output()
                .map_err(|e| format!("{program}: {e}"))?;
            if !out.status.success() {
                return Err(format!("{program} ended with {}", out.status));
            }
            String::from_utf8(out.stdout)
                .map(|s| s.trim().to_owned())
                .map_err(|_| format!("{program} printed no UTF-8"))
        }
    }
}
