//! What is made of a token and goes on without it: open streams, and credentials such as API keys. Says whether they go on,
//! never whether they should.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use tokio::task::JoinHandle;

use super::classify::classify;
use super::http::Chunks;
use super::service_request::{GONE, Place, Shown, request};
use super::{Answer, Fault, Halt, Run, Stage, pointer};
use crate::history::{Action, Seen};
use crate::model::{Outcome, Refusal, TokenId};
use crate::plan::{self, Operation, Service, UsedCredential};

/// What was under way when a look began has arrived by then.
const UNDER_WAY: Duration = Duration::from_millis(250);
/// An event comes at least this often where the target file says nothing, seconds.
const EVERY: u32 = 3;
/// Between two looks at a stream.
const LOOK: Duration = Duration::from_millis(20);
/// No verb looks more often than this.
const MOST_LOOKS: u32 = 100;

/// What was made of a token.
pub(super) struct Derived {
    subject: String,
    service: String,
    name: String,
    token: TokenId,
    made: Made,
}

enum Made {
    Stream {
        state: Arc<Mutex<State>>,
        reader: JoinHandle<()>,
    },
    /// Never shown: no `Debug`, on purpose.
    Credential(Arc<str>),
}

/// What a stream has brought so far.
#[derive(Default)]
struct State {
    events: u64,
    ended: Option<String>,
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Self::Stream { reader, .. } = self {
            reader.abort();
        }
    }
}

impl Stage {
    /// Makes of each token of a label what its service lets be made of it.
    pub(super) async fn derive(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let run = self.run.clone();
        let member = self.member(of)?;
        let mut all = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = run.declared.target.service.get(name) else { continue };
            for (what, declared) in &service.derived {
                let place = (member.name.clone(), name.clone(), what.clone());
                let token = held.access.id.clone();
                all.push(make(&run, &self.instance, place, token, service, declared));
            }
        }
        let made = run.cancel.race(try_join_all(all)).await??;
        self.derived.extend(made.into_iter().flatten());
        Ok(())
    }

    /// Looks whether what was made of the tokens of a label goes on.
    pub(super) async fn use_derived(&self, of: &str, label: &str, times: u32) -> Result<(), Halt> {
        let run = &self.run;
        self.member(of)?;
        let tokens: Vec<_> = self.label(label)?.values().map(|held| &held.access.id).collect();
        for _ in 0..times.min(MOST_LOOKS) {
            let made = self.derived.iter().filter(|made| tokens.contains(&&made.token));
            let looks = made.map(|made| look(run, &self.instance, made));
            run.cancel.race(try_join_all(looks)).await??;
        }
        Ok(())
    }
}

async fn make(
    run: &Run,
    instance: &str,
    (subject, service_name, name): (String, String, String),
    token: TokenId,
    service: &Service,
    declared: &plan::Derived,
) -> Result<Option<Derived>, Halt> {
    let action = Action::Derive {
        subject: subject.clone(),
        service: service_name.clone(),
        name: name.clone(),
        token: token.clone(),
    };
    let live = run.wallet.live(&token);
    let request = live.as_ref().ok_or(GONE.to_owned()).and_then(|live| {
        let shown = Shown::token(service, live);
        request(run.base.layer(), &subject, &place(service, declared), Some(&shown))
    });
    let op = run.recorder.invoke(instance, run.now(), action)?;
    let (answer, chunks) = match (request, &declared.credential) {
        (Err(why), _) => (Err(Fault::NotSent(why)), None),
        (Ok(mut request), Some(_)) => {
            (run.send_shown(&mut request, live.as_ref(), &service_name).await, None)
        }
        (Ok(mut request), None) => {
            match run.open_shown(&mut request, live.as_ref(), &service_name).await {
                Ok((answer, chunks)) => (Ok(answer), Some(chunks)),
                Err(fault) => (Err(fault), None),
            }
        }
    };
    let mut outcome = classify(&answer, &operation(declared), &service.refusal, &run.vault);
    let made = match (&declared.credential, chunks, &answer) {
        (Some(used), _, Ok(answer)) => credential(answer, used).map(|secret| {
            run.vault.learn("a credential that was made of a token", &secret);
            Made::Credential(secret.into())
        }),
        (None, Some(chunks), _) => Some(follow(chunks)),
        _ => None,
    };
    if outcome.is_allow() && made.is_none() {
        outcome = Outcome::Unknown("the answer has no credential".to_owned());
    }
    let seen = Seen { status: answer.ok().map(|a| a.status), ..Seen::default() };
    run.recorder.complete(op, run.now(), outcome.clone(), seen)?;
    let made = made.filter(|_| outcome.is_allow());
    Ok(made.map(|made| Derived { subject, service: service_name, name, token, made }))
}

fn credential(answer: &Answer, used: &UsedCredential) -> Option<String> {
    pointer::texts(&answer.json()?, &used.at).into_iter().next().filter(|text| !text.is_empty())
}

/// Reads a stream for as long as it goes on, and counts its events.
fn follow(mut chunks: Chunks) -> Made {
    let state = Arc::new(Mutex::new(State::default()));
    let told = state.clone();
    let reader = tokio::spawn(async move {
        let mut line_start = Vec::new();
        loop {
            let next = chunks.next().await;
            let mut state = told.lock().unwrap_or_else(PoisonError::into_inner);
            match next {
                Some(Ok(chunk)) => state.events += events(&mut line_start, &chunk),
                Some(Err(why)) => state.ended = Some(why),
                None => state.ended = Some("its end".to_owned()),
            }
            if state.ended.is_some() {
                return;
            }
        }
    });
    Made::Stream { state, reader }
}

/// Number of `data` lines that a piece completes the name of; comments, which keep a connection open, are none.
fn events(line_start: &mut Vec<u8>, chunk: &[u8]) -> u64 {
    const FIELD: &[u8] = b"data:";
    let mut count = 0;
    for byte in chunk {
        if matches!(byte, b'\n' | b'\r') {
            line_start.clear();
        } else if line_start.len() < FIELD.len() {
            line_start.push(*byte);
            count += u64::from(line_start == FIELD);
        }
    }
    count
}

async fn look(run: &Run, instance: &str, derived: &Derived) -> Result<(), Halt> {
    let Derived { subject, service, name, token, made } = derived;
    let action = Action::UseDerived {
        subject: subject.clone(),
        service: service.clone(),
        name: name.clone(),
        token: token.clone(),
    };
    let declared = run.declared.target.service.get(service);
    let Some((service, declared)) = declared.and_then(|s| Some((s, s.derived.get(name)?))) else {
        return Ok(());
    };
    if let Made::Stream { .. } = made {
        // Events that were sent before the look began must not count as sent after it.
        tokio::time::sleep(UNDER_WAY).await;
    }
    let op = run.recorder.invoke(instance, run.now(), action)?;
    let (outcome, status) = match (made, &declared.credential) {
        (Made::Stream { state, .. }, _) => {
            let longest = Duration::from_secs(declared.every_seconds.unwrap_or(EVERY).into());
            (await_event(state, longest).await, None)
        }
        (Made::Credential(secret), Some(used)) => {
            let shown = Shown { header: &used.header, name: "credential", secret };
            let used = plan::Derived { request: used.request.clone(), ..declared.clone() };
            let place = place(service, &used);
            let answer = match request(run.base.layer(), subject, &place, Some(&shown)) {
                Ok(request) => run.http.send(&request).await,
                Err(why) => Err(Fault::NotSent(why)),
            };
            let outcome = classify(&answer, &operation(&used), &service.refusal, &run.vault);
            (outcome, answer.ok().map(|a| a.status))
        }
        (Made::Credential(_), None) => {
            (Outcome::Failed("nothing says how it is used".into()), None)
        }
    };
    run.recorder.complete(op, run.now(), outcome, Seen { status, ..Seen::default() })
}

/// Accepted where an event comes, refused where the stream has ended. Silence says nothing.
async fn await_event(state: &Mutex<State>, longest: Duration) -> Outcome {
    let read = || {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.events, state.ended.is_some())
    };
    let (before, _) = read();
    let mut waited = Duration::ZERO;
    loop {
        let (events, ended) = read();
        if events > before {
            return Outcome::Accepted;
        }
        if ended {
            let error = Some("stream-ended".to_owned());
            return Outcome::Refused(Refusal { status: 0, error, challenged: false });
        }
        if waited > longest {
            return Outcome::Unknown("no event came, and the stream did not end".to_owned());
        }
        tokio::time::sleep(LOOK).await;
        waited += LOOK;
    }
}

/// What `classify` goes by.
fn operation(declared: &plan::Derived) -> Operation {
    Operation {
        request: declared.request.clone(),
        routes: Vec::new(),
        json: None,
        needs: declared.needs.clone(),
        accepted: Vec::new(),
    }
}

fn place<'a>(service: &'a Service, declared: &'a plan::Derived) -> Place<'a> {
    let (base, route) = (service.url.as_str(), declared.request.as_str());
    Place { base, route, json: declared.json.as_ref(), headers: None }
}
