//! `recant selftest`: does recant notice what it must? The shipped suite runs against the built-in reference system, healthy
//! and with each of its faults, and what turned red is compared with what `faults.toml` says must and may. Judges recant,
//! never a target.

mod compare;
mod crew;
mod execute;
mod json;
mod matrix;
mod stop;
mod trial;

pub use compare::{Compared, compare};
pub use execute::{Args, execute};
