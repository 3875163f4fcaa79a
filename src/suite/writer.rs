//! cucumber's `Writer`: typed events become counts and what people see while a run works. Decides nothing.

use std::collections::HashMap;

use cucumber::cli;
use cucumber::event::{self, Cucumber, Event, Source, StepError};
use cucumber::parser;

use super::events::World;
use super::progress::Progress;
use super::tally::{Came, Tally};
use super::{StepFailure, progress};

/// Watches a run.
pub struct Watcher {
    tally: Tally,
    open: HashMap<Source<gherkin::Scenario>, Seen>,
    progress: Box<dyn Progress>,
}

/// A scenario under way.
#[derive(Default)]
struct Seen {
    came: Option<Came>,
    why: Option<String>,
}

impl Watcher {
    /// A writer that shows progress.
    #[must_use]
    pub fn new(progress: Box<dyn Progress>) -> Self {
        Self { tally: Tally::default(), open: HashMap::new(), progress }
    }

    /// The counts, when all is over.
    #[must_use]
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    fn scenario(
        &mut self,
        feature: &gherkin::Feature,
        rule: Option<&gherkin::Rule>,
        scenario: Source<gherkin::Scenario>,
        event: event::Scenario<World>,
    ) {
        match event {
            event::Scenario::Started => {
                self.tally.begun += 1;
                self.open.insert(scenario, Seen::default());
            }
            event::Scenario::Background(_, step) | event::Scenario::Step(_, step) => {
                self.step(&scenario, &step);
            }
            event::Scenario::Finished => {
                let seen = self.open.remove(&scenario).unwrap_or_default();
                // A scenario without a step proves nothing.
                let came = seen.came.unwrap_or(Came::Inconclusive);
                self.tally.count(came);
                let title = progress::title(feature, rule, &scenario);
                self.progress.came(came, &title, seen.why.as_deref());
            }
            event::Scenario::Hook(..) | event::Scenario::Log(_) => {}
        }
    }

    fn step(&mut self, scenario: &Source<gherkin::Scenario>, step: &event::Step<World>) {
        let (came, why) = match step {
            event::Step::Started => return,
            event::Step::Passed(..) => (Came::Passed, None),
            event::Step::Skipped => (Came::NotApplicable, None),
            event::Step::Failed(_, _, _, error) => {
                let (came, why) = self.failure(error);
                (came, Some(why))
            }
        };
        let seen = self.open.entry(scenario.clone()).or_default();
        if seen.came.is_none_or(|before| came > before) {
            seen.came = Some(came);
            seen.why = why;
        }
    }

    fn failure(&mut self, error: &StepError) -> (Came, String) {
        match error {
            StepError::NotFound | StepError::AmbiguousMatch(_) => {
                self.tally.undefined += 1;
                (Came::Halted, "a step that nobody defined".to_owned())
            }
            StepError::Panic(info) => match info.downcast_ref::<StepFailure>() {
                Some(failure) => {
                    self.tally.note(failure);
                    (Came::of(failure), failure.line())
                }
                None => (Came::Halted, "recant made a mistake".to_owned()),
            },
        }
    }
}

impl cucumber::Writer<World> for Watcher {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<Cucumber<World>>>, _: &Self::Cli) {
        match event.map(Event::into_inner) {
            Err(error) => {
                let why = progress::causes(&error);
                self.progress.note(&why);
                self.tally.unread.push(why);
            }
            Ok(Cucumber::Feature(feature, event::Feature::Scenario(scenario, of))) => {
                self.scenario(&feature, None, scenario, of.event);
            }
            Ok(Cucumber::Feature(
                feature,
                event::Feature::Rule(rule, event::Rule::Scenario(scenario, of)),
            )) => self.scenario(&feature, Some(&rule), scenario, of.event),
            Ok(Cucumber::Finished) => self.progress.over(&self.tally),
            Ok(_) => {}
        }
    }
}

/// Events of several scenarios may come mixed: they are told apart here.
impl cucumber::writer::Normalized for Watcher {}
