//! `recant selftest --metamorphic N`: properties that need no model of policy, on N generated states of the reference system.

mod drive;
mod execute;
mod generate;
mod told;

pub use execute::execute;
pub use generate::{Generated, Pieces, generated};
pub use told::metamorphic_schema;
