//! `recant check`: everything that can be wrong before a request is sent. Sends nothing.

use std::io::Write;
use std::path::PathBuf;

use super::agreed::Agreed;
use super::embedded::Embedded;
use super::intended::{Asked, intended};
use super::{Shared, stdout};
use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::plan::Overlay;
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
    /// Waivers, and controls that evidence is asked for.
    #[command(flatten)]
    pub agreed: Agreed,
    /// Features, scenario scripts, or folders (scripts are found in those called `scenarios`); the shipped suite where none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Checks as `recant run` does before it sends anything, and says what would be run.
///
/// # Errors
/// All problems at once; `Error::Nothing` where nothing is selected.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let asked = Asked {
        target: args.target.as_deref(),
        tags: args.tags.as_deref(),
        paths: &args.paths,
        agreed: &args.agreed,
        shard: None,
    };
    // The secrets of the shipped target are made when its system is started; here they only have to be there.
    let overlay = match args.target {
        None => Embedded::new(Vec::new()).overlay(),
        Some(_) => Overlay::default(),
    };
    let intended = intended(asked, &overlay)?;
    let mut out = stdout();
    write!(out, "{}", render_problems(&intended.warnings, true))?;
    if !shared.quiet {
        let discovered = words::count(intended.planned.len() as u64, "scenario");
        let files = words::count(intended.suite.files.len() as u64, "feature");
        let selected = intended.planned.iter().filter(|p| p.selected).count();
        let target = &intended.declared.target.target.name;
        writeln!(
            out,
            "{}: {discovered} in {files}, {selected} selected, against {}",
            match intended.warnings.len() as u64 {
                0 => "nothing is wrong".to_owned(),
                n => format!("no mistakes, {}", words::count(n, "warning")),
            },
            line(target)
        )?;
    }
    out.flush()?;
    Ok(Exit::Conformant)
}
