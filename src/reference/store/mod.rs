//! What the issuer remembers: subjects, clients, grants, tokens, keys. All of it behind one lock, so that every change is
//! in force at once and a race for one refresh token has one winner. Decides nothing about requests.

mod changes;
mod claims;
mod clients;
mod grants;
mod keys;
mod places;
mod standing;
mod status;
mod subjects;
mod sweep;
mod whole;

pub use clients::{AGENT_KEY, SECRETS};
pub use grants::{Access, Backchannel, Bound, End, Grant, Refresh};
pub use standing::{Entitlements, Look, Standing};
pub use status::Spoilt;
pub use subjects::{Departed, Subject};
pub use whole::{Digest, Source, Store, digest_of};
