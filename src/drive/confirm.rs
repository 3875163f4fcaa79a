//! Whether an acknowledged change shows at the target, and whether it is gone when it was undone. Reads only.

use serde::{Deserialize, Serialize};

use super::entitlement::InForce;
use super::{Admin, Given, Halt, Stage};
use crate::history::{Action, Loss, Seen};
use crate::model::{Moment, Outcome};
use crate::plan::{Change, Confirm, HttpStep};

/// Real time in which an acknowledged change has to show at the least, milliseconds. A target whose bound `decision` is longer may
/// take that long: its administration may answer before it acts.
const SHOWS_WITHIN: u64 = 800;

/// Real time between two reads, milliseconds.
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

/// A change that was acknowledged, and did not show at once.
pub(super) struct Unshown {
    change: u64,
    name: String,
    read: Confirm,
    given: Given,
    /// Until when it may show.
    until: Moment,
}

impl Stage {
    /// Looks for a change that was acknowledged, and records whether it shows. What was acknowledged counts all the same: a right
    /// that lives on is a failure, whatever the target shows, so that a scenario goes on where something was taken away.
    ///
    /// # Errors
    /// `Halt::Unmet` where a change does not show that takes nothing away: nothing follows then from what the target goes on
    /// doing. `Halt::Interrupted`, `Halt::Broken`.
    pub(super) async fn confirm(
        &mut self,
        change: &InForce,
        read: &Confirm,
        given: &Given,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let name = change.change.clone().unwrap_or_default();
        let action = Action::Confirm { change: change.op, name: name.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        // What was lost is watched from the acknowledgement on, and nothing may put that off.
        let takes = change.loses != Loss::default();
        let within = if takes { 0 } else { run.facts().bounds.decision };
        let outcome = run.cancel.race(shown(&run.admin, read, given, within)).await?;
        run.recorder.complete(op, run.now(), outcome.clone(), Seen::default())?;
        match outcome {
            Outcome::Failed(why) | Outcome::Unknown(why) if !takes => {
                Err(Halt::Unmet(format!("`{name}` could not be confirmed: {why}")))
            }
            Outcome::Failed(_) if run.facts().bounds.decision > 0 => {
                let until = change.acknowledged.plus_ms(run.facts().bounds.decision);
                let (change, read, given) = (change.op, read.clone(), given.clone());
                self.unshown.push(Unshown { change, name, read, given, until });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Looks once more for what did not show at once, as long as a change may take to be followed. What shows is recorded.
    ///
    /// # Errors
    /// `Halt::Interrupted`, `Halt::Broken`.
    pub(super) async fn look_again(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        for one in std::mem::take(&mut self.unshown) {
            let late = run.now() > one.until;
            match run.cancel.race(run.admin.shows(&one.read, &one.given)).await? {
                Ok(true) => self.shows(one)?,
                _ if !late => self.unshown.push(one),
                _ => {}
            }
        }
        Ok(())
    }

    /// The same for all that are still in force, at the end of a scenario.
    ///
    /// # Errors
    /// `Halt::Broken`. An interrupt only means that nothing is waited for.
    pub(super) async fn show_before_their_end(&mut self) -> Result<(), Halt> {
        while let Some(change) = self.unshown.first().map(|one| one.change) {
            match self.shows_before_its_end(change).await {
                Err(Halt::Interrupted) | Ok(()) => {}
                Err(broken) => return Err(broken),
            }
        }
        Ok(())
    }

    /// Waits until a change shows that is about to be undone: else its undoing may come before it.
    ///
    /// # Errors
    /// As `look_again`.
    pub(super) async fn shows_before_its_end(&mut self, change: u64) -> Result<(), Halt> {
        let run = self.run.clone();
        let Some(at) = self.unshown.iter().position(|one| one.change == change) else {
            return Ok(());
        };
        let one = self.unshown.remove(at);
        let within = run.facts().bounds.decision;
        let seen = run.cancel.race(shown(&run.admin, &one.read, &one.given, within)).await?;
        if seen.is_allow() { self.shows(one) } else { Ok(()) }
    }

    fn shows(&self, one: Unshown) -> Result<(), Halt> {
        let run = &self.run;
        let action = Action::Confirm { change: one.change, name: one.name };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        run.recorder.complete(op, run.now(), Outcome::Accepted, Seen::default())
    }
}

impl Stage {
    /// Waits until a subject that was made shows. Nothing is recorded: that it was made is, and what is seen of it is judged.
    ///
    /// # Errors
    /// `Halt::Unmet` where it does not show; `Halt::Interrupted`.
    pub(super) async fn is_there(
        &self,
        name: &str,
        read: &Confirm,
        given: &Given,
    ) -> Result<(), Halt> {
        let run = &self.run;
        let within = run.facts().bounds.decision;
        match run.cancel.race(shown(&run.admin, read, given, within)).await? {
            Outcome::Failed(why) | Outcome::Unknown(why) => {
                Err(Halt::Unmet(format!("the subject `{name}` could not be confirmed: {why}")))
            }
            _ => Ok(()),
        }
    }
}

/// Waits until a change shows, `within` milliseconds of real time.
async fn shown(admin: &Admin, confirm: &Confirm, given: &Given, within: u64) -> Outcome {
    let mut outcome = Outcome::Accepted;
    for attempt in 0..reads(within) {
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
pub(super) struct NotShown {
    pub why: String,
    /// True where the target was read, and shows that nothing was undone.
    pub not_made: bool,
}

/// Waits until an undo that the target acknowledged shows, `within` milliseconds of real time.
///
/// # Errors
/// What the target shows instead. Where the read of before can't be made any more nothing is shown, and the
/// acknowledgement stands; a read that is there for the undo has to be made.
pub(super) async fn undone(
    admin: &Admin,
    when: &UndoneWhen,
    given: &Given,
    within: u64,
) -> Result<(), NotShown> {
    let mut unshown = NotShown { why: String::new(), not_made: false };
    for attempt in 0..reads(within) {
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
        unshown = NotShown { why, not_made };
    }
    Err(unshown)
}

/// Reads that look for something before it counts as not made.
fn reads(within: u64) -> u64 {
    within.max(SHOWS_WITHIN).div_ceil(BETWEEN_READS) + 1
}

async fn pause(attempt: u64) {
    if attempt > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(BETWEEN_READS)).await;
    }
}
