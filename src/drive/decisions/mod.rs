//! The target's decision log, read as it is: a file or an HTTP endpoint. Says which records are there, never
//! whether they ought to be.

mod reader;
mod record;
mod records;

pub use reader::{Cursor, Decisions, DecisionsRead, LogSubject};
