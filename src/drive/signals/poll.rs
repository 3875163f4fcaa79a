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
        for left in (0..MOST_POLLS).rev() {
            let stream = self.stream.as_mut().ok_or_else(none)?;
            let op = run.recorder.invoke(&self.instance, run.now(), Action::ReadSignals)?;
            let body = json!({
                "maxEvents": AT_ONCE, "returnImmediately": true, "ack": std::mem::take(&mut stream.received),
            });
            let asked = ask(&run, url, stream.shown.as_deref(), body);
            let answer = run.cancel.race(asked).await?;
            let at = run.now();
            let read = answer.as_ref().ok().filter(|a| a.is_success()).and_then(|a| a.json());
            let sets = read.as_ref().and_then(sets);
            let mut signals = Vec::new();
            for (jti, token) in sets.into_iter().flatten().flatten().take(MOST) {
                stream.received.push(jti.clone());
                let (signal, claims) =
                    seen(&run, &stream.keys, token.as_str().unwrap_or_default()).await;
                found |= came(&claims);
                signals.push(signal);
            }
            let told = read.as_ref().and_then(|j| j.get("moreAvailable")) == Some(&true.into());
            let more = told || sets.flatten().is_some_and(|sets| sets.len() > MOST);
            let outcome = match outcome(answer) {
                Outcome::Accepted if sets.is_none() => {
                    Outcome::Unknown("the answer is none to a poll (RFC 8936)".to_owned())
                }
                // What is not looked at may be what is waited for.
                Outcome::Accepted if more && (left == 0 || signals.is_empty()) => {
                    Outcome::Unknown("there is more than recant reads".to_owned())
                }
                outcome => outcome,
            };
            let any = !signals.is_empty();
            run.recorder.complete(op, at, outcome, Seen { signals, ..Seen::default() })?;
            if !more || !any {
                break;
            }
        }
        Ok(found)
    }
}

/// The tokens of an answer by their names; none where it has no `sets`, and nothing at all where it is no answer to a poll.
fn sets(answer: &Value) -> Option<Option<&Map<String, Value>>> {
    match answer.as_object()?.get("sets") {
        None => Some(None),
        Some(sets) => sets.as_object().map(Some),
    }
}
