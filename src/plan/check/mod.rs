//! What is wrong with TOML files that people wrote, all at once and each at its place: first the shape (against the same
//! schema that is published), then what the parts mean together. Looks at environment variables and files that a target
//! names; sends nothing and runs nothing.

mod conceal;
mod document;
pub mod rules;
pub mod script;
pub mod shape;

pub use document::{Document, Entry, Node, Value};
