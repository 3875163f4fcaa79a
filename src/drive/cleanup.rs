//! Undoing what a scenario left behind, whoever let go of it: its end, an interrupt, a panic.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::change::{Kind, Open};
use super::locks::{Hold, Lease};
use super::run::lock;
use super::signals::Stream;
use super::{Halt, Run, undo};
use crate::model::Moment;

/// What is left of a scenario when it leaves the stage.
pub(super) struct Cleanup {
    pub run: Arc<Run>,
    pub instance: String,
    pub open: Vec<Open>,
    /// From when on nobody else feels any more what was changed and is undone already.
    pub quiet_at: Moment,
    /// Kept until all is undone, and that was followed: nobody else may see the change.
    pub hold: Option<Hold>,
    pub leases: Vec<Lease>,
    /// Where it was pushed to.
    pub stream: Option<Stream>,
}

impl Cleanup {
    /// Undoes everything in a task that `Run::finish` waits for.
    pub(super) fn spawn(self, done: Option<oneshot::Sender<Result<(), Halt>>>) {
        let run = self.run.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // Nothing can be sent any more. The journal still has it, for `restore`.
            let left = self.open.iter().filter(|o| o.sent);
            lock(&run.unrestored).extend(left.map(|o| format!("{} was not undone", o.what)));
            return;
        };
        let task = runtime.spawn(async move {
            let carried_out = self.carry_out().await;
            if let Some(done) = done {
                // Whoever asked may be gone.
                let _ = done.send(carried_out);
            }
        });
        let mut cleanups = lock(&run.cleanups);
        cleanups.retain(|c| !c.is_finished());
        cleanups.push(task);
    }

    async fn carry_out(mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let slot = run.undoing.acquire().await.ok();
        // The clock stands still while requests are sent, these too.
        let active = run.clock.enter().await;
        let mut left = undo::Left::default();
        while let Some(open) = self.open.pop() {
            let removes = matches!(open.kind, Kind::Subject);
            let undone = undo::undo(&run, &self.instance, &open).await;
            if open.sent {
                self.quiet_at = self.quiet_at.max(run.followed_undo(&open));
            }
            match undone {
                Err(left_over) if left_over.not_made => left.not_made(left_over.why),
                Err(left_over) => left.failed(left_over.why, open.subject, removes),
                Ok(()) if removes => left.removed(open.subject),
                Ok(()) => {}
            }
        }
        lock(&run.unrestored).extend(left.whys());
        drop(slot);
        // Nobody comes next where the run is interrupted, or its clock can't be moved any more.
        let _ = run.cancel.race(run.clock.sleep_until(active, self.quiet_at)).await;
        drop((self.hold.take(), std::mem::take(&mut self.leases), self.stream.take()));
        Ok(())
    }
}
