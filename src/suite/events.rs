//! News as cucumber's events. Rules have no events of their own: nothing of ours asks when one begins.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use cucumber::event::{self, Event, StepError};
use cucumber::parser;
use regex::{CaptureLocations, Regex};

use super::news::{Cast, News, Scene, Step};

/// cucumber wants a world for every scenario. What a scenario knows is with its actor instead, so this is empty.
#[derive(Debug, Default)]
pub struct World;

impl cucumber::World for World {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// An event of cucumber.
pub type Told = parser::Result<Event<event::Cucumber<World>>>;

/// News as events.
pub fn events(news: News) -> Vec<Told> {
    let events = match news {
        News::Began(bill) => vec![event::Cucumber::feature_started(bill.feature.clone())],
        News::Ended(bill) => vec![event::Cucumber::feature_finished(bill.feature.clone())],
        News::Of(cast, scenes) => {
            scenes.into_iter().map(|scene| of_scenario(&cast, scene)).collect()
        }
        News::Read { features, rules, scenarios, steps, errors } => {
            vec![event::Cucumber::ParsingFinished {
                features,
                rules,
                scenarios,
                steps,
                parser_errors: errors,
            }]
        }
    };
    events.into_iter().map(|event| Ok(Event::new(event))).collect()
}

fn of_scenario(cast: &Cast, scene: Scene) -> event::Cucumber<World> {
    let rule = cast.rule.and_then(|i| cast.bill.rules.get(i)).cloned();
    let scene = match scene {
        Scene::Began => event::Scenario::Started,
        Scene::Ended => event::Scenario::Finished,
        Scene::Step { step, background: true, came } => {
            event::Scenario::Background(step, of_step(came))
        }
        Scene::Step { step, background: false, came } => event::Scenario::Step(step, of_step(came)),
    };
    let (feature, scenario) = (cast.bill.feature.clone(), cast.scenario.clone());
    event::Cucumber::scenario(feature, rule, scenario, scene.with_retries(None))
}

fn of_step(came: Step) -> event::Step<World> {
    let failed = |error| event::Step::Failed(None, None, None, error);
    match came {
        Step::Began => event::Step::Started,
        Step::Skipped => event::Step::Skipped,
        Step::Passed => event::Step::Passed(no_captures(), None),
        Step::Undefined => failed(StepError::NotFound),
        Step::Failed(failure) => failed(StepError::Panic(Arc::new(failure))),
    }
}

/// cucumber wants the places of captures; ours are read by the book, and no writer of ours asks for them.
fn no_captures() -> CaptureLocations {
    static NOTHING: LazyLock<CaptureLocations> =
        LazyLock::new(|| Regex::new("").expect("nothing is an expression").capture_locations());
    NOTHING.clone()
}
