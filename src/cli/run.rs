//! `recant run`: drive, record, judge, report. Joins the parts in their order; decides nothing that a part decides.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use super::embedded::Embedded;
use super::intended::{Asked, Intended, intended, target};
use super::run_folder::{self, RunFolder};
use super::signals::Signals;
use super::{Shared, stdout, undo};
use crate::drive::{Halt, LONGEST_WAIT, Run, RunInputs};
use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::plan::{Overlay, PlanRecord};
use crate::report::terminal::aside;
use crate::report::{self, Look, Record, atomic};
use crate::suite::{self, Limits, Live, Tally};

/// Options of `recant run`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// The target file; the built-in reference system is started where none is given.
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// A fault of the reference system to switch on, by name or number (`recant faults`); may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    pub fault: Vec<String>,
    /// Selects scenarios: `@token and not @slow`.
    #[arg(long, value_name = "EXPRESSION")]
    pub tags: Option<String>,
    /// Folder of this run; it must not exist or be empty. `reports/runs/<run>` where none is given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Scenarios that send requests at once. One that waits does not count.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: u16,
    /// Features, scenario scripts, or folders of them; the shipped suite where none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Runs, and gives the exit code that the written report says.
///
/// # Errors
/// All problems at once, before anything is sent; or what kept recant from doing its job.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let (faults, mut wrong) = match super::reference::named(&args.fault) {
        Ok(faults) => (faults, Vec::new()),
        Err(wrong) => (Vec::new(), wrong),
    };
    let embedded = args.target.is_none().then(|| Embedded::new(faults));
    let overlay = embedded.as_ref().map(Embedded::overlay).unwrap_or_default();
    let asked =
        Asked { target: args.target.as_deref(), tags: args.tags.as_deref(), paths: &args.paths };
    let intended = match intended(asked, &overlay) {
        Err(Error::Problems(more)) => {
            wrong.extend(more);
            return Err(Error::Problems(wrong));
        }
        _ if !wrong.is_empty() => return Err(Error::Problems(wrong)),
        intended => intended?,
    };
    if !intended.warnings.is_empty() {
        aside(&render_problems(&intended.warnings, true));
    }
    let folder = run_folder::make(args.out.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Broken(format!("no threads can be started: {e}")))?;
    let outcome = runtime.block_on(drive(args, shared, embedded, overlay, intended, &folder));
    // Whatever still hangs in a request must not keep the process: everything is on disk by now.
    runtime.shutdown_background();
    let tally = outcome?;
    report(&folder, shared, &tally)
}

/// Everything that happens on sockets, from the first request to the last line of the record.
async fn drive(
    args: &Args,
    shared: &Shared,
    embedded: Option<Embedded>,
    overlay: Overlay,
    mut intended: Intended,
    folder: &RunFolder,
) -> Result<Tally, Error> {
    let signals = Signals::listen(folder.path.clone())?;
    let mut overlay = overlay;
    let reference = match &embedded {
        Some(embedded) => Some(embedded.start(&mut overlay).await?),
        None => None,
    };
    if reference.is_some() {
        // Its address is only known now.
        intended.declared = target(None, &overlay).map_err(Error::Problems)?;
    }
    let selected = intended.planned.iter().filter(|p| p.selected).count() as u64;
    let faults = embedded.as_ref().map(Embedded::names).unwrap_or_default();
    write_plan(args, &intended, folder, faults)?;
    let (declared, scripts) = (Arc::new(intended.declared), Arc::new(intended.scripts));
    let run = Run::start(RunInputs {
        declared: declared.clone(),
        overlay,
        scripts: scripts.clone(),
        folder: folder.path.clone(),
        run: folder.run.clone(),
        concurrency: usize::from(args.concurrency),
        longest_wait: LONGEST_WAIT,
    })
    .await
    .map_err(broken)?;
    signals.watch(&run);
    let live = Arc::new(Live::new(run.clone(), declared, scripts));
    let progress = suite::progress(selected, shared.quiet, std::io::stderr().is_terminal());
    let suite = Arc::new(intended.suite);
    let tally = suite::run(live, suite, Limits::default(), progress).await;
    // Undoing comes before anything else that may go wrong.
    let finish = run.finish(run.is_interrupted() && tally.broken.is_none()).await;
    if let Some(reference) = reference {
        reference.stop().await;
    }
    finish.map_err(broken)?;
    match &tally.broken {
        Some(why) => Err(Error::Broken(why.clone())),
        None => Ok(tally),
    }
}

fn write_plan(
    args: &Args,
    intended: &Intended,
    folder: &RunFolder,
    faults: Vec<String>,
) -> Result<(), Error> {
    let declared = &intended.declared;
    let target = &declared.target;
    let plan = PlanRecord {
        version: 1,
        run: folder.run.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        planned: jiff::Timestamp::now().to_string(),
        command: std::env::args().collect(),
        target: target.target.name.clone(),
        target_file: declared.file.clone(),
        environment: target.target.environment.clone(),
        profile: target.target.profile,
        bounds: declared.bounds(),
        owners: target.owner.clone(),
        absent: target.absent.clone(),
        faults,
        tls_verified: target.http.verify_tls,
        digests: intended.digests(),
        tags: args.tags.clone(),
        paths: intended.suite.paths.clone(),
        scenarios: intended.planned.clone(),
    };
    let path = folder.path.join("plan.json");
    let broken = |e: std::io::Error| Error::Broken(format!("{}: {e}", path.display()));
    let text = serde_json::to_vec_pretty(&plan).map_err(|e| broken(e.into()))?;
    atomic::write(&path, &text).map_err(broken)
}

/// Judges the record from disk, exactly as `recant judge` does later, and writes the reports.
fn report(folder: &RunFolder, shared: &Shared, tally: &Tally) -> Result<Exit, Error> {
    let record = Record::open(&folder.path).map_err(Error::Broken)?;
    if record.view.ran.len() as u64 != tally.ended {
        return Err(Error::Broken(format!(
            "{} scenarios came to an end, but the record has {}: please report this",
            tally.ended,
            record.view.ran.len()
        )));
    }
    let findings = record.judge();
    let report = record.report(&findings, &undo(&folder.path)?);
    let shown = folder.path.display().to_string();
    report::write(&folder.path, &report)
        .map_err(|e| Error::Broken(format!("{shown}: the reports can't be written: {e}")))?;
    report::print(&mut stdout(), &report, Look { folder: &shown, quiet: shared.quiet })?;
    Ok(report.result)
}

fn broken(halt: Halt) -> Error {
    Error::Broken(match halt {
        Halt::Broken(why) | Halt::Unmet(why) => why,
        Halt::Interrupted => "interrupted before it began".to_owned(),
    })
}
