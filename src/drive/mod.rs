//! The only part with sockets and a clock. Says what it saw, never whether that was right.

mod clock;
mod credentials;
mod halt;
mod http;
mod journal;
mod record;

pub use clock::Clock;
pub use credentials::Vault;
pub use halt::Halt;
pub use http::{Answer, Fault, HttpClient, Request};
pub use journal::{Entry, Journal};
pub use record::Recorder;
