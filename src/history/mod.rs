//! What happened, as it happened: lines of a history, their integrity, and where they are kept.
//! Nothing here says whether what happened was right.

mod action;
mod line;
mod read;
mod seen;
mod view;

pub use action::{Action, Arm, Loss, change_in_words};
pub use line::{Begin, Completion, Invocation, Line, Obligation, Sealing, VERSION};
pub use read::{Integrity, LONGEST_LINE, Recorded, read, read_from};
pub use seen::{AccessSeen, ChangeSeen, ClaimReason, DecisionSeen, Seen, SignalSeen, request_id};
pub use view::{Op, Parts, View};
