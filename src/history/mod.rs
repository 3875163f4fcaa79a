//! What happened, as it happened: lines of a history, their integrity, and where they are kept.
//! Nothing here says whether what happened was right.

mod line;
mod read;
mod view;

pub use line::{
    Action, Arm, Begin, ClaimReason, Completion, DecisionSeen, Invocation, Line, Loss, Obligation,
    Sealed, Seen, VERSION,
};
pub use read::{Integrity, LONGEST_LINE, Recorded, read, read_from};
pub use view::{Op, View};
