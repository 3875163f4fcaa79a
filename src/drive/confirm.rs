//! Whether an acknowledged change shows at the target, and whether it is gone when it was undone. Reads only.

use serde::{Deserialize, Serialize};

use super::entitlement::InForce;
use super::{Admin, Given, Halt, Stage};
use crate::history::{Action, Loss, Seen};
use crate::model::Outcome;
use crate::plan::{Change, Confirm, HttpStep};

/// Reads that look for an acknowledged change before it counts as not made.
const CONFIRMING_READS: u32 = 5;

/// Real time between two of them, milliseconds.
const BETWEEN_READS: u64 = 200;

/// What a read must tell once a change is undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UndoneWhen {
    /// The read that showed the change no longer does.
    Gone(Confirm),
    /// This read shows it.
    Shown(Confirm),
}

impl UndoneWhen {
    /// What there is to read after the undo of a change; `already` is true where its `confirm` held before it was made.
    #[must_use]
    pub fn of(change: &Change, already: bool) -> Option<Box<Self>> {
        match (&change.undo_confirm, &change.confirm) {
            (Some(read), _) => Some(Box::new(Self::Shown(read.clone()))),
            // Who undoes it then comes back to where it holds.
            (None, Some(read)) if !already => Some(Box::new(Self::Gone(read.clone()))),
            _ => None,
        }
    }

    /// What is read.
    pub(super) fn request(&self) -> &str {
        let (Self::Gone(read) | Self::Shown(read)) = self;
        &read.request
    }

    /// As a step that uses the same values.
    #[must_use]
    pub fn step(&self) -> HttpStep {
        let (Self::Gone(read) | Self::Shown(read)) = self;
        let values = [("has", &read.has), ("lacks", &read.lacks)];
        let values = values.into_iter().filter_map(|(n, v)| Some((n.to_owned(), v.clone()?)));
        HttpStep { headers: values.collect(), ..HttpStep::of(&read.request) }
    }
}

impl Stage {
    /// Looks for a change that was acknowledged, and records whether it shows. What was acknowledged counts all the same: a right
    /// that lives on is a failure, whatever the target shows, so that a scenario goes on where something was taken away.
    ///
    /// # Errors
    /// `Halt::Unmet` where a change does not show that takes nothing away: nothing follows then from what the target goes on
    /// doing. `Halt::Interrupted`, `Halt::Broken`.
    pub(super) async fn confirm(
        &self,
        change: &InForce,
        read: &Confirm,
        given: &Given,
    ) -> Result<(), Halt> {
        let run = &self.run;
        let name = change.change.clone().unwrap_or_default();
        let action = Action::Confirm { change: change.op, name: name.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let outcome = run.cancel.race(shown(&run.admin, read, given)).await?;
        run.recorder.complete(op, run.now(), outcome.clone(), Seen::default())?;
        match outcome {
            Outcome::Failed(why) | Outcome::Unknown(why) if change.loses == Loss::default() => {
                Err(Halt::Unmet(format!("`{name}` could not be confirmed: {why}")))
            }
            _ => Ok(()),
        }
    }
}

/// Waits a little until a change shows.
async fn shown(admin: &Admin, confirm: &Confirm, given: &Given) -> Outcome {
    let mut outcome = Outcome::Accepted;
    for attempt in 0..CONFIRMING_READS {
        pause(attempt).await;
        outcome = match admin.shows(confirm, given).await {
            Ok(true) => return Outcome::Accepted,
            Ok(false) => Outcome::Failed("the target acknowledged it, but does not show it".into()),
            Err(why) => Outcome::Unknown(why),
        };
    }
    outcome
}

/// An undo that the target acknowledged and that does not show.
pub(super) struct Unshown {
    pub why: String,
    /// True where the target was read, and shows that nothing was undone.
    pub not_made: bool,
}

/// Waits a little until an undo that the target acknowledged shows.
///
/// # Errors
/// What the target shows instead. Where the read of before can't be made any more nothing is shown, and the
/// acknowledgement stands; a read that is there for the undo has to be made.
pub(super) async fn undone(admin: &Admin, when: &UndoneWhen, given: &Given) -> Result<(), Unshown> {
    let mut unshown = Unshown { why: String::new(), not_made: false };
    for attempt in 0..CONFIRMING_READS {
        pause(attempt).await;
        let (why, not_made) = match when {
            UndoneWhen::Gone(read) => match admin.shows(read, given).await {
                Ok(true) => ("the target acknowledged it, but still shows the change".into(), true),
                Ok(false) | Err(_) => return Ok(()),
            },
            UndoneWhen::Shown(read) => match admin.shows(read, given).await {
                Ok(true) => return Ok(()),
                Ok(false) => ("the target acknowledged it, but does not show it".into(), true),
                Err(why) => (format!("the target acknowledged it, but {why}"), false),
            },
        };
        unshown = Unshown { why, not_made };
    }
    Err(unshown)
}

async fn pause(attempt: u32) {
    if attempt > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(BETWEEN_READS)).await;
    }
}
