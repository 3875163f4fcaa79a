//! `recant judge DIR`: the record of a run judged again, on any machine and without the target.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::reports::Reports;
use super::run_lock::RunLock;
use super::{Shared, run_folder, stdout, undo};
use crate::error::Error;
use crate::exit::Exit;
use crate::judge::Finding;
use crate::report::visible::line;
use crate::report::{self, Look, Record};

/// Most differences that are printed.
const MOST: usize = 20;

/// Options of `recant judge`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write findings and reports anew; without it nothing is written.
    #[arg(long)]
    pub write: bool,
    /// Reports besides those of the run folder.
    #[command(flatten)]
    pub reports: Reports,
}

/// Judges, prints, compares with what was written at the run.
///
/// # Errors
/// Where the record is missing, damaged or altered.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let folder = &args.folder;
    run_folder::is_there(folder)?;
    // Reports of a run that is still going would say what is not so.
    let _lock = if args.write { Some(RunLock::take(folder)?) } else { None };
    if folder.is_dir() {
        args.reports.ready(folder, !args.write)?;
    }
    let record = Record::open(folder)
        .map_err(|why| Error::Broken(format!("{why}\nthere is no verdict on such a record")))?;
    let findings = record.judge();
    let report = record.report(&findings, &undo(folder, &record)?);
    let mut out = stdout();
    let shown = folder.display().to_string();
    report::print(&mut out, &report, Look { folder: &shown, quiet: shared.quiet })?;
    if let Some(why) = &record.cut_off {
        writeln!(out, "history       cut off: {why}")?;
    }
    let written = args.reports.write(folder, &report, &record.views());
    args.reports.print(&mut out, &report)?;
    if args.write {
        report::write(folder, &report, record.views())
            .map_err(|e| Error::Broken(format!("{shown}: the reports can't be written: {e}")))?;
        writeln!(
            out,
            "written       findings.json, report.json, report.md, report.html, junit.xml, manifest.json"
        )?;
        return written.map(|()| report.result);
    }
    written?;
    let same = compare(&mut out, folder, &findings)?;
    out.flush()?;
    // Findings of another version may differ for a reason; findings of this one can't, unless they were altered.
    if !same && record.plan.tool == env!("CARGO_PKG_VERSION") {
        return Err(Error::Broken(
            "the record and findings.json of one version of recant disagree: one was altered\n\
             recant judge --write writes what the record says"
                .into(),
        ));
    }
    Ok(report.result)
}

fn compare(out: &mut dyn Write, folder: &Path, findings: &[Finding]) -> Result<bool, Error> {
    let path = folder.join("findings.json");
    if !path.exists() {
        writeln!(out, "findings      none were written before")?;
        return Ok(true);
    }
    let stored: Vec<Finding> = match report::read_json(&path) {
        Ok(stored) => stored,
        Err(why) => {
            writeln!(out, "findings      {}", line(&why))?;
            return Ok(false);
        }
    };
    if stored == findings {
        writeln!(out, "findings      the same {} as in findings.json", findings.len())?;
        return Ok(true);
    }
    writeln!(out, "findings      not the same as in findings.json")?;
    let (then, now) = (by_name(&stored), by_name(findings));
    let mut names: Vec<_> = then.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|n| then.get(*n) != now.get(*n));
    for name in differing.take(MOST) {
        let word = |all: &BTreeMap<_, Vec<&Finding>>| {
            let words = all.get(name).into_iter().flatten().map(|f| f.verdict.word());
            let words: Vec<_> = words.collect();
            if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
        };
        let (requirement, scenario, service) = name;
        let at = service.map(|s| format!(" at {}", line(s))).unwrap_or_default();
        let (was, is) = (word(&then), word(&now));
        let (requirement, scenario) = (line(requirement), line(scenario));
        writeln!(out, "  {requirement} in {scenario}{at}: was {was}, is {is}")?;
    }
    Ok(false)
}

type Name<'a> = (&'a str, &'a str, Option<&'a str>);

fn by_name(findings: &[Finding]) -> BTreeMap<Name<'_>, Vec<&Finding>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for f in findings {
        let name = (f.requirement.as_str(), f.scenario.as_str(), f.service.as_deref());
        all.entry(name).or_default().push(f);
    }
    all
}
