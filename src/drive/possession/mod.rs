//! Tokens that are bound to a key of their holder (RFC 9449, DPoP): proofs of that key with every request, and requests that
//! lack a good one. Each subject has a key, which lives in memory only. Nothing here is judged.

mod proof;
mod prover;
mod unproven;

pub(super) use proof::{About, Wrong, proof};
pub(super) use prover::{Holder, Prover, Towards};
