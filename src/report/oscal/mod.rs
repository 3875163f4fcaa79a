//! OSCAL assessment results 1.2.1, with structs of our own: findings by control, each resting on observations of this run.
//! Evidence for a control; whether a system complies is for an assessor to say. Names follow from the record, so that the
//! same record gives the same document.

mod assembly;
mod control;
mod document;
mod model;
mod names;
mod observed;
mod references;
pub mod signing;

pub use document::{OSCAL_VERSION, render};
pub use references::dangling;
