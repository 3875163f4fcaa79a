//! A pure function from a history to findings. Reaches no socket, file or clock.

mod finding;

pub use finding::{Finding, Lag};
