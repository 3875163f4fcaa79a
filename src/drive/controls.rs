//! Positive controls, kept fresh: what a change takes away must have been accepted shortly before it. Where a target (or the
//! machine) is so slow that the calls made for that would be too old when the change is sent, they are made once more.

use futures::future::try_join_all;

use super::{Halt, Stage};
use crate::model::Moment;
use crate::plan::{CallWith, Operations};

/// Calls that began earlier are made again, milliseconds. Less than half of the 5 s in which a control counts: the change
/// takes its time to be sent, too.
const FRESH: u64 = 2_000;

/// A round of calls that may be a control, and when it began.
pub(super) struct Control {
    pub(super) with: CallWith,
    began: Moment,
}

impl Stage {
    /// Calls operations; remembers it as a control where it asks for what the tokens give.
    pub(super) async fn call(&mut self, with: &CallWith) -> Result<(), Halt> {
        let began = self.run.now();
        self.call_round(with).await?;
        let gives = matches!(with.operations, Operations::Entitled | Operations::Kept);
        if (gives || with.operation.is_some()) && !with.elsewhere {
            let with = CallWith { times: None, ..with.clone() };
            self.controls.retain(|c| c.with != with);
            self.controls.push(Control { with, began });
        }
        Ok(())
    }

    /// Makes the calls again that have become too old: those of this subject, those with this label, all where neither is
    /// named. Beside each other, so that none ages while another one is made.
    pub(super) async fn renew_controls(
        &mut self,
        of: Option<&str>,
        label: Option<&str>,
    ) -> Result<(), Halt> {
        let now = self.run.now();
        let about = |with: &CallWith| {
            of.is_none_or(|of| with.of == of) && label.is_none_or(|label| with.uses(label))
        };
        let old = |c: &Control| about(&c.with) && now.ms_since(c.began) > FRESH;
        let rounds = self.controls.iter().filter(|c| old(c)).map(|c| self.call_round(&c.with));
        try_join_all(rounds).await?;
        self.controls.iter_mut().filter(|c| old(c)).for_each(|c| c.began = now);
        Ok(())
    }
}
