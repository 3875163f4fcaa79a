//! What was agreed on before a run: waivers, and the controls that it is to give evidence for. Names of both are looked up here,
//! where catalogue and frameworks are at hand. Sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::controls::Frameworks;
use crate::error::Problem;
use crate::model::{AskedControl, Place, Waivers};
use crate::plan::feature::Sheet;
use crate::plan::{Declared, Scripts, Suite, WaiverTerms, asked_control, suggestion};
use crate::requirements::Catalog;
use crate::steps::{Book, Deed, Scene};

/// A waiver that ends within so many days is worth a word.
const SOON: i64 = 7;

/// The options, for every command that takes a target through a suite.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Agreed {
    /// Files of waivers (TOML): failures that somebody answers for until a day, besides those that the target file names.
    /// What they cover is reported as always, and does not fail the run.
    /// May be given several times.
    #[arg(long, value_name = "FILE")]
    pub waivers: Vec<PathBuf>,
    /// Selects the scenarios that are evidence for these controls, as cited or as published; a run without evidence for one
    /// of them is not conformant. Instead of the controls of the target file.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub controls: Vec<String>,
}

/// Ids of requirements by everything that each may be called: its id, its short id, and the last part of its id where that is
/// one requirement's only.
pub fn requirements() -> BTreeMap<String, String> {
    let catalog = Catalog::shipped();
    let names = catalog.all().flat_map(|r| {
        let tail = r.id.split('/').next_back().unwrap_or(&r.id);
        let tail = catalog.find(tail).map(|_| tail.to_owned());
        [Some(r.id.clone()), Some(r.alias.clone()), tail].into_iter().flatten().map(|n| (n, &r.id))
    });
    names.map(|(name, id)| (name, id.clone())).collect()
}

/// Ids of the requirements that are evidence for a control, by its id as they cite it and as it is published elsewhere.
pub fn controls() -> BTreeMap<String, BTreeSet<String>> {
    let frameworks = Frameworks::shipped();
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for requirement in Catalog::shipped().all() {
        for cited in &requirement.controls {
            let citation = frameworks.citation(cited);
            let published = citation.iter().flat_map(|c| &c.published).map(|p| &p.id);
            for id in std::iter::once(cited).chain(published) {
                all.entry(id.clone()).or_default().insert(requirement.id.clone());
            }
        }
    }
    all
}

impl Agreed {
    /// The controls that evidence is asked for.
    ///
    /// # Errors
    /// Those that nobody knows, with the nearest.
    pub fn asked(&self, declared: Option<&Declared>) -> Result<Vec<AskedControl>, Vec<Problem>> {
        let of_target = declared.map_or(&[] as &[String], |d| &d.target.target.controls);
        let names = if self.controls.is_empty() { of_target } else { &self.controls };
        let known = controls();
        let (mut asked, mut wrong): (Vec<AskedControl>, Vec<Problem>) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            if let Some(requirements) = known.get(name) {
                if asked.iter().all(|a| a.control != *name) {
                    asked.push(AskedControl {
                        control: name.clone(),
                        requirements: requirements.clone(),
                    });
                }
                continue;
            }
            let help = suggestion(name, known.keys().map(String::as_str), "controls");
            let problem =
                Problem::new(format!("no requirement is evidence for a control `{name}`"))
                    .help(help);
            wrong.push(match declared.filter(|_| self.controls.is_empty()) {
                Some(declared) => asked_control(declared, index, problem),
                None => problem,
            });
        }
        if wrong.is_empty() { Ok(asked) } else { Err(wrong) }
    }

    /// The scenarios of a suite that oblige to what is evidence for these controls; all of them where the command line
    /// names none.
    pub fn selects(
        &self,
        suite: &Suite,
        scripts: &Scripts,
        asked: &[AskedControl],
    ) -> Option<BTreeSet<Place>> {
        if self.controls.is_empty() {
            return None;
        }
        let wanted: BTreeSet<&str> =
            asked.iter().flat_map(|a| &a.requirements).map(String::as_str).collect();
        let scripts = std::sync::Arc::new(scripts.clone());
        let mut places = BTreeSet::new();
        for file in &suite.files {
            // What can't be read has been said.
            let Ok(sheet) = file.sheet() else { continue };
            for row in Sheet::rows(&*sheet) {
                let mut scene = Scene::knowing(scripts.clone());
                let steps = sheet.background(row.rule).chain(&row.scenario.steps);
                let obliges = steps.filter_map(|step| {
                    let table = step.table.as_ref().map(|t| t.rows.clone()).unwrap_or_default();
                    match Book::shipped().deed(&step.value, table, &mut scene) {
                        Ok(Deed::Oblige { asks, .. }) => Some(asks),
                        _ => None,
                    }
                });
                let mut asks = obliges.flatten();
                let evidence = asks.any(|ask| {
                    let found = Catalog::shipped().find(&ask.requirement);
                    found.is_some_and(|r| wanted.contains(r.id.as_str()))
                });
                if evidence {
                    places.insert(row.place.clone());
                }
            }
        }
        Some(places)
    }

    /// Reads the waivers of the target file and of the command line. The digests of their files are added to `digests`.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub fn waivers(
        &self,
        declared: &Declared,
        suite: &Suite,
        scripts: &Scripts,
        beside: (&mut BTreeMap<String, String>, &mut Vec<Problem>),
    ) -> Result<Waivers, Vec<Problem>> {
        let at = &declared.target.waivers;
        let own = at.file.iter().map(|file| declared.folder.join(file));
        let files: Vec<PathBuf> = own.chain(self.waivers.iter().cloned()).collect();
        let mut waivers = Waivers { longest_days: at.longest_days, all: Vec::new() };
        if files.is_empty() {
            return Ok(Waivers::default());
        }
        let (today, soon) = days(SOON);
        let terms = WaiverTerms {
            requirements: &requirements(),
            controls: &controls(),
            scenarios: &scenarios(suite, scripts),
            declared,
            days: (&today, &soon),
        };
        let mut wrong = Vec::new();
        for file in files {
            match terms.read(&file) {
                Ok(read) => {
                    waivers.all.extend(read.waivers);
                    beside.0.insert(read.file.0, read.file.1);
                    beside.1.extend(read.warnings);
                }
                Err(problems) => wrong.extend(problems),
            }
        }
        if wrong.is_empty() { Ok(waivers) } else { Err(wrong) }
    }
}

/// Today, and the day that comes so many days later, UTC: `2026-11-27`.
pub fn days(later: i64) -> (String, String) {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let soon = today.saturating_add(jiff::Span::new().days(later));
    (today.to_string(), soon.to_string())
}

/// Everything that a finding may call its scenario.
fn scenarios(suite: &Suite, scripts: &Scripts) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = scripts.names().map(str::to_owned).collect();
    for file in &suite.files {
        let Ok(sheet) = file.sheet() else { continue };
        all.extend(Sheet::rows(&*sheet).map(|row| row.instance()));
    }
    all
}
