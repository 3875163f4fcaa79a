//! A run in the frame of cucumber: our parser, runner and writer behind its traits.

use std::sync::Arc;

use super::driver::{Driver, Limits};
use super::events::World;
use super::features::{Features, Shelf};
use super::progress::Progress;
use super::runner::Crew;
use super::tally::Tally;
use super::writer::Watcher;
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
