//! All requirements, by id, by short id and by the sentence that asks for them. Holds data; judges nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Point, Requirement};

/// Every `<point>/<id>.toml` as it stood when the binary was built: path without folder, and text.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_requirements.rs"));

/// The requirements that findings are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    requirements: Vec<Requirement>,
    by_id: BTreeMap<String, usize>,
    by_alias: BTreeMap<String, usize>,
    by_obligation: BTreeMap<String, usize>,
}

impl Catalog {
    /// The catalogue that is built into the binary.
    ///
    /// # Panics
    /// Where an embedded file is broken, which `tests/it/catalog.rs` rules out before a binary leaves the house.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Catalog> = LazyLock::new(|| {
            Catalog::of(FILES.iter().copied())
                .unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")))
        });
        &SHIPPED
    }

    /// The texts of the embedded files by path, for tests and for `recant explain --source`.
    #[must_use]
    pub fn files() -> &'static [(&'static str, &'static str)] {
        FILES
    }

    /// Reads requirement files: `enforcement/old-token-refused.toml` and its text.
    ///
    /// # Errors
    /// All that is wrong, one sentence each: a file that does not parse, an id or point that is not the file's path,
    /// a short id or an obligation that two files use, an unknown member.
    pub fn of<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<String>> {
        let mut catalog = Self::default();
        let mut wrong = Vec::new();
        for (path, text) in files {
            match toml::from_str::<Requirement>(text) {
                Ok(requirement) => catalog.add(path, requirement, &mut wrong),
                Err(e) => wrong.push(format!("{path}: {e}")),
            }
        }
        if wrong.is_empty() { Ok(catalog) } else { Err(wrong) }
    }

    /// All requirements, in the order of their evidence points, then of their short ids.
    pub fn all(&self) -> impl Iterator<Item = &Requirement> {
        let mut order: Vec<&Requirement> = self.requirements.iter().collect();
        order.sort_by(|a, b| (a.point, &a.alias).cmp(&(b.point, &b.alias)));
        order.into_iter()
    }

    /// A requirement by its id (`enforcement/old-token-refused`), the last part of it, or its short id (`E-01`).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Requirement> {
        let index = self.by_id.get(name).or_else(|| self.by_alias.get(&name.to_uppercase()));
        let tail = || {
            let mut same =
                self.by_id.iter().filter(|(id, _)| id.split('/').next_back() == Some(name));
            // Two points may use one name: then only the whole id will do.
            same.next().filter(|_| same.next().is_none()).map(|(_, index)| index)
        };
        index.or_else(tail).and_then(|&i| self.requirements.get(i))
    }

    /// The requirement that a `Then` sentence asks for.
    #[must_use]
    pub fn asked_by(&self, sentence: &str) -> Option<&Requirement> {
        self.by_obligation.get(sentence.trim()).and_then(|&i| self.requirements.get(i))
    }

    /// Number of requirements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requirements.len()
    }

    /// True for a catalogue without requirements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    fn add(&mut self, path: &str, requirement: Requirement, wrong: &mut Vec<String>) {
        let id = path.strip_suffix(".toml").unwrap_or(path);
        if requirement.id != id {
            wrong.push(format!(
                "{path}: its id is {:?}, but the file's path says {id:?}",
                requirement.id
            ));
        }
        let point = point_name(requirement.point);
        if !id.starts_with(&format!("{point}/")) {
            wrong.push(format!("{path}: its point is {point}, but it stands in another folder"));
        }
        let index = self.requirements.len();
        if self.by_id.insert(requirement.id.clone(), index).is_some() {
            wrong.push(format!("{path}: another file has the id {:?}", requirement.id));
        }
        if self.by_alias.insert(requirement.alias.clone(), index).is_some() {
            wrong.push(format!("{path}: another file has the short id {:?}", requirement.alias));
        }
        if self.by_obligation.insert(requirement.obligation.clone(), index).is_some() {
            wrong.push(format!("{path}: another file asks {:?}", requirement.obligation));
        }
        self.requirements.push(requirement);
    }
}

fn point_name(point: Point) -> &'static str {
    match point {
        Point::Policy => "policy",
        Point::Token => "token",
        Point::Enforcement => "enforcement",
        Point::Signal => "signal",
        Point::Governance => "governance",
    }
}
