//! `--report KIND=PATH`: reports besides those of the run folder. What is wrong with them is said before anything is sent.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, Problem};
use crate::report::kinds::{self, Kind, Source};
use crate::report::merged::SHARDS;
use crate::report::{Report, Views, annotations, atomic, evidence};

/// Files that a run writes itself, in its folder.
const OWN: [&str; 12] = [
    ".run.lock",
    "attestation.dsse.json",
    "attestation.tsr",
    "findings.json",
    "history.jsonl",
    "junit.xml",
    "manifest.json",
    "plan.json",
    "report.html",
    "report.json",
    "report.md",
    "undo.jsonl",
];

/// The option, for every command that makes reports.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reports {
    /// Reports to write besides those of the run folder, several at once: `junit=out/junit.xml,sarif=out/recant.sarif`.
    /// Kinds: see the README. `github` needs no path: it goes to standard output, as it does by itself in GitHub Actions.
    #[arg(long = "report", value_name = "KIND=PATH", value_delimiter = ',')]
    asked: Vec<Asked>,
}

/// A report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    kind: Kind,
    /// Standard output where there is none.
    path: Option<PathBuf>,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').map_or((text, None), |(n, p)| (n, Some(p)));
        let kind = Kind::named(name).ok_or_else(|| {
            let all: Vec<_> = Kind::ALL.iter().map(|(_, name, _)| *name).collect();
            format!("there is no report of the kind {name:?}: {}", all.join(", "))
        })?;
        match path {
            Some("") => Err(format!("{name} names no file")),
            Some(_) if kind.is_for_the_log() => {
                Err(format!("{name} goes to standard output and takes no path"))
            }
            None if !kind.is_for_the_log() => Err(format!("{name} needs a path: {name}=PATH")),
            path => Ok(Self { kind, path: path.map(PathBuf::from) }),
        }
    }
}

impl Reports {
    /// Assessment results alone.
    #[must_use]
    pub fn oscal(path: &Path) -> Self {
        Self { asked: vec![Asked { kind: Kind::Oscal, path: Some(path.to_owned()) }] }
    }

    /// Makes sure that all can be written where they are asked for, once the run folder is there. A folder that a path
    /// lies in is made. `sealed` where the run folder's own manifest won't be written anew.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn ready(&self, folder: &Path, sealed: bool) -> Result<(), Error> {
        let mut wrong = Vec::new();
        let mut taken: Vec<PathBuf> = Vec::new();
        for (asked, path) in self.asked.iter().filter_map(|a| Some((a, a.path.as_ref()?))) {
            let name = format!("--report {}={}", asked.kind.name(), path.display());
            match place(path) {
                Err(why) => wrong.push(Problem::new(format!("{name}: {why}"))),
                Ok(real) => {
                    if let Some(why) = misplaced(&real, folder, sealed) {
                        wrong.push(Problem::new(format!("{name}: {why}")));
                    }
                    if taken.contains(&real) {
                        wrong.push(Problem::new(format!("{name}: another report goes there")));
                    }
                    taken.push(real);
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Problems(wrong)) }
    }

    /// Writes those with a path, each wholly or not at all. One that fails keeps none of the others.
    ///
    /// # Errors
    /// All that could not be written.
    pub fn write(&self, folder: &Path, report: &Report, views: &Views<'_>) -> Result<(), Error> {
        if self.asked.iter().all(|a| a.path.is_none()) {
            return Ok(());
        }
        let evidence = evidence(folder).map_err(|e| Error::Broken(format!("the record: {e}")))?;
        let source = Source { report, views, evidence: &evidence };
        let mut wrong = Vec::new();
        for (asked, path) in self.asked.iter().filter_map(|a| Some((a, a.path.as_ref()?))) {
            let done = kinds::render(asked.kind, source).and_then(|b| atomic::write(path, &b));
            if let Err(e) = done {
                let kind = asked.kind.name();
                wrong.push(format!("{kind}={} can't be written: {e}", path.display()));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Broken(wrong.join("\n"))) }
    }

    /// Prints what is meant for the log of a job: where it was asked for, and where GitHub Actions runs the job.
    ///
    /// # Errors
    /// Where the output can't be written.
    pub fn print(&self, out: &mut dyn Write, report: &Report) -> Result<(), Error> {
        let asked = self.asked.iter().any(|a| a.kind == Kind::Github);
        if asked || std::env::var_os("GITHUB_ACTIONS").is_some_and(|v| v == "true") {
            out.write_all(annotations(report).as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }
}

/// Where a file will lie, with its folder made, and found to be writable.
fn place(path: &Path) -> Result<PathBuf, String> {
    let name = path.file_name().ok_or("that is no name of a file")?;
    if path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/') {
        return Err("that is a folder".into());
    }
    let parent = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let cannot = |e: std::io::Error| format!("{} can't be written: {e}", parent.display());
    std::fs::create_dir_all(parent).map_err(cannot)?;
    let probe = parent.join(format!(".recant-probe-{}", std::process::id()));
    std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)).map_err(cannot)?;
    Ok(parent.canonicalize().map_err(cannot)?.join(name))
}

fn misplaced(real: &Path, folder: &Path, sealed: bool) -> Option<&'static str> {
    let folder = folder.canonicalize().ok()?;
    let inside = real.strip_prefix(&folder).ok()?;
    if OWN.iter().any(|own| inside == Path::new(own)) {
        return Some("the run writes a file of that name itself");
    }
    if inside.starts_with(SHARDS) {
        return Some("the records of shards lie there");
    }
    sealed.then_some("the run folder is sealed by its manifest: --write, or a path outside of it")
}
