//! `recant verify RUN`: is this record what was written, and does what is reported follow from it? Reads only; asks nobody,
//! and believes nothing in the folder that it can reach itself.

mod derived;
mod execute;
mod files;
mod outcome;
mod record;
mod secrets;
mod shards;
mod signature;
mod text;
mod timestamp;
mod tree;
mod waivers;

pub use execute::{Args, execute, verify, verify_by, verify_schema};
pub use outcome::{Check, Evidence, Name, Verified, Word};
pub use timestamp::Clocks;
