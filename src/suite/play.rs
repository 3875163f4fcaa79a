//! One scenario: its steps in order, each told as it comes. A failing `Then` stops nothing; a `Given` or `When` that
//! can't be carried out stops those after it, and what must hold is recorded all the same.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use cucumber::event::Source;
use futures::FutureExt;
use gherkin::Step as Written;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::StepFailure;
use super::driver::{Actor, Driver, Limits};
use super::news::{Cast, News, Scene, Step};
use crate::drive::Halt;
use crate::history::{Action, Obligation, View};
use crate::judge::Finding;
use crate::model::{Outcome, Place, Verdict};
use crate::plan::feature::Row;
use crate::plan::{Touches, Verb};
use crate::requirements::Catalog;
use crate::steps::{self, Ask, Book, Deed};

/// A scenario that is about to run.
pub struct Play<D> {
    pub driver: Arc<D>,
    pub limits: Limits,
    pub stop: CancellationToken,
    pub tell: mpsc::Sender<News>,
    pub cast: Arc<Cast>,
    pub background: Vec<Written>,
    pub row: Row,
}

/// A step with what it comes to; known before anything is sent.
struct Cue {
    written: Written,
    background: bool,
    deed: Result<Deed, String>,
}

impl<D: Driver> Play<D> {
    /// Runs it to its end. A panic ends the scenario, never its undoing, which is then the dropped actor's.
    pub async fn whole(self) {
        self.say(vec![Scene::Began]).await;
        let mut scenes = Vec::new();
        let played = AssertUnwindSafe(self.played(&mut scenes)).catch_unwind().await;
        let halted = played.unwrap_or_else(|panic| {
            Some(Halt::Unmet(format!("recant made a mistake: {}", words_of(&*panic))))
        });
        if let Some(Halt::Broken(_)) = &halted {
            self.give_up();
        }
        let why = halted.map(|h| h.to_string());
        if self.driver.ran(&self.row.title, self.row.place.clone(), why).is_err() {
            self.give_up();
        }
        scenes.push(Scene::Ended);
        self.say(scenes).await;
    }

    /// Nothing more can be recorded, so nothing more may be sent.
    fn give_up(&self) {
        self.stop.cancel();
        self.driver.interrupt();
    }

    /// `scenes`: what happened so far, also where it ends in a panic.
    async fn played(&self, scenes: &mut Vec<Scene>) -> Option<Halt> {
        let cues = self.cues();
        let instance = self.row.instance();
        let mut part = Part {
            play: self,
            actor: self.driver.enter(&instance, self.touches(&cues)),
            about: instance.clone(),
            instance,
            needs: needs(&cues),
            halted: None,
        };
        for cue in cues {
            let step = Source::new(cue.written.clone());
            let say = |came| Scene::Step { step: step.clone(), background: cue.background, came };
            scenes.push(say(Step::Began));
            let came = part.step(&cue).await;
            scenes.push(say(came));
        }
        let finished = part.actor.finish().await.err();
        self.driver.forget(&part.instance);
        // A record that can't be written outweighs whatever stopped the scenario before.
        finished.or(part.halted)
    }

    fn cues(&self) -> Vec<Cue> {
        let mut said = steps::Scene::knowing(self.driver.scripts());
        let background = self.background.iter().map(|s| (s, true));
        let own = self.row.scenario.steps.iter().map(|s| (s, false));
        background
            .chain(own)
            .map(|(written, background)| {
                let table = written.table.as_ref().map(|t| t.rows.clone()).unwrap_or_default();
                let deed = Book::shipped().deed(&written.value, table, &mut said);
                Cue { written: written.clone(), background, deed }
            })
            .collect()
    }

    /// A scenario of its own runs alone where one of its changes is about things that others use too.
    fn touches(&self, cues: &[Cue]) -> Touches {
        let mut verbs = cues.iter().flat_map(|c| match &c.deed {
            Ok(Deed::Perform(verbs)) => verbs.as_slice(),
            _ => &[],
        });
        let alone = verbs.any(|v| match v {
            Verb::Change { name, of, .. } => {
                of.is_none() || self.driver.touches(name) == Touches::Issuer
            }
            _ => false,
        });
        if alone { Touches::Issuer } else { Touches::Subjects }
    }

    async fn say(&self, scenes: Vec<Scene>) {
        // Nobody listens only where the writer is gone.
        let _ = self.tell.send(News::Of(self.cast.clone(), scenes)).await;
    }
}

/// A scenario under way.
struct Part<'p, D: Driver> {
    play: &'p Play<D>,
    actor: D::Actor,
    instance: String,
    /// The instance that obligations are about: this scenario's own, or that of a script.
    about: String,
    /// Capabilities that it takes to get there.
    needs: Vec<String>,
    halted: Option<Halt>,
}

impl<D: Driver> Part<'_, D> {
    async fn step(&mut self, cue: &Cue) -> Step {
        let done = match &cue.deed {
            Err(_) if Book::shipped().matching(&cue.written.value).is_empty() => {
                self.halt(Halt::Unmet(format!("no step reads `{}`", cue.written.value)));
                return Step::Undefined;
            }
            Err(why) => self.halted_by(Halt::Unmet(why.clone())),
            Ok(Deed::Oblige { look, asks }) => return self.oblige(cue, look, asks).await,
            Ok(_) if self.halted.is_some() => return Step::Skipped,
            Ok(Deed::Perform(verbs)) => self.perform(verbs).await,
            Ok(Deed::Require(verbs)) => self.require(verbs).await,
            Ok(Deed::Script(name)) => self.script(name).await,
        };
        match done {
            Ok(()) => Step::Passed,
            Err(halt) => Step::Failed(StepFailure::Halted(halt)),
        }
    }

    async fn perform(&mut self, verbs: &[Verb]) -> Result<(), Halt> {
        for verb in verbs {
            if let Err(halt) = self.verb(verb).await {
                return self.halted_by(halt);
            }
        }
        Ok(())
    }

    /// One verb, within its time. After an interruption the request in flight may come to its end.
    async fn verb(&mut self, verb: &Verb) -> Result<(), Halt> {
        let limits = self.play.limits;
        let late = async {
            match verb {
                // These wait for borrowed subjects or locks, which others give back within their own limits.
                Verb::Subject { .. } => std::future::pending().await,
                _ => tokio::time::sleep(limits.verb).await,
            }
        };
        let interrupted = async {
            self.play.stop.cancelled().await;
            tokio::time::sleep(limits.grace).await;
        };
        tokio::select! {
            biased;
            done = self.actor.perform(verb) => done,
            () = interrupted => Err(Halt::Interrupted),
            () = late => Err(Halt::Unmet(format!("it took longer than {} s", limits.verb.as_secs()))),
        }
    }

    /// Verbs whose calls must be accepted: a refusal later would prove nothing otherwise.
    async fn require(&mut self, verbs: &[Verb]) -> Result<(), Halt> {
        let before = View::of(self.play.driver.lines_of(&self.instance)).ops.len();
        self.perform(verbs).await?;
        let after = View::of(self.play.driver.lines_of(&self.instance));
        let mut calls = 0;
        for op in after.ops.iter().skip(before) {
            let Action::Call { subject, service, operation, .. } = &op.action else { continue };
            calls += 1;
            let why = match &op.outcome {
                Outcome::Accepted => continue,
                Outcome::Refused(refusal) => format!("refused with {}", refusal.status),
                Outcome::Failed(why) | Outcome::Unknown(why) => why.clone(),
            };
            return self.halted_by(Halt::Unmet(format!(
                "\"{operation}\" is not accepted from {subject} at {service} to begin with: {why}"
            )));
        }
        if calls == 0 {
            let why = "no service that the tokens are for has this operation";
            return self.halted_by(Halt::Unmet(why.to_owned()));
        }
        Ok(())
    }

    async fn script(&mut self, name: &str) -> Result<(), Halt> {
        name.clone_into(&mut self.about);
        let scripts = self.play.driver.scripts();
        self.needs = scripts.script(name).map(|s| s.scenario.needs.clone()).unwrap_or_default();
        let driven = tokio::select! {
            biased;
            done = self.actor.script(name) => done,
            () = self.play.stop.cancelled() => Err(Halt::Interrupted),
        };
        // The script's own record says why it stopped; this scenario did nothing of its own.
        driven.inspect_err(|halt| self.halted = Some(halt.clone()))
    }

    async fn oblige(&mut self, cue: &Cue, look: &[Verb], asks: &[Ask]) -> Step {
        if self.play.stop.is_cancelled() {
            return Step::Skipped;
        }
        if self.halted.is_none() && self.perform(look).await.is_err_and(|h| h == Halt::Interrupted)
        {
            return Step::Failed(StepFailure::Halted(Halt::Interrupted));
        }
        let mut findings = Vec::new();
        for ask in asks {
            match self.ask(cue, ask) {
                Ok(found) => findings.extend(found),
                Err(halt) => {
                    self.halted = Some(halt.clone());
                    return Step::Failed(StepFailure::Halted(halt));
                }
            }
        }
        came(findings)
    }

    fn ask(&self, cue: &Cue, ask: &Ask) -> Result<Vec<Finding>, Halt> {
        let Some(requirement) = Catalog::shipped().find(&ask.requirement) else {
            return Err(Halt::Unmet(format!("no requirement is called `{}`", ask.requirement)));
        };
        let row = &self.play.row;
        self.play.driver.oblige(Obligation {
            requirement: requirement.id.clone(),
            check: requirement.check.clone(),
            instance: self.about.clone(),
            needs: self.needs.clone(),
            service: ask.service.clone(),
            operation: ask.operation.clone(),
            within: ask.within,
            place: Place {
                file: row.place.file.clone(),
                line: cue.written.position.line,
                column: cue.written.position.col,
            },
            text: format!("{}{}", cue.written.keyword, cue.written.value),
            scenario: row.title.clone(),
            ..Obligation::default()
        })
    }

    fn halted_by(&mut self, halt: Halt) -> Result<(), Halt> {
        self.halt(halt.clone());
        Err(halt)
    }

    fn halt(&mut self, halt: Halt) {
        if self.halted.is_some() {
            return;
        }
        let noted = match &halt {
            Halt::Unmet(why) | Halt::Absent(why) => self.play.driver.unmet(&self.instance, why),
            Halt::Interrupted | Halt::Broken(_) => Ok(()),
        };
        self.halted = Some(noted.err().unwrap_or(halt));
    }
}

/// Capabilities that the steps of a scenario need, without what must hold: that is with each requirement.
fn needs(cues: &[Cue]) -> Vec<String> {
    let book = Book::shipped();
    let acting = cues.iter().filter(|c| !matches!(c.deed, Ok(Deed::Oblige { .. })));
    let defined = acting.flat_map(|c| book.matching(&c.written.value));
    let mut all: Vec<_> =
        defined.filter_map(|i| book.definitions().get(i)).flat_map(|d| d.needs()).collect();
    all.sort();
    all.dedup();
    all
}

/// A step from the findings of its obligations.
fn came(findings: Vec<Finding>) -> Step {
    let worst = Verdict::worst(findings.iter().filter(|f| !f.advisory).map(|f| f.verdict));
    match worst {
        _ if !findings.is_empty() && findings.iter().all(|f| f.advisory) => Step::Passed,
        Verdict::Fail => Step::Failed(StepFailure::Nonconformant(findings)),
        Verdict::Inconclusive => Step::Failed(StepFailure::Inconclusive(findings)),
        Verdict::NotApplicable => Step::Skipped,
        Verdict::Pass | Verdict::Bounded => Step::Passed,
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}
