//! What scenario tasks tell the runner. cucumber's own events can't leave a thread, because their failures are untyped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cucumber::event::Source;

use super::StepFailure;

/// A feature under way.
#[derive(Debug)]
pub struct Bill {
    /// The feature as cucumber's events name it.
    pub feature: Source<gherkin::Feature>,
    /// Its rules.
    pub rules: Vec<Source<gherkin::Rule>>,
    /// Scenarios that are not over, plus one while more of them may come.
    left: AtomicUsize,
}

impl Bill {
    /// A feature whose scenarios are about to come.
    pub fn new(feature: gherkin::Feature) -> Self {
        let rules = feature.rules.iter().cloned().map(Source::new).collect();
        Self { feature: Source::new(feature), rules, left: AtomicUsize::new(1) }
    }

    /// One more scenario.
    pub fn one_more(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// One less; true where that was the last one.
    pub fn one_less(&self) -> bool {
        self.left.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

/// Something that happened.
#[derive(Debug)]
pub enum News {
    /// A feature begins.
    Began(Arc<Bill>),
    /// A feature is over.
    Ended(Arc<Bill>),
    /// What happened in a scenario, in order. Told together where nobody waits for it: each message wakes its reader.
    Of(Arc<Cast>, Vec<Scene>),
    /// All features were read.
    Read { features: usize, rules: usize, scenarios: usize, steps: usize, errors: usize },
}

/// A scenario as cucumber's events name it.
#[derive(Debug)]
pub struct Cast {
    /// Its feature.
    pub bill: Arc<Bill>,
    /// Index of its rule.
    pub rule: Option<usize>,
    /// Itself, its outline filled in.
    pub scenario: Source<gherkin::Scenario>,
}

/// What happened in a scenario.
#[derive(Debug)]
pub enum Scene {
    /// It began.
    Began,
    /// Something about a step.
    Step { step: Source<gherkin::Step>, background: bool, came: Step },
    /// It is over.
    Ended,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// It began.
    Began,
    /// It was carried out, and what had to hold holds.
    Passed,
    /// It was left out after a halt, or asks for what the target declares absent.
    Skipped,
    /// No sentence reads like this.
    Undefined,
    /// It did not pass.
    Failed(StepFailure),
}
