//! Signatures over what was written: Ed25519 keys in PEM, DSSE envelopes, and time-stamps of them (RFC 3161). Knows neither runs nor
//! reports; trusts no key and no authority that it was not handed.

mod authority;
mod der;
mod dsse;
mod key;
mod pem;
pub mod timestamp;

pub use authority::Authorities;
pub use dsse::{Envelope, Signature, pae};
pub use key::{PublicKey, Signer};
