//! The command: shards are looked at, copied byte for byte, judged each by itself, and reported together.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::given::{Given, given};
use crate::cli::ran_by::By;
use crate::cli::reports::Reports;
use crate::cli::run_folder::{self, RunFolder};
use crate::cli::{Shared, keys, sign, stdout, undo};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::plan::{Merge, PlanRecord};
use crate::report::merged::{SHARDS, folder_of};
use crate::report::{
    self, ATTESTATION, Look, MANIFEST, Manifest, Record, Report, TIMESTAMP, atomic,
};

/// Options of `recant merge`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folders of all shards of one plan (`recant run --shard`), in any order.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Folder of the merged run; it must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Who runs it.
    #[command(flatten)]
    pub by: By,
    /// Sign what was recorded and reported with this private key (`recant keygen`).
    #[arg(long, value_name = "FILE")]
    pub sign_key: Option<PathBuf>,
    /// Reports besides those of the run folder.
    #[command(flatten)]
    pub reports: Reports,
}

/// Merges, and gives the exit code that the written report says.
///
/// # Errors
/// All that keeps the runs from being the shards of one plan, before anything is written; or what kept recant from doing its job.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let signer = args.sign_key.as_deref().map(keys::private).transpose()?;
    let id = signer.as_ref().map(keys::id).transpose()?;
    apart(&args.out, &args.runs)?;
    let shards = given(&args.runs)?;
    let folder = run_folder::make(Some(&args.out))?;
    if let Err(mistake) = args.reports.ready(&folder.path, false) {
        folder.abandon();
        return Err(mistake);
    }
    let (report, written) = match merged(&folder, &shards, args, id.as_deref()) {
        Ok(done) => done,
        Err(why) => {
            // Half a run must not lie about. What can't be taken away has no manifest, and no command takes it.
            let _ = fs::remove_dir_all(folder.path.join(SHARDS));
            let _ = fs::remove_file(folder.path.join("plan.json"));
            folder.abandon();
            return Err(why);
        }
    };
    let shown = folder.path.display().to_string();
    report::print(&mut stdout(), &report, Look { folder: &shown, quiet: shared.quiet })?;
    args.reports.print(&mut stdout(), &report)?;
    if let Some(signer) = signer {
        let signed = sign::sign(&folder.path, &signer)?;
        if !shared.quiet {
            writeln!(stdout(), "{signed}")?;
        }
    }
    written.map(|()| report.result)
}

/// A merged run within one of its shards would alter that shard.
fn apart(out: &Path, runs: &[PathBuf]) -> Result<(), Error> {
    let there = out.ancestors().find_map(|p| match p.as_os_str().is_empty() {
        true => Path::new(".").canonicalize().ok(),
        false => p.canonicalize().ok(),
    });
    let Some(there) = there else { return Ok(()) };
    let inside = |run: &&PathBuf| run.canonicalize().is_ok_and(|run| there.starts_with(run));
    match runs.iter().find(inside) {
        None => Ok(()),
        Some(run) => {
            let (out, run) = (out.display(), run.display());
            let what = format!("the folder {out} lies in {run}, which it would alter");
            Err(Error::Problems(vec![Problem::new(what).help("name another folder")]))
        }
    }
}

fn merged(
    folder: &RunFolder,
    shards: &[Given],
    args: &Args,
    signer: Option<&str>,
) -> Result<(Report, Result<(), Error>), Error> {
    let path = &folder.path;
    let broken = |what: &str, e: std::io::Error| {
        Error::Broken(format!("{}: {what} can't be written: {e}", path.display()))
    };
    for shard in shards {
        let to = folder_of(path, shard.named.number);
        copy(shard, &to).map_err(|e| broken("a shard", e))?;
        let copied = Manifest::of(&to, &shard.manifest.run, &shard.manifest.history_head);
        if copied.map_err(|e| broken("a shard", e))? != shard.manifest {
            let from = shard.folder.display();
            return Err(Error::Broken(format!("{from} was altered while it was copied")));
        }
    }
    let plans: Vec<_> = shards.iter().map(|s| &s.plan).collect();
    let named: Vec<_> = shards.iter().map(|s| s.named.clone()).collect();
    let command: Vec<String> = std::env::args().collect();
    let by = args.by.told();
    let merge = Merge { command: &command, by: by.as_ref(), signer };
    let plan = PlanRecord::joined(&plans, &folder.run, merge, &named);
    let plan = plan.ok_or_else(|| Error::Broken("there is no shard".into()))?;
    let text = serde_json::to_vec_pretty(&plan).map_err(|e| broken("plan.json", e.into()))?;
    atomic::write(&path.join("plan.json"), &text).map_err(|e| broken("plan.json", e))?;
    let record = Record::open(path).map_err(Error::Broken)?;
    let findings = record.judge();
    let report = record.report(&findings, &undo(path, &record)?);
    let written = args.reports.write(path, &report, &record.views());
    report::write(path, &report, record.views()).map_err(|e| broken("the reports", e))?;
    Ok((report, written))
}

/// Every file that the manifest of a shard names, the manifest, and what was signed.
fn copy(shard: &Given, to: &Path) -> std::io::Result<()> {
    let files = shard.manifest.files.iter().map(|e| e.path.as_str());
    for file in files.chain([MANIFEST, ATTESTATION, TIMESTAMP]) {
        let (from, to) = (shard.folder.join(file), to.join(file));
        if [ATTESTATION, TIMESTAMP].contains(&file) && !from.exists() {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to)?;
    }
    Ok(())
}
