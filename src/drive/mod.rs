//! The only part with sockets and a clock. Says what it saw, never whether that was right.

mod capture;
mod clock;
mod command;
mod credentials;
mod decisions;
mod endpoints;
mod excerpt;
mod flow;
mod grant;
mod halt;
mod http;
mod journal;
mod keys;
mod pointer;
mod record;
mod template;
mod tokens;

pub use clock::Clock;
pub use credentials::Vault;
pub use decisions::{Cursor, Decisions, DecisionsRead, LogSubject};
pub use endpoints::Endpoints;
pub use flow::{Flow, Reached, Stopped};
pub use grant::{Ask, Introspected, Issuers, Names, Now, Obtained, Revoked};
pub use halt::Halt;
pub use http::{Answer, Body, Fault, HttpClient, Request};
pub use journal::{Entry, Journal};
pub use record::Recorder;
pub use template::{Values, names_in};
pub use tokens::{Live, Wallet};
