//! The command line: one file a command. Joins the parts; decides nothing that a part decides.

mod agreed;
mod args;
mod check;
mod completions;
mod diff;
mod embedded;
mod entry;
mod explain;
mod faults;
mod flow;
mod intended;
mod judge;
mod keygen;
mod keys;
mod output;
mod reference;
mod reports;
mod requirements;
mod restore;
mod run;
mod run_folder;
mod run_lock;
mod schema;
pub mod selftest;
mod sign;
mod sign_oscal;
mod signals;
mod steps;
mod undo;
mod unknown;
mod verdict;
pub mod verify;

pub use args::{Cli, Color, Command, Shared};
pub use entry::main;
pub use output::{Out, complain, stdout};
pub use undo::undo;
