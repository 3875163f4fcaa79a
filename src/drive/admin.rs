//! Performs the steps of a recipe at the target's administration: with the recipe's headers, the captures and cookies of
//! its `start` steps, and a new start where the old one is no longer let in.

use std::sync::Arc;

use reqwest::cookie::Jar;

use super::{Flow, Given, HttpClient, Stopped, Values, Vault, pointer};
use crate::model::Outcome;
use crate::plan::{Confirm, Declared, HttpStep};

/// The administration of a target.
pub struct Admin {
    http: HttpClient,
    vault: Arc<Vault>,
    declared: Arc<Declared>,
    base: Values,
    session: tokio::sync::Mutex<Option<Session>>,
}

/// What `start` gave. `number` tells a new one from the old.
#[derive(Clone)]
struct Session {
    values: Values,
    jar: Arc<Jar>,
    number: u64,
}

/// Where a sequence of steps stopped.
#[derive(Debug, Clone)]
pub struct StoppedAt {
    /// The step, from 0.
    pub step: usize,
    /// Why.
    pub stopped: Stopped,
}

impl StoppedAt {
    /// True where nothing was changed for certain: the first step was refused or never sent.
    #[must_use]
    pub fn without_effect(&self) -> bool {
        self.step == 0 && !matches!(self.stopped.outcome, Outcome::Unknown(_) | Outcome::Accepted)
    }
}

impl Admin {
    /// The administration of a declared target. `base` are the values of target file and secrets.
    #[must_use]
    pub fn new(http: HttpClient, vault: Arc<Vault>, declared: Arc<Declared>, base: Values) -> Self {
        Self { http, vault, declared, base, session: tokio::sync::Mutex::new(None) }
    }

    /// Performs steps; what they capture is added to `given`. Returns the last status.
    ///
    /// # Errors
    /// The first step that does not work out.
    pub async fn perform(
        &self,
        steps: &[HttpStep],
        given: &mut Given,
    ) -> Result<Option<u16>, StoppedAt> {
        let mut last = None;
        for (at, step) in steps.iter().enumerate() {
            let done = self.step(step, given).await;
            last = Some(done.map_err(|stopped| StoppedAt { step: at, stopped })?);
        }
        Ok(last)
    }

    async fn step(&self, step: &HttpStep, given: &mut Given) -> Result<u16, Stopped> {
        let session = self.session(None).await?;
        let steps = std::slice::from_ref(step);
        match self.once(&session, steps, given).await {
            // An administrator's session may end during a run. A 401 had no effect, so the step can be sent again.
            Err(Stopped { status: Some(401), .. }) if !self.declared.recipe.start.is_empty() => {
                let session = self.session(Some(session.number)).await?;
                self.once(&session, steps, given).await
            }
            done => done,
        }
    }

    async fn once(
        &self,
        session: &Session,
        steps: &[HttpStep],
        given: &mut Given,
    ) -> Result<u16, Stopped> {
        let mut values = session.values.layer();
        given.put_into(&mut values);
        let mut flow = self.flow(values, session.jar.clone());
        let reached = flow.run(steps).await?;
        given.take_captures(steps, flow.values());
        Ok(reached.map_or(0, |r| r.answer.status))
    }

    /// The session, made where there is none (or only the one that is no longer let in).
    async fn session(&self, ended: Option<u64>) -> Result<Session, Stopped> {
        let mut session = self.session.lock().await;
        if let Some(now) = session.as_ref().filter(|s| Some(s.number) != ended) {
            return Ok(now.clone());
        }
        let jar = Arc::new(Jar::default());
        let mut flow = self.flow(self.base.layer(), jar.clone());
        flow.start(&self.declared.recipe.start).await?;
        let values = flow.values().clone();
        let new = Session { values, jar, number: ended.map_or(0, |n| n + 1) };
        *session = Some(new.clone());
        Ok(new)
    }

    fn flow(&self, values: Values, jar: Arc<Jar>) -> Flow<'_> {
        let flow = Flow::new(&self.http, &self.vault, values);
        flow.headers(&self.declared.recipe.headers).jar(jar)
    }

    /// Reads what a pointer reaches, with the values that the request was made with.
    ///
    /// # Errors
    /// Why that can't be told.
    pub async fn read(
        &self,
        request: &str,
        at: &str,
        given: &Given,
    ) -> Result<(Vec<String>, Values), String> {
        let step = HttpStep::of(request);
        let session = self.session(None).await.map_err(|s| s.why)?;
        let mut values = session.values.layer();
        given.put_into(&mut values);
        let mut flow = self.flow(values.clone(), session.jar);
        let reached = flow.step(&step).await.map_err(|s| s.why)?;
        let json = reached.answer.json().ok_or("the answer is no JSON")?;
        Ok((pointer::find(&json, at).into_iter().map(pointer::text).collect(), values))
    }

    /// Reads whether a change shows.
    ///
    /// # Errors
    /// Why that can't be told.
    pub async fn shows(&self, confirm: &Confirm, given: &Given) -> Result<bool, String> {
        let (found, values) = self.read(&confirm.request, &confirm.at, given).await?;
        let has = confirm.has.as_ref().map(|t| values.text(t)).transpose()?;
        let lacks = confirm.lacks.as_ref().map(|t| values.text(t)).transpose()?;
        Ok(has.is_none_or(|v| found.contains(&v)) && lacks.is_none_or(|v| !found.contains(&v)))
    }
}
