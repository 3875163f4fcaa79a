//! Metamorphic properties: what must hold between two observations of a system, whatever its policy is. No model says what
//! is right; one answer is compared with another. Pure, like all that judges.

mod access;
mod content;
mod ends;
mod grants;
mod observed;
mod property;
mod record;
mod roles;
mod routes;

pub use observed::Observed;
pub use property::{Instance, NOT_IMPLEMENTED, PROPERTIES, Property, Tally, properties};
