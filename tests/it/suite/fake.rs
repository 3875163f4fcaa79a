//! A driver that only notes what it is asked for, and a way to run a feature with it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use recant::drive::Halt;
use recant::history::{Action, Arm, Completion, Invocation, Line, Obligation, Seen};
use recant::judge::Finding;
use recant::model::{Moment, Outcome, Place, Refusal, Verdict};
use recant::plan::{FeatureFile, Scripts, Source, Suite, Touches, Verb};
use recant::suite::{Actor, Came, Driver, Limits, Progress, Tally};
use tokio::sync::Barrier;
use tokio_util::sync::CancellationToken;

/// A driver that only notes what it is asked for.
#[derive(Default)]
pub struct Fake {
    pub cancel: CancellationToken,
    /// What scenarios did, by instance.
    pub did: Mutex<BTreeMap<String, Vec<String>>>,
    pub obliged: Mutex<Vec<Obligation>>,
    pub unmet: Mutex<Vec<(String, String)>>,
    pub ran: Mutex<Vec<(String, usize, Option<String>)>>,
    pub entered: Mutex<Vec<(String, Touches)>>,
    pub under_way: AtomicUsize,
    pub most: AtomicUsize,
    pub dropped: AtomicU32,
    /// Verdicts by requirement; passed where nothing is said.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Calls that are refused, by operation.
    pub refuses: Option<String>,
    /// Waits end when as many scenarios wait as this says.
    pub all_there: Option<Barrier>,
}

pub struct FakeActor {
    of: Arc<Fake>,
    instance: String,
    over: bool,
}

impl Fake {
    fn note(&self, instance: &str, what: String) {
        self.did.lock().unwrap().entry(instance.to_owned()).or_default().push(what);
    }

    pub fn did(&self, instance: &str) -> Vec<String> {
        self.did.lock().unwrap().get(instance).cloned().unwrap_or_default()
    }
}

impl Driver for Fake {
    type Actor = FakeActor;

    fn enter(self: &Arc<Self>, instance: &str, touches: Touches) -> FakeActor {
        self.entered.lock().unwrap().push((instance.to_owned(), touches));
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        FakeActor { of: self.clone(), instance: instance.to_owned(), over: false }
    }

    fn touches(&self, _: &str) -> Touches {
        Touches::Subjects
    }

    fn scripts(&self) -> Arc<Scripts> {
        static SHIPPED: LazyLock<Arc<Scripts>> =
            LazyLock::new(|| Arc::new(Scripts::shipped().unwrap()));
        SHIPPED.clone()
    }

    fn oblige(&self, obligation: Obligation) -> Result<Vec<Finding>, Halt> {
        let verdict = self.verdicts.get(&obligation.requirement).copied();
        let finding = Finding {
            requirement: obligation.requirement.clone(),
            alias: "X-00".into(),
            scenario: obligation.instance.clone(),
            service: None,
            verdict: verdict.unwrap_or(Verdict::Pass),
            advisory: false,
            because: "it was so".into(),
            evidence: vec![],
            shard: None,
            lag: None,
            residual_seconds: None,
            waiver: None,
            place: obligation.place.clone(),
            obligation: obligation.text.clone(),
        };
        self.obliged.lock().unwrap().push(obligation);
        Ok(vec![finding])
    }

    fn lines_of(&self, instance: &str) -> Vec<Line> {
        let calls = self.did(instance).into_iter().filter(|d| d.starts_with("call"));
        let mut lines = Vec::new();
        for (index, call) in calls.enumerate() {
            let operation = call.trim_start_matches("call ").to_owned();
            let refused = self.refuses.as_ref() == Some(&operation);
            let (op, at) = (index as u64, Moment(index as u64));
            let action = Action::Call {
                subject: "subject".into(),
                service: "orders".into(),
                operation,
                token: "t1".into(),
                route: 0,
                replica: 0,
                arm: Arm::None,
                detour: None,
            };
            lines.push(Line::Invoke(Invocation { op, instance: instance.to_owned(), at, action }));
            let outcome = if refused {
                Outcome::Refused(Refusal { status: 403, ..Refusal::default() })
            } else {
                Outcome::Accepted
            };
            lines.push(Line::Complete(Box::new(Completion {
                op,
                at,
                outcome,
                seen: Seen::default(),
            })));
        }
        lines
    }

    fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt> {
        self.unmet.lock().unwrap().push((instance.to_owned(), because.to_owned()));
        Ok(())
    }

    fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt> {
        self.ran.lock().unwrap().push((scenario.to_owned(), place.line, halted));
        Ok(())
    }

    fn forget(&self, _: &str) {}

    fn interrupt(&self) {
        self.cancel.cancel();
    }

    async fn interrupted(&self) {
        self.cancel.cancelled().await;
    }
}

impl Actor for FakeActor {
    async fn perform(&mut self, verb: &Verb) -> Result<(), Halt> {
        let what = match verb {
            Verb::Call(c) => format!("call {}", c.operation.clone().unwrap_or_default()),
            Verb::Subject { name, .. } => format!("subject {name}"),
            Verb::Change { name, .. } => name.clone(),
            other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        };
        self.of.note(&self.instance, what);
        match verb {
            // Waits stand for whatever takes long.
            Verb::Wait { seconds: 3600, .. } => std::future::pending().await,
            Verb::Wait { .. } => {
                if let Some(all) = &self.of.all_there {
                    all.wait().await;
                }
            }
            Verb::Change { name, .. } if name == "break" => panic!("it broke"),
            Verb::Change { name, .. } if name == "refuse" => {
                return Err(Halt::Unmet("the change was refused".into()));
            }
            Verb::Change { name, .. } if name == "absent" => {
                return Err(Halt::Absent("`x` is declared absent: there is none".into()));
            }
            Verb::Change { name, .. } if name == "fill the disk" => {
                return Err(Halt::Broken("no space is left".into()));
            }
            Verb::Change { name, .. } if name == "interrupt" => self.of.interrupt(),
            _ => {}
        }
        Ok(())
    }

    async fn script(&mut self, name: &str) -> Result<(), Halt> {
        self.of.note(&self.instance, format!("script {name}"));
        if name == "missing" { Err(Halt::Unmet("there is none".into())) } else { Ok(()) }
    }

    async fn finish(mut self) -> Result<(), Halt> {
        self.over = true;
        self.of.note(&self.instance, "finish".into());
        Ok(())
    }
}

impl Drop for FakeActor {
    fn drop(&mut self) {
        self.of.under_way.fetch_sub(1, Ordering::SeqCst);
        if !self.over {
            self.of.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Notes what people would see.
struct Watched(Arc<Mutex<Vec<String>>>);

impl Progress for Watched {
    fn came(&mut self, came: Came, title: &str, why: Option<&str>) {
        let why = why.map(|w| format!(": {w}")).unwrap_or_default();
        self.0.lock().unwrap().push(format!("{} {title}{why}", came.word()));
    }

    fn note(&mut self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }

    fn over(&mut self, tally: &Tally) {
        self.0.lock().unwrap().push(tally.line());
    }
}

pub struct Done {
    pub tally: Tally,
    pub seen: Vec<String>,
}

pub fn suite(text: &str, tags: Option<&str>) -> Arc<Suite> {
    let source = Source::of_text("team.feature", text);
    let suite = Suite { files: vec![FeatureFile { source, lines: None }], ..Suite::default() };
    Arc::new(tags.map_or(Ok(suite.clone()), |t| suite.with_tags(t)).unwrap())
}

pub fn run_with(fake: &Arc<Fake>, suite: Arc<Suite>, limits: Limits) -> Done {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let progress = Box::new(Watched(seen.clone()));
    let tally = runtime.block_on(recant::suite::run(fake.clone(), suite, limits, progress));
    let seen = seen.lock().unwrap().clone();
    Done { tally, seen }
}

pub fn run(fake: &Arc<Fake>, text: &str) -> Done {
    run_with(fake, suite(text, None), Limits::default())
}
