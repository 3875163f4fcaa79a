//! Where a run is written: a folder of its own, never mixed with another one's.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::run_lock::{self, RunLock};
use crate::error::{Error, Problem};

/// Where runs go that nobody named a folder for.
const RUNS: &str = "reports/runs";

/// A run's name and its folder, which exists, is empty, and belongs to this run as long as this lives.
#[derive(Debug)]
pub struct RunFolder {
    /// Name of the run: names sort by time.
    pub run: String,
    /// Its folder.
    pub path: PathBuf,
    _lock: RunLock,
}

impl RunFolder {
    /// Takes the folder away again, with its lock: nothing was begun in it, and the next attempt finds it as it was. Where
    /// something else lies in it, it stays.
    pub fn abandon(self) {
        // What can't be taken away harms nobody: the next attempt says that the folder is not empty.
        let _ = std::fs::remove_file(self.path.join(run_lock::FILE));
        let _ = std::fs::remove_dir(&self.path);
    }
}

/// That a folder which a command is given is there: a mistake of the command line, and no broken record.
///
/// # Errors
/// `Error::Problems` where it is not.
pub fn is_there(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let what = format!("there is no run folder {}", path.display());
    let help = "it is what `recant run` named as `record`, or was given as `--out`";
    Err(Error::Problems(vec![Problem::new(what).help(help)]))
}

/// Makes the folder of a run: `out`, or a fresh one below `reports/runs`.
///
/// # Errors
/// `Error::Problems` where `out` is no empty folder, `Error::Broken` where it can't be made or written.
pub fn make(out: Option<&Path>) -> Result<RunFolder, Error> {
    let (run, path) = match out {
        Some(path) => (name(), named(path)?),
        None => fresh(Path::new(RUNS))?,
    };
    writable(&path)?;
    let lock = RunLock::take(&path)?;
    Ok(RunFolder { run, path, _lock: lock })
}

fn named(path: &Path) -> Result<PathBuf, Error> {
    let refuse = |what: String| {
        let help = "name another folder: records are never mixed or overwritten";
        Err(Error::Problems(vec![Problem::new(what).help(help)]))
    };
    match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(path.to_owned()),
        Ok(false) => refuse(format!("the folder {} is not empty", path.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(path).map_err(|e| broken(path, &e))?;
            Ok(path.to_owned())
        }
        Err(e) if e.kind() == ErrorKind::NotADirectory => {
            refuse(format!("{} is no folder", path.display()))
        }
        Err(e) => Err(broken(path, &e)),
    }
}

/// Makes a folder that nobody else has: creating it decides, not looking first.
fn fresh(runs: &Path) -> Result<(String, PathBuf), Error> {
    std::fs::create_dir_all(runs).map_err(|e| broken(runs, &e))?;
    for _ in 0..16 {
        let run = name();
        let path = runs.join(&run);
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok((run, path)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(broken(&path, &e)),
        }
    }
    Err(Error::Broken(format!("no fresh folder could be made in {}", runs.display())))
}

/// `20261124-231500-042-9f3a`: sorts by time, and is harmless in a path, a URL and a user's name.
fn name() -> String {
    let now = jiff::Timestamp::now();
    let random: u16 = rand::random();
    format!("{}-{random:04x}", now.strftime("%Y%m%d-%H%M%S-%3f"))
}

/// Says early that nothing can be written, before anything is sent.
fn writable(path: &Path) -> Result<(), Error> {
    let probe = path.join(".writable");
    std::fs::write(&probe, "recant").map_err(|e| broken(path, &e))?;
    std::fs::remove_file(&probe).map_err(|e| broken(path, &e))
}

fn broken(path: &Path, e: &std::io::Error) -> Error {
    Error::Broken(format!("the run folder {} can't be written: {e}", path.display()))
}
