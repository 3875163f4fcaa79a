//! Reading a stream until the bound for events has passed, however it delivers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::endpoint::Registered;
use super::stream::{Delivers, none};
use crate::drive::{Halt, Stage};
use crate::history::{Action, Seen};
use crate::model::{Moment, Outcome};

/// What is pushed is on its way for as long as this, in real time, where the target's clock is moved instead of waited for.
const UNDER_WAY: Duration = Duration::from_millis(500);

impl Stage {
    /// Reads the stream until the bound for events has passed since now.
    pub(in crate::drive) async fn read_signals(&mut self) -> Result<(), Halt> {
        let now = self.run.now();
        self.read_until(now, |_| false).await
    }

    /// Turns the next event away that is pushed.
    pub(in crate::drive) fn fail_delivery(&mut self) -> Result<(), Halt> {
        match &self.stream.as_ref().ok_or_else(none)?.delivers {
            Delivers::Push(here) => {
                here.inbox.fail_next();
                Ok(())
            }
            Delivers::Poll(_) => Err(Halt::Unmet("the stream does not deliver by push".to_owned())),
        }
    }

    /// Reads the stream now, half way to the bound, and when the bound has passed since `from`; less where what was waited for came.
    pub(super) async fn read_until(
        &mut self,
        from: Moment,
        came: impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<(), Halt> {
        let bound = self.run.facts().bounds.event;
        let last = bound + super::send::BEYOND;
        for at in [0, bound / 2, last] {
            self.wait_until(from.plus_ms(at)).await?;
            let found = match &self.stream.as_ref().ok_or_else(none)?.delivers {
                Delivers::Poll(url) => {
                    let url = url.clone();
                    self.poll_stream(&url, &came).await?
                }
                Delivers::Push(here) => {
                    let here = here.clone();
                    if at == last && self.run.clock.movable() {
                        let wait = here.inbox.wait(&came, UNDER_WAY);
                        self.run.cancel.race(wait).await?;
                    }
                    self.look_at_pushed(&here, &came)?
                }
            };
            if found {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks at what was pushed, and whether anything may have been missed.
    fn look_at_pushed(
        &mut self,
        here: &Arc<Registered>,
        came: &impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<bool, Halt> {
        let run = &self.run;
        let op = run.recorder.invoke(&self.instance, run.now(), Action::ReadSignals)?;
        let full = here.inbox.is_full().then_some("more came than recant looks at");
        let logouts = here.inbox.hears_logouts();
        let endpoint = if logouts { run.logout_endpoint()? } else { run.endpoint()? };
        let outcome = match full.or(endpoint.missed()) {
            Some(why) => Outcome::Unknown(why.to_owned()),
            None => Outcome::Accepted,
        };
        run.recorder.complete(op, run.now(), outcome, Seen::default())?;
        Ok(here.inbox.news().iter().any(came))
    }
}
