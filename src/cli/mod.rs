//! The command line: one file a command. Joins the parts; decides nothing that a part decides.

mod args;
mod check;
mod entry;
mod explain;
mod judge;
mod output;
mod requirements;
mod schema;
mod steps;
mod undo;
mod verdict;

pub use args::{Cli, Color, Command, Shared};
pub use entry::main;
pub use output::{Out, complain, stdout};
pub use undo::undo;
