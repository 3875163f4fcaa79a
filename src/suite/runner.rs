//! cucumber's `Runner`: a task for each scenario, begun while others wait, expanded from its outline only then.

use std::sync::Arc;

use cucumber::event::{self, Event, Source};
use cucumber::{cli, parser};
use futures::stream::{self, LocalBoxStream, Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::driver::{Driver, Limits};
use super::events::{Told, World, events};
use super::features::{Open, Shelf};
use super::news::{Bill, Cast, News};
use super::play::Play;
use crate::plan::Suite;
use crate::plan::feature::Row;

/// News on their way to the writer at once. Scenarios wait where the writer can't keep up.
const MOST_NEWS: usize = 4096;

/// Runs scenarios.
pub struct Crew<D> {
    driver: Arc<D>,
    shelf: Shelf,
    suite: Arc<Suite>,
    limits: Limits,
}

impl<D: Driver> Crew<D> {
    /// A runner for a suite whose features lie on a shelf.
    #[must_use]
    pub fn new(driver: Arc<D>, shelf: Shelf, suite: Arc<Suite>, limits: Limits) -> Self {
        Self { driver, shelf, suite, limits }
    }
}

impl<D: Driver> cucumber::Runner<World> for Crew<D> {
    type Cli = cli::Empty;
    type EventStream = LocalBoxStream<'static, Told>;

    fn run<S>(self, features: S, _: cli::Empty) -> Self::EventStream
    where
        S: Stream<Item = parser::Result<gherkin::Feature>> + 'static,
    {
        let (tell, told) = mpsc::channel(MOST_NEWS);
        let dispatch = stream::once(self.dispatch(features.boxed_local(), tell))
            .flat_map(stream::iter)
            .map(Err);
        let news = stream::unfold(told, |mut told| async move {
            told.recv().await.map(|news| (events(news), told))
        });
        let news = news.flat_map(stream::iter);
        let begin = stream::iter([Ok(Event::new(event::Cucumber::Started))]);
        let end = stream::iter([Ok(Event::new(event::Cucumber::Finished))]);
        begin.chain(stream::select(dispatch, news)).chain(end).boxed_local()
    }
}

/// What was counted while features were read.
#[derive(Default)]
struct Counts {
    features: usize,
    rules: usize,
    scenarios: usize,
    steps: usize,
    errors: Vec<parser::Error>,
}

impl<D: Driver> Crew<D> {
    /// Reads features and begins their scenarios until there are no more or somebody interrupts; then waits for those
    /// that were begun. Returns what could not be read.
    async fn dispatch(
        self,
        mut features: LocalBoxStream<'static, parser::Result<gherkin::Feature>>,
        tell: mpsc::Sender<News>,
    ) -> Vec<parser::Error> {
        let stop = CancellationToken::new();
        let watch = tokio::spawn(stop_when_interrupted(self.driver.clone(), stop.clone()));
        let free = Arc::new(Semaphore::new(self.limits.open.max(1)));
        let mut tasks = JoinSet::new();
        let mut counts = Counts::default();
        while let Some(feature) = features.next().await {
            match feature {
                Ok(feature) => {
                    let open = self.shelf.take(&feature);
                    counts.features += 1;
                    counts.rules += feature.rules.len();
                    let Some(open) = open else {
                        counts.errors.push(lost(&feature));
                        continue;
                    };
                    let bill = Arc::new(Bill::new(feature));
                    let scenes = Scenes { bill: &bill, open: &open, tell: &tell, free: &free };
                    self.scenarios(scenes, &stop, &mut tasks, &mut counts).await;
                }
                Err(error) => counts.errors.push(error),
            }
            if stop.is_cancelled() {
                break;
            }
        }
        let Counts { features, rules, scenarios, steps, errors } = counts;
        let read = News::Read { features, rules, scenarios, steps, errors: errors.len() };
        // Nobody listens only where the writer is gone, and then nobody needs to know.
        let _ = tell.send(read).await;
        while tasks.join_next().await.is_some() {}
        watch.abort();
        errors
    }

    /// Begins the scenarios of one feature.
    async fn scenarios(
        &self,
        scenes: Scenes<'_>,
        stop: &CancellationToken,
        tasks: &mut JoinSet<()>,
        counts: &mut Counts,
    ) {
        let Scenes { bill, open, tell, free } = scenes;
        let Some(file) = self.suite.files.get(open.file) else { return };
        let mut begun = false;
        for row in self.suite.in_order(open.sheet.clone()) {
            if !self.suite.selects(file, &row) {
                continue;
            }
            let place = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                place = free.clone().acquire_owned() => place,
            };
            let Ok(place) = place else { break };
            counts.scenarios += 1;
            counts.steps += row.scenario.steps.len();
            if !std::mem::replace(&mut begun, true) {
                let _ = tell.send(News::Began(bill.clone())).await;
            }
            bill.one_more();
            tasks.spawn(one(
                self.play(bill, open, row, stop, tell),
                bill.clone(),
                tell.clone(),
                place,
            ));
            while tasks.try_join_next().is_some() {}
        }
        if bill.one_less() && begun {
            let _ = tell.send(News::Ended(bill.clone())).await;
        }
    }

    fn play(
        &self,
        bill: &Arc<Bill>,
        open: &Open,
        row: Row,
        stop: &CancellationToken,
        tell: &mpsc::Sender<News>,
    ) -> Play<D> {
        let background = open.sheet.background(row.rule).cloned().collect();
        let cast = Arc::new(Cast {
            bill: bill.clone(),
            rule: row.rule,
            scenario: Source::new(row.scenario.clone()),
        });
        Play {
            driver: self.driver.clone(),
            limits: self.limits,
            stop: stop.clone(),
            tell: tell.clone(),
            cast,
            background,
            row,
        }
    }
}

/// What the scenarios of a feature share.
struct Scenes<'a> {
    bill: &'a Arc<Bill>,
    open: &'a Open,
    tell: &'a mpsc::Sender<News>,
    free: &'a Arc<Semaphore>,
}

/// One scenario from its begin to its end, with the place that it takes among those under way.
async fn one<D: Driver>(
    play: Play<D>,
    bill: Arc<Bill>,
    tell: mpsc::Sender<News>,
    place: OwnedSemaphorePermit,
) {
    play.whole().await;
    drop(place);
    if bill.one_less() {
        let _ = tell.send(News::Ended(bill)).await;
    }
}

/// A feature without its sheet. The parser leaves one for each, so this is a mistake of recant's; it must not look green.
fn lost(feature: &gherkin::Feature) -> parser::Error {
    let source = std::io::Error::other("it was read, but got lost on the way");
    let path = feature.path.clone().unwrap_or_default();
    gherkin::ParseFileError::Reading { path, source }.into()
}

async fn stop_when_interrupted<D: Driver>(driver: Arc<D>, stop: CancellationToken) {
    driver.interrupted().await;
    stop.cancel();
}
