//! Noting an inverse in the undo journal before its change is sent, and again when the change has told what it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::change::{Kind, Open, unwritten};
use super::confirm::UndoneWhen;
use super::journal::{Inverse, Noted};
use super::{Given, Halt, Stage, template};
use crate::plan::HttpStep;

impl Stage {
    /// Writes the inverse to the journal and waits until it is on disk. Returns its place in `open`.
    pub(super) async fn note(
        &mut self,
        what: &str,
        steps: Vec<HttpStep>,
        given: &Given,
        kind: Kind,
    ) -> Result<usize, Halt> {
        let undone = match &kind {
            Kind::Change { undone, .. } => undone.as_deref(),
            Kind::Subject => None,
        };
        let (values, undone) = for_journal(given, &steps, undone).map_err(|names| {
            let names = names.join("`, `");
            Halt::Unmet(format!(
                "the inverse of {what} needs `{names}`, which must not be written down"
            ))
        })?;
        let undone = undone.cloned().map(Box::new);
        let subject = self.concerned(&steps, given, &kind);
        let mut open = Open {
            noted: Noted::default(),
            what: what.to_owned(),
            steps,
            given: given.clone(),
            subject,
            sent: false,
            tried: false,
            sending: Arc::default(),
            kind,
        };
        let noted =
            self.run.journal.note(Inverse { undone, ..open.inverse(values) }).map_err(unwritten)?;
        open.noted = noted;
        self.open.push(open);
        self.run.journal.on_disk(noted).await.map_err(unwritten)?;
        Ok(self.open.len() - 1)
    }

    /// The subject whose removal ends a change too: one that was made here, where every step of the inverse is a request
    /// to what its URL names it by.
    fn concerned(&self, steps: &[HttpStep], given: &Given, kind: &Kind) -> Option<String> {
        let recipe = self.run.declared.recipe.subject.as_ref()?;
        let subject = given.text("subject")?.to_owned();
        if matches!(kind, Kind::Subject) {
            return Some(subject);
        }
        let made = recipe.create.iter().chain(&recipe.give_role);
        let names = made.flat_map(|s| s.capture.keys()).map(String::as_str).chain(["subject"]);
        let names: Vec<_> = names.collect();
        let about_it = |step: &HttpStep| {
            let used = template::names_in(&step.request).into_iter().flatten();
            used.into_iter().any(|n| names.contains(&n))
        };
        let made_here = self
            .open
            .iter()
            .any(|o| matches!(o.kind, Kind::Subject) && o.subject.as_ref() == Some(&subject));
        (made_here && steps.iter().all(about_it)).then_some(subject)
    }

    /// Where an inverse needs what only the change itself told, the journal gets a second, complete entry.
    pub(super) async fn note_again(&mut self, at: usize, given: &Given) -> Result<(), Halt> {
        let open = &mut self.open[at];
        let then = for_journal(&open.given, &open.steps, open.undone()).map(|(then, _)| then);
        let now = for_journal(given, &open.steps, open.undone());
        // What may not be written down is at least known until the run ends.
        let (Ok((now, undone)), Ok(then)) = (now, then) else {
            open.given = given.clone();
            return Ok(());
        };
        let undone = undone.cloned().map(Box::new);
        open.given = given.clone();
        if now == then {
            return Ok(());
        }
        let journal = &self.run.journal;
        let completes = Some(open.noted.id);
        let inverse = Inverse { undone, completes, ..open.inverse(now) };
        let noted = journal.note(inverse).map_err(unwritten)?;
        let old = std::mem::replace(&mut open.noted, noted);
        journal.on_disk(noted).await.map_err(unwritten)?;
        // Left open it is undone once more by `restore`.
        let _ = journal.close(old.id);
        Ok(())
    }
}

/// Values for the journal, and the read after the undo where that can be made with them.
type Written<'a> = (BTreeMap<String, Value>, Option<&'a UndoneWhen>);

/// Values of an inverse and of the read after it. A read that needs what must not be written down is left out: then the
/// acknowledgement of the undo is all there is.
fn for_journal<'a>(
    given: &Given,
    steps: &[HttpStep],
    undone: Option<&'a UndoneWhen>,
) -> Result<Written<'a>, Vec<String>> {
    if let Some(undone) = undone {
        let both: Vec<_> = steps.iter().cloned().chain([undone.step()]).collect();
        if let Ok(values) = given.for_journal(&both) {
            return Ok((values, Some(undone)));
        }
    }
    given.for_journal(steps).map(|values| (values, None))
}
