//! Runs features: cucumber's `Parser`, `Runner` and `Writer` traits, implemented for many scenarios that mostly wait.
//! Joins `steps`, `drive` and `judge`; knows no HTTP and no requirement by name.

mod driver;
mod events;
mod failure;
mod features;
mod frame;
mod live;
mod news;
mod play;
mod progress;
mod runner;
mod tally;
mod writer;

pub use driver::{Actor, Driver, Limits};
pub use events::World;
pub use failure::StepFailure;
pub use features::{Features, Shelf};
pub use frame::run;
pub use live::Live;
pub use progress::{Progress, Silent, progress};
pub use runner::Crew;
pub use tally::{Came, Tally};
pub use writer::Watcher;
