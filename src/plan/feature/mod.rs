//! Feature files: reading them with the right places, expanding outlines row by row, and what is wrong with them.
//! Reads text only; knows no step's meaning (that is `steps`) and runs nothing.

mod blocks;
mod lines;
mod outlines;
mod preflight;
mod reader;
mod rows;
mod spelling;
mod tags;
mod walk;

pub(super) use preflight::named_script;
pub use preflight::{Parameter, ParameterKind, Preflight, StepBook, Told};
pub use reader::{Sheet, Tag};
pub use rows::{Row, Rows};
pub use tags::TagFilter;
