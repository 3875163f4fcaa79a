//! The only part with sockets and a clock. Says what it saw, never whether that was right.

mod halt;

pub use halt::Halt;
