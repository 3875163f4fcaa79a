//! `recant restore DIR`: undoes what a run left behind that was killed, or could not undo itself.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::run_lock::RunLock;
use super::{Shared, stdout};
use crate::drive::{Journal, restore};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::plan::{Overlay, PlanRecord, load_target};
use crate::report::{read_json, visible::line, words};

/// Options of `recant restore`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The target file, where it is not any more where the run read it.
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
}

/// Undoes everything that the journal has open, latest first. Doing it again does no harm.
///
/// # Errors
/// Where journal or target file can't be read.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let journal = args.folder.join("undo.jsonl");
    if !args.folder.is_dir() {
        let problem = Problem::new(format!("there is no run folder {}", args.folder.display()));
        return Err(Error::Problems(vec![problem]));
    }
    // What a run that is still going has changed is not left behind.
    let _lock = RunLock::take(&args.folder)?;
    let open = Journal::open_entries(&journal)
        .map_err(|e| Error::Broken(format!("{} can't be read: {e}", journal.display())))?;
    let mut out = stdout();
    if open.is_empty() {
        if !shared.quiet {
            writeln!(out, "nothing is left to undo")?;
        }
        return Ok(Exit::Conformant);
    }
    let file = match &args.target {
        Some(file) => file.clone(),
        None => {
            let plan: PlanRecord =
                read_json(&args.folder.join("plan.json")).map_err(Error::Broken)?;
            if plan.target_file.starts_with("shipped:") {
                writeln!(out, "the reference system of that run ended with it: nothing is left")?;
                return Ok(Exit::Conformant);
            }
            PathBuf::from(plan.target_file)
        }
    };
    let overlay = Overlay::default();
    let declared = load_target(&file, &overlay).map_err(Error::Problems)?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|e| Error::Broken(format!("no threads can be started: {e}")))?;
    let done = runtime
        .block_on(restore(&args.folder, Arc::new(declared), &overlay))
        .map_err(|halt| Error::Broken(halt.to_string()))?;
    for what in &done.undone {
        writeln!(out, "undone        {}", line(what))?;
    }
    for what in &done.unrestored {
        writeln!(out, "still changed {}", line(what))?;
    }
    if done.unrestored.is_empty() {
        let count = words::count(done.undone.len() as u64, "change");
        writeln!(out, "{count} undone; nothing is left to undo")?;
        return Ok(Exit::Conformant);
    }
    Ok(Exit::NotRestored)
}
