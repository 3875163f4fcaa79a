//! Talking to issuers as a client does: obtaining, refreshing, exchanging, introspecting and revoking tokens.
//! Says what an answer came to, never whether that was right. A live token leaves this module only into a
//! `Wallet`.

mod answer;
mod ask;
mod assertion;
mod ciba;
mod client;
mod code;
mod exchange;
mod issuers;
mod obtain;
mod state;
mod steps;
mod twice;

pub use ask::{Ask, Introspected, Names, Obtained, Revoked};
pub use exchange::EXCHANGE;
pub use issuers::{Issuers, Now};
pub use twice::Presented;
