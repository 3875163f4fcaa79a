//! All frameworks, and what a report prints for the id that a requirement cites.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::{Control, Framework};

/// Every `*.toml` of this folder as it stood when the binary was built: file name and text.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_controls.rs"));

/// The frameworks that are built into the binary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frameworks {
    frameworks: Vec<Framework>,
    by_id: BTreeMap<String, (usize, usize)>,
}

/// A control as a requirement cites it, and as its catalogue publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// The id as cited: `PR.AC-4`, `NHI-03`.
    pub cited: String,
    /// The title that goes with the cited id.
    pub title: String,
    /// The catalogue and version of the cited id, in words.
    pub catalogue: String,
    /// What a reader must know; empty mostly.
    pub note: String,
    /// Where the same thing is published under another id: `PR.AA-05` for `PR.AC-4`.
    pub published: Vec<Published>,
}

/// A published control that a cited one stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Catalogue and version.
    pub catalogue: String,
    /// How the two relate, and who says so.
    pub how: String,
}

impl Frameworks {
    /// The frameworks that are built into the binary.
    ///
    /// # Panics
    /// Where an embedded file is broken, which `tests/it/catalog.rs` rules out before a binary leaves the house.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Frameworks> = LazyLock::new(|| {
            Frameworks::of(FILES.iter().copied())
                .unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")))
        });
        &SHIPPED
    }

    /// Reads framework files: `nist-800-53.toml` and its text.
    ///
    /// # Errors
    /// All that is wrong, one sentence each: a file that does not parse, an id that is not the file's name, a control id
    /// that two files use, a crosswalk to a control that no file has.
    pub fn of<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<String>> {
        let mut all = Self::default();
        let mut wrong = Vec::new();
        for (path, text) in files {
            match toml::from_str::<Framework>(text) {
                Ok(framework) => all.add(path, framework, &mut wrong),
                Err(e) => wrong.push(format!("{path}: {e}")),
            }
        }
        for framework in &all.frameworks {
            for (control, other) in
                framework.control.iter().flat_map(|c| c.crosswalk.iter().map(move |w| (c, w)))
            {
                if !all.by_id.contains_key(&other.id) {
                    wrong.push(format!(
                        "{}.toml: {} points to {:?}, which no framework has",
                        framework.id, control.id, other.id
                    ));
                }
            }
        }
        if wrong.is_empty() { Ok(all) } else { Err(wrong) }
    }

    /// All frameworks, by the names of their files.
    #[must_use]
    pub fn all(&self) -> &[Framework] {
        &self.frameworks
    }

    /// A control and its framework, by the control's id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(&Framework, &Control)> {
        let &(framework, control) = self.by_id.get(id)?;
        let framework = self.frameworks.get(framework)?;
        Some((framework, framework.control.get(control)?))
    }

    /// What a report prints for an id that a requirement cites; `None` for an id that no framework has.
    #[must_use]
    pub fn citation(&self, id: &str) -> Option<Citation> {
        let (framework, control) = self.find(id)?;
        let published = control.crosswalk.iter().filter_map(|other| {
            let (framework, control) = self.find(&other.id)?;
            Some(Published {
                id: control.id.clone(),
                title: control.title.clone(),
                catalogue: framework.name(),
                how: other.how.clone(),
            })
        });
        Some(Citation {
            cited: control.id.clone(),
            title: control.title.clone(),
            catalogue: framework.name(),
            note: control.note.clone(),
            published: published.collect(),
        })
    }

    fn add(&mut self, path: &str, framework: Framework, wrong: &mut Vec<String>) {
        if path.strip_suffix(".toml") != Some(&framework.id) {
            wrong.push(format!("{path}: its id is {:?}, not the file's name", framework.id));
        }
        let index = self.frameworks.len();
        for (i, control) in framework.control.iter().enumerate() {
            if self.by_id.insert(control.id.clone(), (index, i)).is_some() {
                wrong.push(format!("{path}: the control {:?} is there twice", control.id));
            }
        }
        self.frameworks.push(framework);
    }
}

impl Framework {
    /// Title and version, as people cite it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.title, self.version).trim_end().to_owned()
    }
}

impl Citation {
    /// One short line for a finding: `PR.AC-4 / PR.AA-05`, `NHI-03 (as cited) / NHI7:2025`.
    #[must_use]
    pub fn label(&self) -> String {
        let unpublished = if self.note.is_empty() { "" } else { " (as cited)" };
        let mut label = format!("{}{unpublished}", self.cited);
        for other in &self.published {
            label += " / ";
            label += &other.id;
        }
        label
    }
}
