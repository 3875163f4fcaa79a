//! recant as a transmitter of security events (SSF 1.0): a key of its own, tokens right and wrong, and their delivery by push. And
//! as a receiver: a stream, its verification, and reading it by poll or by push. Says what it saw, never whether that was right.

mod endpoint;
mod inbox;
mod key;
mod logout;
mod poll;
mod push;
mod read;
mod send;
mod stream;
mod subject;
mod token;
mod transmitter;
mod wire;

pub(super) use endpoint::Endpoint;
pub(super) use send::{Sent, Signal, event_bound};
pub(super) use stream::Stream;
pub(super) use transmitter::Transmitter;
