//! recant as a transmitter of security events (SSF 1.0): a key of its own, tokens right and wrong, and their delivery by push.
//! Says what receivers answered, never whether that was right.

mod key;
mod push;
mod send;
mod token;
mod transmitter;

pub(super) use send::{Sent, Signal, event_bound};
pub(super) use transmitter::Transmitter;
