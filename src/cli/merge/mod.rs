//! `recant merge RUN... --out DIR`: joins the shards of one plan to a run that every other command takes. Sends nothing.

mod execute;
mod given;

pub use execute::{Args, execute};
