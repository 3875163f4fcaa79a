//! Drives generated scripts against the reference system, into a record like that of any run.

use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::generate::{Pieces, generated};
use crate::cli::embedded::Embedded;
use crate::cli::intended::target;
use crate::cli::run_folder;
use crate::drive::{Halt, LONGEST_WAIT, Run, RunInputs};
use crate::error::Error;
use crate::history::{Integrity, View, read};
use crate::plan::{Declared, Scripts};
use crate::reference::Fault;

/// Scenarios that send requests at once.
const CONCURRENCY: usize = 8;

/// Drives so many states, and reads back what was recorded.
///
/// # Errors
/// What kept recant from doing its job.
pub async fn drive(
    faults: &[Fault],
    states: usize,
    seed: u64,
    folder: &Path,
    stop: &CancellationToken,
) -> Result<View, Error> {
    let embedded = Embedded::new(faults.to_vec());
    let mut overlay = embedded.overlay();
    let system = embedded.start(&mut overlay).await?;
    let declared = target(None, &overlay).map_err(Error::Problems)?;
    let all: Vec<_> = (0..states).map(|n| generated(n, seed, &pieces(&declared))).collect();
    let names: Vec<_> = all.iter().map(|script| script.name.clone()).collect();
    let texts = all.into_iter().map(|script| (script.name, script.text));
    let scripts = Scripts::default().with_texts(texts).map_err(Error::Problems)?;
    let folder = run_folder::make(Some(folder))?;
    let run = Run::start(RunInputs {
        declared: Arc::new(declared),
        overlay,
        scripts: Arc::new(scripts),
        folder: folder.path.clone(),
        run: folder.run.clone(),
        concurrency: CONCURRENCY,
        seed: Some(seed),
        longest_wait: LONGEST_WAIT,
        by: None,
        waivers: crate::model::Waivers::default(),
        controls: Vec::new(),
        shard: None,
    });
    let run = run.await.map_err(broken)?;
    let driven = join_all(names.iter().map(|name| run.script(name)));
    tokio::select! {
        // What could not be carried out is in the record.
        _ = driven => {}
        () = stop.cancelled() => run.interrupt(),
    }
    let finish = run.finish(run.is_interrupted()).await;
    system.stop().await;
    finish.map_err(broken)?;
    let path = folder.path.join("history.jsonl");
    let recorded = read(&path).map_err(|e| Error::Broken(format!("{}: {e}", path.display())))?;
    match recorded.state {
        Integrity::Whole => Ok(View::of(recorded.lines)),
        Integrity::CutOff(why) | Integrity::Broken { why, .. } => {
            Err(Error::Broken(format!("{}: {why}", path.display())))
        }
    }
}

/// The roles of the target's subjects, each with a scope that it gives.
fn pieces(declared: &Declared) -> Pieces {
    let target = &declared.target;
    let roles = target.subject.roles.iter().filter_map(|role| {
        let scope = target.role.get(role)?.scopes.first()?;
        Some((role.clone(), scope.clone()))
    });
    Pieces { roles: roles.collect() }
}

fn broken(halt: Halt) -> Error {
    Error::Broken(halt.to_string())
}
