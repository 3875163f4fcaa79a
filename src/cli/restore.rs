//! `recant restore DIR`: undoes what a run left behind that was killed, or could not undo itself.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::run_lock::RunLock;
use super::{Shared, run_folder, stdout, undo};
use crate::drive::{Entry, Journal, Restored, restore};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::plan::{Overlay, PlanRecord, load_target};
use crate::report::{self, Record, read_json, visible::line, words};

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
    run_folder::is_there(&args.folder)?;
    let plan: Result<PlanRecord, String> = read_json(&args.folder.join("plan.json"));
    if plan.is_ok_and(|plan| !plan.shards.is_empty()) {
        let what =
            format!("{} is a merged run, which changed nothing itself", args.folder.display());
        let help = "restore the run folder of its shard, and merge the shards again";
        return Err(Error::Problems(vec![Problem::new(what).help(help)]));
    }
    // What a run that is still going has changed is not left behind.
    let _lock = RunLock::take(&args.folder)?;
    let open = Journal::open_entries(&journal)
        .map_err(|e| Error::Broken(format!("{} can't be read: {e}", journal.display())))?;
    let lost = lost(&args.folder)?;
    let mut out = stdout();
    if open.is_empty() && lost.is_empty() {
        // An earlier restore may have been stopped before it wrote the reports.
        if report::read(&args.folder).is_ok_and(|r| !r.unrestored.is_empty()) {
            written_anew(&args.folder, shared)?;
        }
        if !shared.quiet {
            writeln!(out, "nothing is left to undo")?;
        }
        return Ok(Exit::Conformant);
    }
    let done = match open.is_empty() {
        true => Restored::default(),
        false => match undone(args, shared, &open)? {
            Some(done) => done,
            None => return Ok(Exit::Conformant),
        },
    };
    for what in &done.undone {
        writeln!(out, "undone        {}", line(what))?;
    }
    for what in done.unrestored.iter().chain(&lost) {
        writeln!(out, "still changed {}", line(what))?;
    }
    written_anew(&args.folder, shared)?;
    if done.unrestored.is_empty() && lost.is_empty() {
        let count = words::count(done.undone.len() as u64, "change");
        writeln!(out, "{count} undone; nothing is left to undo")?;
        return Ok(Exit::Conformant);
    }
    if !lost.is_empty() {
        writeln!(out, "what the journal does not hold must be undone by hand, at the target")?;
    }
    Ok(Exit::NotRestored)
}

/// What the record shows and the journal should have.
fn lost(folder: &Path) -> Result<Vec<String>, Error> {
    let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
    match Record::open(folder) {
        Ok(record) => super::undo::lost(folder, &record),
        // What is left of the journal is undone. Where nothing is left of either nobody knows what to undo.
        Err(why) if size("undo.jsonl") == 0 && size("history.jsonl") > 0 => {
            Err(Error::Broken(format!(
                "the undo journal is empty, and the record does not tell what was changed: {why}"
            )))
        }
        Err(_) => Ok(Vec::new()),
    }
}

/// Undoes what the journal has open. `None` where it was the reference system's, which is gone.
fn undone(args: &Args, shared: &Shared, open: &[Entry]) -> Result<Option<Restored>, Error> {
    let journal = args.folder.join("undo.jsonl");
    let file = match &args.target {
        Some(file) => file.clone(),
        None => {
            let plan: PlanRecord =
                read_json(&args.folder.join("plan.json")).map_err(Error::Broken)?;
            if plan.target_file.starts_with("shipped:") {
                let gone = "the reference system of that run ended with it: nothing is left";
                writeln!(stdout(), "{gone}")?;
                close(&journal, open)
                    .map_err(|e| Error::Broken(format!("{}: {e}", journal.display())))?;
                written_anew(&args.folder, shared)?;
                return Ok(None);
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
    Ok(Some(done))
}

fn close(journal: &Path, open: &[Entry]) -> std::io::Result<()> {
    let journal = Journal::reopen(journal)?;
    open.iter().try_for_each(|entry| match entry {
        Entry::Open { id, .. } | Entry::NotMade { id } | Entry::Closed { id } => journal.close(*id),
    })
}

/// Writes the reports anew, because what they say of changes in force is no longer so. Without a record (a run that was
/// killed before its first request) there is nothing to report, and the undoing counts.
fn written_anew(folder: &Path, shared: &Shared) -> Result<(), Error> {
    let mut out = stdout();
    let record = match Record::open(folder) {
        Ok(record) => record,
        Err(why) => {
            writeln!(out, "the reports are left as they are: {}", line(&why))?;
            return Ok(());
        }
    };
    let report = record.report(&record.judge(), &undo(folder, &record)?);
    report::write(folder, &report, record.views()).map_err(|e| {
        Error::Broken(format!("{}: the reports can't be written: {e}", folder.display()))
    })?;
    if !shared.quiet {
        let (word, code) = (report.result.word(), report.result.code());
        writeln!(out, "the reports are written anew: {word} (exit {code})")?;
    }
    Ok(())
}
