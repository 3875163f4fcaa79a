//! `recant verdict DIR`: the result and exit code of a run again, from its written report.

use std::io::Write;
use std::path::PathBuf;

use super::{Shared, run_folder, stdout};
use crate::error::Error;
use crate::exit::Exit;
use crate::report;
use crate::report::terminal::styled;

/// Options of `recant verdict`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Prints the result and gives its exit code.
///
/// # Errors
/// Where the report is missing, damaged or altered: never a green exit then.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    run_folder::is_there(&args.folder)?;
    let report = report::read(&args.folder).map_err(|why| {
        let folder = args.folder.display();
        Error::Broken(format!(
            "{why}\nrecant judge {folder} judges the record itself, where it is whole"
        ))
    })?;
    let exit = report.derive();
    if !shared.quiet {
        let findings = report::words::sum(&report.counts.findings);
        // One part must not be taken for the whole.
        let shard = report.selection.shard.as_ref().map(|s| format!(" {}", s.name()));
        let (word, shard) = (styled(exit.word(), 0), shard.unwrap_or_default());
        writeln!(stdout(), "{word}{shard} (exit {}): {findings}", exit.code())?;
    }
    Ok(exit)
}
