//! Reading a stream by poll (RFC 8936). What comes is hostile: bounded in number and size.

use serde_json::{Map, Value, json};

use super::inbox::seen;
use super::stream::{ask, none, outcome};
use crate::drive::{Halt, Stage};
use crate::history::{Action, Seen};
use crate::model::Outcome;

/// Tokens asked for at once.
const AT_ONCE: usize = 100;
/// Tokens of one answer that are looked at.
const MOST: usize = 400;
/// Polls in a row, while there is more.
const MOST_POLLS: usize = 20;

impl Stage {
    /// Polls until there is no more, acknowledging what came before. True where a token came whose claims are those that are waited for.
    pub(super) async fn poll_stream(
        &mut self,
        url: &str,
        came: &impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<bool, Halt> {
        let run = self.run.clone();
        let mut found = false;
        for _ in 0..MOST_POLLS {
            let stream = self.stream.as_mut().ok_or_else(none)?;
            let op = run.recorder.invoke(&self.instance, run.now(), Action::ReadSignals)?;
            let body = json!({
                "maxEvents": AT_ONCE, "returnImmediately": true, "ack": std::mem::take(&mut stream.received),
            });
            let asked = ask(&run, url, stream.shown.as_deref(), body);
            let answer = run.cancel.race(asked).await?;
            let at = run.now();
            let read = answer.as_ref().ok().filter(|a| a.is_success()).and_then(|a| a.json());
            let outcome = match (&read, outcome(answer)) {
                (None, Outcome::Accepted) => Outcome::Unknown("the answer is no JSON".to_owned()),
                (_, outcome) => outcome,
            };
            let sets = read.as_ref().and_then(|j| j.get("sets")).and_then(Value::as_object);
            let mut signals = Vec::new();
            for (jti, token) in sets.into_iter().flatten().take(MOST) {
                stream.received.push(jti.clone());
                let (signal, claims) =
                    seen(&run, &stream.keys, token.as_str().unwrap_or_default()).await;
                found |= came(&claims);
                signals.push(signal);
            }
            let more = read.as_ref().and_then(|j| j.get("moreAvailable")) == Some(&true.into());
            let any = !signals.is_empty();
            run.recorder.complete(op, at, outcome, Seen { signals, ..Seen::default() })?;
            if !more || !any {
                break;
            }
        }
        Ok(found)
    }
}
