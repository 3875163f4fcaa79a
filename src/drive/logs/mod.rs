//! The target's logs, read as they are: a file or an HTTP endpoint each. Says which records are there, never
//! whether they ought to be.

mod access;
mod all;
mod change;
mod decision;
mod endpoint;
mod kind;
mod link;
mod reader;
mod records;

pub use all::Logs;
pub use kind::{LogKind, LogPlace};
pub use reader::{Cursor, LogRead, LogReader, LogSubject};
