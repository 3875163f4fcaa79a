//! `recant check`: everything that can be wrong before a request is sent. Sends nothing.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use super::{Shared, stdout};
use crate::error::{Error, Problem, render_problems};
use crate::exit::Exit;
use crate::plan::feature::{Preflight, StepBook};
use crate::plan::{Declared, Named, Overlay, Scripts, Suite, load_target, shipped_target};
use crate::report::{visible::line, words};
use crate::requirements::Catalog;
use crate::steps::Book;

/// Options of `recant check`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// The target file; the built-in reference system where none is given.
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Selects scenarios: `@token and not @slow`.
    #[arg(long, value_name = "EXPRESSION")]
    pub tags: Option<String>,
    /// Features, scenario scripts, or folders of them; the shipped suite where none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Checks, and says what would be run.
///
/// # Errors
/// All problems at once.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let mut problems = Vec::new();
    let declared = keep(declared(args), &mut problems);
    let named = keep(Named::find(&args.paths), &mut problems).unwrap_or_default();
    let scripts = Scripts::shipped().and_then(|s| s.with_files(&named.scripts));
    let scripts = keep(scripts, &mut problems).unwrap_or_default();
    let suite =
        if named.features.is_empty() { Ok(Suite::shipped()) } else { Suite::of(&named.features) };
    let suite = keep(suite, &mut problems).unwrap_or_default();
    let suite = match &args.tags {
        None => suite,
        Some(tags) => {
            let tagged = suite.with_tags(tags).map_err(|p| vec![p]);
            keep(tagged, &mut problems).unwrap_or_default()
        }
    };
    let requirements: BTreeSet<_> =
        Catalog::shipped().all().flat_map(|r| [r.id.clone(), r.alias.clone()]).collect();
    let preflight = Preflight {
        book: &Vocabulary,
        scripts: &scripts,
        requirements: &requirements,
        declared: declared.as_ref(),
    };
    problems.extend(suite.preflight(&preflight));
    if problems.iter().any(|p| !p.warning) {
        return Err(Error::Problems(problems));
    }
    let planned = suite.planned().map_err(Error::Problems)?;
    let selected = planned.iter().filter(|p| p.selected).count();
    if selected == 0 {
        return Err(Error::Nothing(format!(
            "nothing is selected: {} discovered, none left by paths and tags",
            words::count(planned.len() as u64, "scenario")
        )));
    }
    let mut out = stdout();
    write!(out, "{}", render_problems(&problems, true))?;
    if !shared.quiet {
        let what = words::count(planned.len() as u64, "scenario");
        let files = words::count(suite.files.len() as u64, "feature");
        let target = declared.map(|d| d.target.target.name).unwrap_or_default();
        writeln!(
            out,
            "nothing is wrong: {what} in {files}, {selected} selected, against {}",
            line(&target)
        )?;
    }
    Ok(Exit::Conformant)
}

/// Secrets of the shipped target exist only while `recant run` has its reference system up: here any text stands in.
fn declared(args: &Args) -> Result<Declared, Vec<Problem>> {
    match &args.target {
        Some(path) => load_target(path, &Overlay::default()),
        None => shipped_target("reference", &Overlay::default()),
    }
}

fn keep<T>(done: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    done.map_err(|wrong| problems.extend(wrong)).ok()
}

/// The shipped sentences, as preflight asks for them.
struct Vocabulary;

impl StepBook for Vocabulary {
    fn matching(&self, text: &str) -> Vec<usize> {
        Book::shipped().matching(text)
    }

    fn nearest(&self, text: &str, n: usize) -> Vec<String> {
        Book::shipped().nearest(text, n)
    }

    fn expression(&self, definition: usize) -> String {
        let known = Book::shipped().definitions().get(definition);
        known.map_or_else(String::new, |d| d.expression().to_owned())
    }
}
