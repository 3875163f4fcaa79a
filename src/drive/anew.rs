//! A subject that is made anew within its scenario: somebody else under the same name, who must be removed too, by what
//! only making them told.

use super::change::Kind;
use super::subject::gone_is_fine;
use super::{Given, Halt, Stage};
use crate::plan::Change;

/// The change that makes a deleted subject anew.
const RECREATE: &str = "recreate subject";

/// What is known of the new subject when so many steps of the change worked out: what only the others capture still is
/// the first subject's.
pub(super) fn told(change: &Change, done: usize, given: &Given) -> Given {
    let (done, others) = change.steps.split_at(done.min(change.steps.len()));
    let has = |name: &&String| done.iter().any(|s| s.capture.contains_key(*name));
    let open = others.iter().flat_map(|s| s.capture.keys()).filter(|n| !has(n));
    given.clone().without(open)
}

impl Stage {
    /// Notes how the subject that a change is about to make anew is removed. What the change will capture stands for the
    /// new subject, so what the first one's making captured under these names is left out: removing the first one once
    /// more would look like removing the second. Returns the place in `open`.
    pub(super) async fn note_anew(
        &mut self,
        name: &str,
        of: Option<&str>,
        change: &Change,
        given: &Given,
    ) -> Result<Option<usize>, Halt> {
        let declared = self.run.declared.clone();
        let (Some(of), Some(steps)) = (of, &declared.recipe.subject) else { return Ok(None) };
        if name != RECREATE {
            return Ok(None);
        }
        let what = format!("the subject {}, made anew", self.member(of)?.name);
        let known = told(change, 0, given);
        let remove: Vec<_> = steps.remove.iter().map(gone_is_fine).collect();
        self.note(&what, remove, &known, Kind::Subject).await.map(Some)
    }

    /// From now on the member is the new one.
    pub(super) fn is_anew(&mut self, of: Option<&str>, change: &Change, told: &Given) {
        if let Some(member) = of.and_then(|of| self.cast.get_mut(of)) {
            let captured = change.steps.iter().flat_map(|s| s.capture.keys());
            member.given = told.only(captured).over(&member.given);
        }
    }
}
