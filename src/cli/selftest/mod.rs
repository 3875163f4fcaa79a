//! `recant selftest`: does recant notice what it must? The shipped suite runs against the built-in reference system, healthy
//! and with each of its faults, and what turned red is compared with what `faults.toml` says must and may. Judges recant,
//! never a target.

mod committed;
mod compare;
mod crew;
mod execute;
mod json;
mod matrix;
mod metamorphic;
mod pairs;
mod pairs_text;
mod place;
mod stop;
mod sweep;
mod trial;

pub use committed::{differences, text as committed_text};
pub use compare::{Compared, classes, compare};
pub use execute::{Args, execute};
pub use json::{matrix_schema, selftest_schema};
pub use metamorphic::{Generated, Pieces, generated, metamorphic_schema};
pub use pairs::{less, pairs_schema};
