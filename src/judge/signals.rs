//! Which signals must change nothing at their receiver: flawed ones, those that were sent before, and those that tell of
//! something older than what the receiver has acknowledged already.

use crate::history::{Action, Op, View};
use crate::model::Outcome;

/// Why a signal must change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Void {
    /// It is flawed on purpose.
    Flawed,
    /// The receiver had the same one before.
    Again,
    /// The receiver had acknowledged one that happened later.
    Late,
}

/// Why a signal must change nothing; `None` for one that must be acted on, and for anything that is no signal.
pub(super) fn void(op: &Op, view: &View) -> Option<Void> {
    let Action::SendSignal { flaw, jti, happened, event, .. } = &op.action else { return None };
    if flaw.is_some() {
        return Some(Void::Flawed);
    }
    let before = || {
        // One of which nobody knows whether it was acknowledged may have been.
        let taken = |o: &Op| o.outcome.is_allow() || matches!(o.outcome, Outcome::Unknown(_));
        let same = move |o: &&Op| o.index < op.index && taken(o);
        view.ops.iter().filter(same).filter(|o| same_state(&o.action, &op.action))
    };
    let known = |o: &Op| matches!(&o.action, Action::SendSignal { jti: j, .. } if j == jti);
    if before().any(known) {
        return Some(Void::Again);
    }
    let later =
        |o: &Op| matches!(&o.action, Action::SendSignal { happened: h, .. } if h > happened);
    (event.is_state() && before().any(later)).then_some(Void::Late)
}

/// True for a signal that must change nothing.
pub(super) fn changes_nothing(op: &Op, view: &View) -> bool {
    void(op, view).is_some()
}

/// True where both are signals without a flaw to one receiver about the same thing of the same subject.
pub(super) fn same_state(one: &Action, other: &Action) -> bool {
    let about = |action: &Action| match action {
        Action::SendSignal { service, subject, event, flaw: None, .. } => {
            Some((service.clone(), subject.clone(), *event))
        }
        _ => None,
    };
    about(one).is_some_and(|one| about(other) == Some(one))
}
