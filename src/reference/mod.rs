//! The built-in reference system: an issuer, services of every class, logs of decisions, accesses and changes, an admin interface and a clock
//! that can be moved, all on one loopback listener, and once more over TLS for whoever shows a client certificate. Right by default; deliberately wrong where a fault is switched on.
//!
//! It shares no code with `drive` or `judge`: a misunderstanding that both sides share would pass on both sides. Its own
//! JOSE code (`jose`) is written on the bare signature primitives for the same reason. It must never decide whether
//! a run passes, and it is for laboratories only: it listens where it is told and keeps everything in memory.

mod access_log;
mod admin;
mod change_log;
mod clock;
mod delivery;
mod faults;
mod issuer;
mod jose;
mod log;
mod policy;
mod proofs;
mod scopes;
mod services;
mod ssf;
mod start;
mod store;
mod tls;
mod upstream;
mod world;

pub use faults::{Fault, FaultEntry, MayTurnRed, faults};
pub use start::{ADMIN_SECRET, Reference, client_secrets, start};
