//! A transmitter of security events (SSF 1.0): what happens to subjects at the issuer, told to whoever has a stream, by poll
//! (RFC 8936) or by push (RFC 8935). Decides nothing about subjects.

mod manage;
mod news;
mod poll;
mod push;
mod routes;
mod streams;

pub use news::{Account, News};
pub use push::deliver;
pub use routes::routes;
pub use streams::{Signer, Streams};
