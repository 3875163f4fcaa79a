//! Signatures over what was written: Ed25519 keys in PEM, DSSE envelopes. Knows neither runs nor reports; trusts no key that
//! it was not handed.

mod dsse;
mod key;
mod pem;

pub use dsse::{Envelope, Signature, pae};
pub use key::{PublicKey, Signer};
