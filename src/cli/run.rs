//! `recant run`: drive, record, judge, report, and say what came out.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::agreed::Agreed;
use super::embedded::Embedded;
use super::flow::{self, Flow};
use super::intended::{Asked, intended};
use super::ran_by::{self, By};
use super::reports::Reports;
use super::run_folder;
use super::signals::Signals;
use super::{Shared, keys, stdout};
use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::model::Cut;
use crate::report::terminal::aside;
use crate::report::{self, Look};
use crate::suite;

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
    /// Shuffle scenarios, and make up names of subjects and roles, as follows from this number. The same number does the same again.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run one part of what is selected, so that several machines share the work: `2/4` is the second of four. `recant merge`
    /// joins the parts.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Cut>,
    /// Which version of the system the target is, for the reports: of a release, an image, a commit. Instead of that of the target file.
    #[arg(long, value_name = "VERSION", env = "RECANT_TARGET_VERSION", value_parser = ran_by::name)]
    pub target_version: Option<String>,
    /// Who runs it.
    #[command(flatten)]
    pub by: By,
    /// Sign what was recorded and reported with this private key (`recant keygen`).
    #[arg(long, value_name = "FILE")]
    pub sign_key: Option<PathBuf>,
    /// Reports besides those of the run folder.
    #[command(flatten)]
    pub reports: Reports,
    /// Waivers, and controls that evidence is asked for.
    #[command(flatten)]
    pub agreed: Agreed,
    /// Features, scenario scripts, or folders (scripts are found in those called `scenarios`); the shipped suite where none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Runs, and gives the exit code that the written report says.
///
/// # Errors
/// All problems at once, before anything is sent; or what kept recant from doing its job.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    // A run of hours must not end in a key that can't be read.
    let signer = args.sign_key.as_deref().map(keys::private).transpose()?;
    let (faults, mut wrong) = match super::reference::named(&args.fault) {
        Ok(faults) => (faults, Vec::new()),
        Err(wrong) => (Vec::new(), wrong),
    };
    let embedded = args.target.is_none().then(|| Embedded::new(faults));
    let mut overlay = embedded.as_ref().map(Embedded::overlay).unwrap_or_default();
    overlay.version = args.target_version.clone().filter(|v| !v.is_empty()).or(overlay.version);
    let asked = Asked {
        target: args.target.as_deref(),
        tags: args.tags.as_deref(),
        paths: &args.paths,
        agreed: &args.agreed,
        shard: args.shard,
    };
    let intended = match intended(asked, &overlay) {
        Err(Error::Problems(more)) => {
            wrong.extend(more);
            return Err(Error::Problems(wrong));
        }
        _ if !wrong.is_empty() => return Err(Error::Problems(wrong)),
        intended => intended?,
    };
    if !shared.quiet && !intended.warnings.is_empty() {
        aside(&render_problems(&intended.warnings, true));
    }
    let folder = run_folder::make(args.out.as_deref())?;
    if let Err(mistake) = args.reports.ready(&folder.path, false) {
        folder.abandon();
        return Err(mistake);
    }
    let selected = intended.planned.iter().filter(|p| p.is_of(intended.shard.as_ref()));
    let selected = selected.count() as u64;
    let progress = suite::progress(selected, shared.quiet, std::io::stderr().is_terminal());
    let flow = Flow {
        intended,
        embedded,
        overlay,
        folder: &folder,
        tags: args.tags.clone(),
        concurrency: args.concurrency,
        seed: args.seed,
        by: args.by.told(),
        signer: signer.as_ref().map(keys::id).transpose()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Broken(format!("no threads can be started: {e}")))?;
    let outcome = runtime.block_on(async {
        let signals = Signals::listen(folder.path.clone())?;
        flow.drive(progress, |run| signals.watch(run)).await
    });
    // Whatever still hangs in a request must not keep the process: everything is on disk by now.
    runtime.shutdown_background();
    let (report, written) = flow::judged(&folder, &outcome?, &args.reports)?;
    let shown = folder.path.display().to_string();
    report::print(&mut stdout(), &report, Look { folder: &shown, quiet: shared.quiet })?;
    args.reports.print(&mut stdout(), &report)?;
    if let Some(signer) = signer {
        let signed = super::sign::sign(&folder.path, &signer)?;
        if !shared.quiet {
            writeln!(stdout(), "{signed}")?;
        }
    }
    written.map(|()| report.result)
}
