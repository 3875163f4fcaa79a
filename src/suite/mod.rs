//! Runs features: cucumber's `Parser`, `Runner` and `Writer` traits, implemented for many scenarios that mostly wait.
//! Joins `steps`, `drive` and `judge`; knows no HTTP and no requirement by name.

mod driver;
mod events;
mod failure;
mod features;
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
pub use live::Live;
pub use progress::{Progress, Silent, progress};
pub use runner::Crew;
pub use tally::{Came, Tally};
pub use writer::Watcher;

use std::sync::Arc;

use crate::plan::Suite;

/// Runs all selected scenarios of a suite and tells how they came out.
///
/// The future does not leave its thread: call it from the outermost `block_on`. Scenarios run on the runtime's threads.
pub async fn run<D: Driver>(
    driver: Arc<D>,
    suite: Arc<Suite>,
    limits: Limits,
    progress: Box<dyn Progress>,
) -> Tally {
    let shelf = Shelf::default();
    let parser = Features::new(shelf.clone());
    let crew = Crew::new(driver, shelf, suite.clone(), limits);
    let watcher = Watcher::new(progress);
    cucumber::Cucumber::<World, _, _, _, _, cucumber::cli::Empty>::custom(parser, crew, watcher)
        .with_default_cli()
        .run(suite)
        .await
        .into_tally()
}
