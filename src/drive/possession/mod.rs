//! Tokens that are bound to a key of their holder (RFC 9449, DPoP): proofs of that key with every request, and requests that
//! lack a good one; and tokens that are bound to a client certificate (RFC 8705). Each subject has a key, which lives in memory
//! only, as keys of certificates do. Nothing here is judged.

mod certificates;
mod proof;
mod prover;
mod unproven;

pub(crate) use certificates::Certificates;
pub(super) use proof::{About, Wrong, proof};
pub(super) use prover::{Holder, Prover, Towards};
