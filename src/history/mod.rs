//! What happened, as it happened: lines of a history, their integrity, and where they are kept.
//! Nothing here says whether what happened was right.

mod line;
mod view;

pub use line::{
    Action, Arm, Begin, ClaimReason, Completion, DecisionSeen, Invocation, Line, Loss, Obligation,
    Sealed, Seen, VERSION,
};
pub use view::{Op, View};
