//! What the parts of a target file and its recipe mean together. Each rule looks at the parsed tree, not at the typed
//! target, so that it also speaks where another part is wrong.

mod all;
mod clients;
mod decisions;
mod elsewhere;
mod exceptions;
mod grants;
mod inputs;
mod notes;
mod pushes;
mod recipe;
mod references;
mod requests;
mod services;
mod templates;
mod urls;

pub use all::{Rules, check};
pub use references::CAPABILITIES;
