//! Ctrl-C and SIGTERM. The first one stops scenarios and undoes what they changed; the second one leaves at once.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::drive::{Journal, Run};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::terminal::aside;

/// What follows a signal this soon is the same one: `timeout` sends it to its command and then to the command's group.
const SAME: Duration = Duration::from_millis(300);

/// Listens for signals over the life of a run.
#[derive(Clone)]
pub struct Signals {
    run: Arc<OnceLock<Arc<Run>>>,
}

impl Signals {
    /// Starts to listen. Before `watch` was called nothing has been changed, so that one signal ends everything.
    ///
    /// # Errors
    /// Where signals can't be listened to: a run that can't be stopped properly must not begin.
    pub fn listen(folder: PathBuf) -> Result<Self, Error> {
        let run = Arc::new(OnceLock::new());
        tokio::spawn(obey(all()?, run.clone(), folder));
        Ok(Self { run })
    }

    /// From here on the first signal interrupts this run.
    pub fn watch(&self, run: &Arc<Run>) {
        let _ = self.run.set(run.clone());
    }
}

async fn obey(mut signals: Vec<Signal>, run: Arc<OnceLock<Arc<Run>>>, folder: PathBuf) {
    next(&mut signals).await;
    let Some(run) = run.get() else { std::process::exit(i32::from(Exit::Interrupted.code())) };
    aside("interrupted: what was changed is being undone; once more to leave at once");
    run.interrupt();
    let first = Instant::now();
    while first.elapsed() < SAME {
        next(&mut signals).await;
    }
    // What the journal has open is still changed. Where it can't be read nobody knows, which is no better.
    let restored = Journal::open_entries(&folder.join("undo.jsonl")).is_ok_and(|o| o.is_empty());
    let exit = if restored { Exit::Interrupted } else { Exit::NotRestored };
    if !restored {
        aside(&format!("something is still changed: recant restore {}", folder.display()));
    }
    std::process::exit(i32::from(exit.code()));
}

/// The signals that ask a process to stop.
///
/// # Errors
/// Where they can't be listened to.
pub fn all() -> Result<Vec<Signal>, Error> {
    let broken = |e| Error::Broken(format!("signals can't be listened to: {e}"));
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    kinds.into_iter().map(|kind| signal(kind).map_err(broken)).collect()
}

/// Waits for the next of them.
pub async fn next(signals: &mut [Signal]) {
    let waits = signals.iter_mut().map(|s| Box::pin(s.recv()));
    let _ = futures::future::select_all(waits).await;
}
