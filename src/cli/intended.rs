//! What a command line intends: target, scripts and features, loaded and checked, with everything that is wrong at once.
//! Sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::agreed::{self, Agreed};
use crate::error::{Error, Problem};
use crate::model::{AskedControl, Cut, Shard, Waivers};
use crate::plan::feature::Preflight;
use crate::plan::{
    Declared, Named, Overlay, Planned, Scripts, Suite, cut, load_target, shipped_target,
};
use crate::report::words;
use crate::requirements::Catalog;
use crate::steps::Book;

/// An exception that ends within so many days is worth a word.
const SOON: i64 = 30;

/// What was named on the command line.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Target file; the built-in reference system where none is given.
    pub target: Option<&'a Path>,
    /// Tag expression.
    pub tags: Option<&'a str>,
    /// Features, scripts, folders of them; the shipped suite where none is given.
    pub paths: &'a [PathBuf],
    /// Waivers, and controls that evidence is asked for.
    pub agreed: &'a Agreed,
    /// Only this part of what is selected.
    pub shard: Option<Cut>,
}

/// What is intended.
pub struct Intended {
    /// The target and its recipe.
    pub declared: Declared,
    /// Scripts that features may name.
    pub scripts: Scripts,
    /// The features.
    pub suite: Suite,
    /// Failures that somebody answers for.
    pub waivers: Waivers,
    /// Digests of the files that they stand in.
    pub waiver_files: BTreeMap<String, String>,
    /// Controls that evidence is asked for.
    pub controls: Vec<AskedControl>,
    /// Every scenario, selected or not.
    pub planned: Vec<Planned>,
    /// The part of them that is to be run, where it is not all that are selected.
    pub shard: Option<Shard>,
    /// What deserves attention but stops nothing.
    pub warnings: Vec<Problem>,
}

/// The scripts that ship. The vocabulary takes as long to read as they do, and is read meanwhile.
fn shipped() -> Result<Scripts, Vec<Problem>> {
    std::thread::scope(|both| {
        both.spawn(Book::shipped);
        Scripts::shipped()
    })
}

/// Loads and checks everything.
///
/// # Errors
/// All problems at once; `Error::Nothing` where nothing is selected.
pub fn intended(asked: Asked<'_>, overlay: &Overlay) -> Result<Intended, Error> {
    let mut problems = Vec::new();
    let declared = keep(target(asked.target, overlay), &mut problems);
    let named = readable(asked.paths, Named::find, &mut problems);
    let shipped = keep(shipped(), &mut problems).unwrap_or_default();
    let scripts = shipped.clone().with_files(&named.scripts);
    let scripts = keep(scripts, &mut problems);
    let all_read = scripts.is_some();
    let scripts = scripts.unwrap_or(shipped);
    // Scripts alone change what the shipped suite does; a path with nothing in it selects nothing.
    let mut suite = match asked.paths.is_empty() || !named.scripts.is_empty() {
        true if named.features.is_empty() => Suite::shipped(),
        _ => readable(&named.features, Suite::of, &mut problems),
    };
    if let Some(tags) = asked.tags {
        let tagged = suite.clone().with_tags(tags).map_err(|p| vec![p]);
        suite = keep(tagged, &mut problems).unwrap_or(suite);
    }
    let requirements: BTreeSet<String> = agreed::requirements().into_keys().collect();
    problems.extend(suite.preflight(&Preflight {
        book: Book::shipped(),
        scripts: all_read.then_some(&scripts),
        requirements: &requirements,
        declared: declared.as_ref(),
    }));
    let controls = keep(asked.agreed.asked(declared.as_ref()), &mut problems).unwrap_or_default();
    let mut waiver_files = BTreeMap::new();
    let mut waivers = Waivers::default();
    if let Some(declared) = &declared {
        let mut warnings = Vec::new();
        let beside = (&mut waiver_files, &mut warnings);
        let read = asked.agreed.waivers(declared, &suite, &scripts, beside);
        waivers = keep(read, &mut problems).unwrap_or_default();
        problems.extend(warnings);
    }
    let declared = match declared {
        Some(declared) if problems.iter().all(|p| p.warning) => declared,
        _ => return Err(Error::Problems(problems)),
    };
    suite.only = asked.agreed.selects(&suite, &scripts, &controls);
    problems.extend(declared.warnings.iter().cloned());
    let mut planned = suite.planned().map_err(Error::Problems)?;
    problems.extend(declared.gaps(&suite, &scripts, &judged_by(&planned)));
    problems.extend(lapsing(&declared));
    let strangers = suite.unknown_tags(&planned);
    if !planned.iter().any(|p| p.selected) {
        let strangers = strangers.iter().map(|tag| format!("; {}", tag.what));
        return Err(Error::Nothing(format!(
            "nothing is selected: {} discovered, none left by paths, tags and controls{}",
            words::count(planned.len() as u64, "scenario"),
            strangers.collect::<String>()
        )));
    }
    problems.extend(strangers);
    let shard = asked.shard.map(|asked| cut::cut(&mut planned, asked));
    if let Some(shard) = &shard {
        suite.only = Some(cut::places(&planned, shard));
    }
    Ok(Intended {
        declared,
        scripts,
        suite,
        waivers,
        waiver_files,
        controls,
        planned,
        shard,
        warnings: problems,
    })
}

/// Capabilities that the requirements of selected scenarios need.
fn judged_by(planned: &[Planned]) -> BTreeSet<String> {
    let catalog = Catalog::shipped();
    let tags = planned.iter().filter(|p| p.selected).flat_map(|p| &p.tags);
    let ids = tags.filter_map(|tag| tag.strip_prefix("requirement:"));
    ids.filter_map(|id| catalog.find(id)).flat_map(|r| r.needs.iter().cloned()).collect()
}

/// What of the target file does not hold today, or not for long.
fn lapsing(declared: &Declared) -> Vec<Problem> {
    let (today, soon) = agreed::days(SOON);
    declared.lapsing(&today, &soon)
}

/// The target of a command line.
///
/// # Errors
/// Everything that is wrong with it or its recipe.
pub fn target(path: Option<&Path>, overlay: &Overlay) -> Result<Declared, Vec<Problem>> {
    match path {
        Some(path) => load_target(path, overlay),
        None => shipped_target("reference", overlay),
    }
}

impl Intended {
    /// SHA-256 of all files that say what is meant.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        let declared = &self.declared;
        let features = self.suite.files.iter().map(|f| (&f.source.file, &f.source.digest));
        let scripts = self.scripts.iter().map(|(_, s)| (&s.file, &s.digest));
        let target =
            [(&declared.file, &declared.digest), (&declared.recipe_file, &declared.recipe_digest)];
        let waivers = self.waiver_files.iter();
        features
            .chain(scripts)
            .chain(target)
            .chain(waivers)
            .map(|(f, d)| (f.clone(), d.clone()))
            .collect()
    }
}

/// Reads what can be read: what is wrong with the rest is a problem, and does not hide what is wrong elsewhere.
fn readable<P: Clone, T: Default>(
    all: &[P],
    read: fn(&[P]) -> Result<T, Vec<Problem>>,
    problems: &mut Vec<Problem>,
) -> T {
    let wrong = match read(all) {
        Ok(read) => return read,
        Err(wrong) => wrong,
    };
    problems.extend(wrong);
    let good: Vec<P> =
        all.iter().filter(|p| read(std::slice::from_ref(p)).is_ok()).cloned().collect();
    read(&good).unwrap_or_default()
}

fn keep<T>(done: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    done.map_err(|wrong| problems.extend(wrong)).ok()
}
