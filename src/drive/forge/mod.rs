//! Tokens that no issuer gave: made by recant out of a real one, to see whether services take them. Signs with keys of its
//! own that live as long as the scenario, or with what is public. Says how a token was made, never whether a service was
//! right about it.

mod bait;
mod craft;
mod der;
mod further;
mod key;
mod show;

pub(super) use craft::unsigned;
pub(super) use further::FurtherIssuer;
pub(super) use key::OwnKey;
