//! What is made of a token and goes on without it: open streams, and credentials such as API keys. Says whether they go on,
//! never whether they should.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::classify::classify;
use super::http::Chunks;
use super::service_request::{GONE, Place, Shown, request};
use super::{Answer, Fault, Halt, Run, Stage, pointer};
use crate::history::{Action, Seen};
use crate::model::{Outcome, Refusal, TokenId};
use crate::plan::{self, Operation, Service, UsedCredential};

/// What is under way arrives within so many times what it took to open the stream ...
const UNDER_WAY: u32 = 8;
/// ... or within this, where that was quick: a busy machine is late as well.
const SHORTEST: Duration = Duration::from_millis(100);
/// Longer than this is not waited for what is under way.
const LONGEST: Duration = Duration::from_secs(2);
/// An event comes at least this often where the target file says nothing, seconds.
const EVERY: u32 = 3;
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
        state: watch::Receiver<State>,
        reader: JoinHandle<()>,
        /// What was sent has arrived after this.
        under_way: Duration,
    },
    /// Never shown: no `Debug`, on purpose.
    Credential(Arc<str>),
}

/// What a stream has brought so far.
#[derive(Default)]
struct State {
    events: u64,
    ended: bool,
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
        let made: Vec<_> =
            self.derived.iter().filter(|made| tokens.contains(&&made.token)).collect();
        for _ in 0..times.min(MOST_LOOKS) {
            let looks = made.iter().map(|made| look(run, &self.instance, made, self.stirred));
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
    let sent = Instant::now();
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
        (None, Some(chunks), _) => Some(follow(chunks, sent.elapsed())),
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
fn follow(mut chunks: Chunks, opened_within: Duration) -> Made {
    let (tell, state) = watch::channel(State::default());
    let reader = tokio::spawn(async move {
        let mut line_start = Vec::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            let more = events(&mut line_start, &chunk);
            tell.send_modify(|state| state.events += more);
        }
        tell.send_modify(|state| state.ended = true);
    });
    let under_way = opened_within.saturating_mul(UNDER_WAY).clamp(SHORTEST, LONGEST);
    Made::Stream { state, reader, under_way }
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

/// `stirred` is when the scenario last waited or changed something.
async fn look(run: &Run, instance: &str, derived: &Derived, stirred: Instant) -> Result<(), Halt> {
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
    if let Made::Stream { state, under_way, .. } = made {
        // Events that were sent before what was done last must not count as sent after it. An end is an end at once.
        let mut state = state.clone();
        let _ = tokio::time::timeout_at(stirred + *under_way, state.wait_for(|s| s.ended)).await;
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
async fn await_event(state: &watch::Receiver<State>, longest: Duration) -> Outcome {
    let mut state = state.clone();
    let before = state.borrow().events;
    let news = state.wait_for(|state| state.events > before || state.ended);
    match tokio::time::timeout(longest, news).await {
        Ok(Ok(state)) if state.events > before => Outcome::Accepted,
        Ok(Ok(_)) => {
            let error = Some("stream-ended".to_owned());
            Outcome::Refused(Refusal { status: 0, error, challenged: false })
        }
        Ok(Err(_)) => Outcome::Unknown("the stream was not read to its end".to_owned()),
        Err(_) => Outcome::Unknown("no event came, and the stream did not end".to_owned()),
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
