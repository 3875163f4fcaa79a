//! Carrying out inverses, with bounded retries, and recording that.

use std::collections::BTreeSet;
use std::time::Duration;

use super::change::{Kind, Open};
use super::confirm::{self, NotShown};
use super::{Given, Halt, Run, Stage, Stopped, StoppedAt, admin::Admin};
use crate::history::{Action, Seen};
use crate::model::Outcome;
use crate::plan::{HttpStep, Verb};

/// Real time before each further attempt at a step, milliseconds.
const AGAIN_AFTER: [u64; 3] = [200, 1_000, 3_000];

/// What could not be undone, and which subjects are gone all the same.
#[derive(Default)]
pub(super) struct Left {
    failed: Vec<Failed>,
    removed: BTreeSet<String>,
}

struct Failed {
    why: String,
    subject: Option<String>,
    removes: bool,
    not_made: bool,
}

/// Why an entry is not undone.
pub(super) struct NotUndone {
    /// What could not be undone and why, for people.
    pub why: String,
    /// True where the target acknowledged the undo, and shows that it did not make it.
    pub not_made: bool,
}

impl Left {
    /// An inverse did not work out. `subject` is whom alone it is about, `removes` says that it removes that subject.
    pub(super) fn failed(&mut self, why: String, subject: Option<String>, removes: bool) {
        self.failed.push(Failed { why, subject, removes, not_made: false });
    }

    /// The target said that it undid something, and did not: that is said whatever becomes of the subject.
    pub(super) fn not_made(&mut self, why: String) {
        self.failed.push(Failed { why, subject: None, removes: false, not_made: true });
    }

    /// A subject was removed.
    pub(super) fn removed(&mut self, subject: Option<String>) {
        self.removed.extend(subject);
    }

    /// True where this subject was removed, and nobody of its name is left.
    pub(super) fn is_gone(&self, subject: &String) -> bool {
        let stays = self.failed.iter().any(|f| f.removes && f.subject.as_ref() == Some(subject));
        self.removed.contains(subject) && !stays
    }

    /// What is still changed, for people. With a subject goes whatever was changed of it alone, but only when nobody of
    /// its name is left: one that was made anew has a removal of its own.
    pub(super) fn whys(self) -> Vec<String> {
        let gone: BTreeSet<_> = self.removed.iter().filter(|s| self.is_gone(s)).cloned().collect();
        let left = self.failed.into_iter();
        let left =
            left.filter(|f| f.not_made || !f.subject.as_ref().is_some_and(|s| gone.contains(s)));
        left.map(|f| f.why).collect()
    }
}

impl Stage {
    /// Undoes what a step says.
    pub(super) async fn undo_as(&mut self, verb: &Verb) -> Result<(), Halt> {
        match verb {
            Verb::Undo { name, where_possible: true }
                if self.undoable(name.as_deref()).is_none() =>
            {
                Ok(())
            }
            Verb::Undo { name, .. } => self.undo(name.as_deref()).await,
            _ => Ok(()),
        }
    }

    /// Undoes the latest change in force, or the latest of a name.
    pub(super) async fn undo(&mut self, name: Option<&str>) -> Result<(), Halt> {
        let Some(at) = self.undoable(name) else {
            let what = name.map_or("a change".to_owned(), |n| format!("`{n}`"));
            return Err(Halt::Unmet(format!("{what} is not in force, so that it can't be undone")));
        };
        let op = match &self.open[at].kind {
            Kind::Change { op, .. } => *op,
            Kind::Subject => u64::MAX,
        };
        self.shows_before_its_end(op).await?;
        // Not taken out before it is undone: a scenario that is dropped now leaves it to the clean-up.
        let undone = undo(&self.run, &self.instance, &self.open[at]).await;
        self.quiet_at = self.quiet_at.max(self.run.followed_undo(&self.open[at]));
        match undone {
            Ok(()) => drop(self.open.remove(at)),
            // Acknowledged: the scenario goes on as if it had been made, and the clean-up tries once more.
            Err(left) if left.not_made => self.open[at].tried = true,
            Err(left) => return Err(Halt::Unmet(left.why)),
        }
        self.in_force.retain(|c| c.op != op);
        self.is_due_again(op);
        self.run.issuers.forget_keys().await;
        Ok(())
    }

    /// The latest change in force, or the latest of a name, that can be undone.
    fn undoable(&self, name: Option<&str>) -> Option<usize> {
        self.open.iter().rposition(|open| match &open.kind {
            Kind::Subject => false,
            Kind::Change { name: made, .. } => !open.tried && name.is_none_or(|n| n == made),
        })
    }
}

/// Undoes one entry and closes it.
///
/// # Errors
/// What could not be undone and why, for people; the entry stays open.
pub(super) async fn undo(run: &Run, instance: &str, open: &Open) -> Result<(), NotUndone> {
    // An undo must not overtake the change itself.
    let _made = open.sending.lock().await;
    if open.sent {
        let op = match &open.kind {
            Kind::Change { op, name, .. } => {
                let action = Action::Undo { change: *op, name: name.clone() };
                run.recorder.invoke(instance, run.now(), action).ok()
            }
            Kind::Subject => None,
        };
        let undone = steps(&run.admin, &open.steps, open.given.clone()).await;
        run.clock.stirred();
        let at = run.now();
        // An acknowledgement alone leaves open whether anything was done.
        let within = run.facts().bounds.decision;
        let shown = match (&undone, open.undone()) {
            (Ok(_), Some(when)) => confirm::undone(&run.admin, when, &open.given, within).await,
            _ => Ok(()),
        };
        if let Some(op) = op {
            let (outcome, status) = match (&undone, &shown) {
                // What was acknowledged counts here too: what does not come back then is a fault of the target.
                (Ok(status), Err(unshown)) if !unshown.not_made => {
                    (Outcome::Unknown(unshown.why.clone()), *status)
                }
                (Ok(status), _) => (Outcome::Accepted, *status),
                (Err(s), _) => (s.stopped.outcome.clone(), s.stopped.status),
            };
            // Where the record can't be written the run ends as broken anyway; undoing comes first.
            let _ = run.recorder.complete(op, at, outcome, Seen { status, ..Seen::default() });
        }
        let failed = |why: &str| format!("{} could not be undone: {why}", open.what);
        if let Err(NotShown { why, not_made }) = shown {
            if not_made {
                not_made_is_said(run, instance, open, &why);
            }
            return Err(NotUndone { why: failed(&why), not_made });
        }
        if let Err(stopped) = undone
            && !never_made(&run.admin, open, &stopped).await
        {
            return Err(NotUndone { why: failed(&stopped.stopped.why), not_made: false });
        }
    }
    // Left open on disk it is undone again by `restore`, which is harmless.
    let _ = run.journal.close(open.noted.id);
    Ok(())
}

/// Records that the target acknowledged an undo and did not make it, and notes it in the journal, so that it is said even where
/// the change goes with its subject.
fn not_made_is_said(run: &Run, instance: &str, open: &Open, why: &str) {
    if let Kind::Change { op, name, .. } = &open.kind {
        let action = Action::Confirm { change: *op, name: format!("the undoing of {name}") };
        // As above: undoing goes on where nothing can be written.
        if let Ok(read) = run.recorder.invoke(instance, run.now(), action) {
            let outcome = Outcome::Failed(why.to_owned());
            let _ = run.recorder.complete(read, run.now(), outcome, Seen::default());
        }
    }
    let _ = run.journal.not_made(open.noted.id);
}

/// Carries out steps; each is tried again where its answer may change.
///
/// # Errors
/// The step that never worked out.
pub(super) async fn steps(
    admin: &Admin,
    steps: &[HttpStep],
    mut given: Given,
) -> Result<Option<u16>, StoppedAt> {
    let mut last = None;
    for (at, step) in steps.iter().enumerate() {
        let mut pauses = AGAIN_AFTER.iter();
        last = loop {
            match admin.perform(std::slice::from_ref(step), &mut given).await {
                Ok(status) => break status,
                Err(s) => match pauses.next().filter(|_| may_pass(&s.stopped)) {
                    Some(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                    None => return Err(StoppedAt { step: at, ..s }),
                },
            }
        };
    }
    Ok(last)
}

/// True where another attempt may be answered differently: no answer, a fault of the target, or a conflict with what is
/// going on there.
fn may_pass(stopped: &Stopped) -> bool {
    match stopped.status {
        None => true,
        Some(status) => {
            matches!(stopped.outcome, Outcome::Unknown(_))
                || matches!(status, 408 | 409 | 423 | 425 | 429)
        }
    }
}

/// True where the inverse was turned down for certain and the confirming read says that the change is not in force: it
/// was never made, or somebody else undid it.
async fn never_made(admin: &Admin, open: &Open, stopped: &StoppedAt) -> bool {
    match &open.kind {
        Kind::Change { confirm: Some(confirm), .. } if stopped.without_effect() => {
            admin.shows(confirm, &open.given).await == Ok(false)
        }
        _ => false,
    }
}
