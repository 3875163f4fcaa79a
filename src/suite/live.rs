//! The driver of a real run: `drive` does it and records it, `judge` judges what is on record.

use std::sync::Arc;

use super::driver::{Actor, Driver};
use crate::drive::{Halt, Run, Stage};
use crate::history::{Line, Obligation, View};
use crate::judge::{self, Finding};
use crate::model::Place;
use crate::plan::{Declared, Scripts, Touches, Verb};
use crate::requirements::Catalog;

/// Changes that name a subject and yet take something away from others.
const SHARED: [&str; 1] = ["disable client"];

/// A run against a target.
pub struct Live {
    run: Arc<Run>,
    declared: Arc<Declared>,
    scripts: Arc<Scripts>,
}

impl Live {
    /// A driver for a run that has started.
    #[must_use]
    pub fn new(run: Arc<Run>, declared: Arc<Declared>, scripts: Arc<Scripts>) -> Self {
        Self { run, declared, scripts }
    }
}

impl Driver for Live {
    type Actor = Stage;

    fn enter(self: &Arc<Self>, instance: &str, touches: Touches) -> Stage {
        match touches {
            Touches::Subjects => self.run.stage(instance),
            Touches::Issuer => self.run.stage_alone(instance),
        }
    }

    fn touches(&self, change: &str) -> Touches {
        let change_of_subject = self
            .declared
            .recipe
            .change
            .get(change)
            .is_some_and(|c| c.takes.iter().any(|t| t == "subject"));
        if change_of_subject && !SHARED.contains(&change) {
            Touches::Subjects
        } else {
            Touches::Issuer
        }
    }

    fn scripts(&self) -> Arc<Scripts> {
        self.scripts.clone()
    }

    fn oblige(&self, obligation: Obligation) -> Result<Vec<Finding>, Halt> {
        let obligation = self.run.obligation(obligation)?;
        let mut view = View::of(self.run.lines_of(&obligation.instance));
        view.begin = Some(self.run.begin().clone());
        Ok(judge::judge_one(Catalog::shipped(), &view, &obligation))
    }

    fn lines_of(&self, instance: &str) -> Vec<Line> {
        self.run.lines_of(instance)
    }

    fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt> {
        self.run.unmet(instance, because)
    }

    fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt> {
        self.run.ran(scenario, place, halted)
    }

    fn forget(&self, instance: &str) {
        self.run.recorder().forget(instance);
    }

    fn interrupt(&self) {
        self.run.interrupt();
    }

    async fn interrupted(&self) {
        self.run.interrupted().await;
    }
}

impl Actor for Stage {
    async fn perform(&mut self, verb: &Verb) -> Result<(), Halt> {
        Stage::perform(self, verb).await
    }

    async fn script(&mut self, name: &str) -> Result<(), Halt> {
        Stage::script(self, name).await
    }

    async fn finish(self) -> Result<(), Halt> {
        Stage::finish(self).await
    }
}
