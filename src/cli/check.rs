//! `recant check`: everything that can be wrong before a request is sent. Sends nothing.

use std::io::Write;
use std::path::PathBuf;

use super::embedded::Embedded;
use super::intended::{Asked, intended};
use super::{Shared, stdout};
use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::report::{visible::line, words};

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
    let asked =
        Asked { target: args.target.as_deref(), tags: args.tags.as_deref(), paths: &args.paths };
    // Secrets of the shipped target exist only while `recant run` has its reference system up: these stand in.
    let embedded = args.target.is_none().then(|| Embedded::new(Vec::new()));
    let overlay = embedded.as_ref().map(Embedded::overlay).unwrap_or_default();
    let intended = intended(asked, &overlay)?;
    let mut out = stdout();
    write!(out, "{}", render_problems(&intended.warnings, true))?;
    if !shared.quiet {
        let selected = intended.planned.iter().filter(|p| p.selected).count();
        writeln!(
            out,
            "nothing is wrong: {} in {}, {selected} selected, against {}",
            words::count(intended.planned.len() as u64, "scenario"),
            words::count(intended.suite.files.len() as u64, "feature"),
            line(&intended.declared.target.target.name)
        )?;
    }
    Ok(Exit::Conformant)
}
