//! What is pushed to one stream: looked at, recorded as it comes, and answered (RFC 8935 sections 2.2 to 2.4). What comes is hostile:
//! bounded in number and size, and kept as header and claims only.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::Notify;

use crate::drive::keys::Keys;
use crate::drive::run::lock;
use crate::drive::{Run, tokens};
use crate::history::{Action, Seen, SignalSeen};
use crate::model::{Outcome, Refusal, Signature, TokenForm};

/// Deliveries to one stream that are looked at.
const MOST: u32 = 4_000;

/// A delivery.
pub struct Pushed<'a> {
    /// It showed what was agreed.
    pub authorized: bool,
    /// Its content type is that of security event tokens.
    pub typed: bool,
    /// Its body.
    pub token: &'a str,
}

/// Why it is not taken in: an error code of RFC 8935 section 2.4 or SSF 1.0, with 400, or with 401 where who sends it did not show
/// what was agreed.
pub struct Rejection {
    pub status: u16,
    pub err: &'static str,
    pub description: &'static str,
}

const STRANGER: Rejection = Rejection {
    status: 401,
    err: "authentication_failed",
    description: "the authorization is not that of the stream",
};

/// What it is answered with.
pub enum Answered {
    /// 202.
    Taken,
    /// Not taken in.
    Rejected(Rejection),
    /// 503, on purpose.
    Down,
    /// More than recant looks at.
    Full,
    /// Nobody listens any more.
    Closed,
}

impl Answered {
    /// Once a scenario is over: undoing makes news too, which nobody looks at; whoever tells them need not try again.
    fn unheard(authorized: bool) -> Self {
        if authorized { Self::Taken } else { Self::Rejected(STRANGER) }
    }
}

/// The receiving end of one stream.
pub struct Inbox {
    run: Weak<Run>,
    instance: String,
    issuer: String,
    keys: Arc<Keys>,
    /// What comes are logout tokens.
    logouts: bool,
    state: Mutex<State>,
    came: Notify,
}

#[derive(Default)]
struct State {
    closed: bool,
    full: bool,
    fails_next: bool,
    count: u32,
    /// `aud` of the stream, once it is known.
    audience: Vec<String>,
    /// What a verification must come back with.
    awaited: Option<String>,
    /// Claims that came since they were last looked at.
    news: Vec<Map<String, Value>>,
}

impl Inbox {
    /// For a scenario's stream of this issuer.
    pub fn new(run: &Arc<Run>, instance: &str, issuer: String, keys: Arc<Keys>) -> Self {
        let run = Arc::downgrade(run);
        let (state, came) = (Mutex::default(), Notify::new());
        let (instance, logouts) = (instance.to_owned(), false);
        Self { run, instance, issuer, keys, logouts, state, came }
    }

    /// The same for logout tokens.
    pub fn for_logouts(self) -> Self {
        Self { logouts: true, ..self }
    }

    /// True where what comes are logout tokens.
    pub fn hears_logouts(&self) -> bool {
        self.logouts
    }

    /// True for what a verification must come back with.
    pub fn is_awaited(&self, state: &str) -> bool {
        lock(&self.state).awaited.as_deref() == Some(state)
    }

    /// What its tokens must have as `aud`: a text or several.
    pub fn is_for(&self, audience: Option<&Value>) {
        lock(&self.state).audience = texts(audience);
    }

    /// What a verification must come back with from now on.
    pub fn awaits(&self, state: &str) {
        lock(&self.state).awaited = Some(state.to_owned());
    }

    /// Answers the next event with 503.
    pub fn fail_next(&self) {
        lock(&self.state).fails_next = true;
    }

    /// Nothing is recorded from here on.
    pub fn close(&self) {
        lock(&self.state).closed = true;
    }

    /// True where more came than recant looks at.
    pub fn is_full(&self) -> bool {
        lock(&self.state).full
    }

    /// Claims that came since the last call.
    pub fn news(&self) -> Vec<Map<String, Value>> {
        std::mem::take(&mut lock(&self.state).news)
    }

    /// Waits in real time until something came that is looked for, but not for longer than this.
    pub async fn wait(&self, wanted: &impl Fn(&Map<String, Value>) -> bool, longest: Duration) {
        let wait = async {
            loop {
                let mut came = std::pin::pin!(self.came.notified());
                came.as_mut().enable();
                if lock(&self.state).news.iter().any(wanted) {
                    return;
                }
                came.await;
            }
        };
        // Whether it came is seen by whoever looks.
        let _ = tokio::time::timeout(longest, wait).await;
    }

    /// Takes a delivery in, or says why not.
    pub async fn take(&self, pushed: Pushed<'_>) -> Answered {
        let Some(run) = self.run.upgrade() else { return Answered::Closed };
        let came = Instant::now();
        if let Err(answered) = self.count(pushed.authorized) {
            return answered;
        }
        let (signal, claims) = seen(&run, &self.keys, pushed.token).await;
        self.record(&run, came, &pushed, (signal, claims))
    }

    fn count(&self, authorized: bool) -> Result<(), Answered> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Answered::unheard(authorized));
        }
        if state.count >= MOST {
            state.full = true;
            return Err(Answered::Full);
        }
        state.count += 1;
        Ok(())
    }

    /// Both lines at once: a scenario that ends meanwhile has all of a delivery in its record, or nothing.
    fn record(
        &self,
        run: &Run,
        came: Instant,
        pushed: &Pushed<'_>,
        (signal, claims): (SignalSeen, Map<String, Value>),
    ) -> Answered {
        let mut state = lock(&self.state);
        if state.closed {
            return Answered::unheard(pushed.authorized);
        }
        let mut answered = match self.rejection(&state, pushed, (&signal, &claims)) {
            Some(rejection) => Answered::Rejected(rejection),
            None => Answered::Taken,
        };
        let is_event = !claims.get("events").is_some_and(super::stream::is_verification);
        if matches!(answered, Answered::Taken) && is_event && state.fails_next {
            state.fails_next = false;
            answered = Answered::Down;
        }
        let (outcome, status) = match &answered {
            Answered::Rejected(Rejection { status, err, .. }) => {
                let error = Some((*err).to_owned());
                (Outcome::Refused(Refusal { status: *status, error, challenged: false }), *status)
            }
            Answered::Down => (Outcome::Failed("turned away on purpose".to_owned()), 503),
            _ => (Outcome::Accepted, if self.logouts { 200 } else { 202 }),
        };
        let seen = Seen { status: Some(status), signals: vec![signal], ..Seen::default() };
        let begun = run.recorder.invoke(&self.instance, run.clock.at(came), Action::TakeSignal);
        let done = begun.and_then(|op| run.recorder.complete(op, run.now(), outcome, seen));
        if done.is_err() {
            // A record that can't be written stops the scenario by itself.
            return Answered::Closed;
        }
        if !matches!(answered, Answered::Down) && pushed.authorized {
            state.news.push(claims);
        }
        drop(state);
        self.came.notify_waiters();
        answered
    }

    fn rejection(
        &self,
        state: &State,
        pushed: &Pushed<'_>,
        (signal, claims): (&SignalSeen, &Map<String, Value>),
    ) -> Option<Rejection> {
        if self.logouts {
            let (clients, typed) = (&state.audience, pushed.typed);
            return super::logout::rejection(&self.issuer, clients, typed, signal, claims);
        }
        let wrong = |err, description| Some(Rejection { status: 400, err, description });
        if !pushed.authorized {
            return Some(STRANGER);
        }
        if !pushed.typed {
            return wrong("invalid_request", "application/secevent+jwt is wanted");
        }
        if claims.is_empty() {
            return wrong("invalid_request", "this is no security event token");
        }
        let header = |name: &str| signal.header.get(name).and_then(Value::as_str);
        if header("typ") != Some("secevent+jwt") {
            return wrong("invalid_request", "its type is not secevent+jwt");
        }
        // One that can't be checked is taken, as one that is polled is: the record says that it was not checked.
        if signal.signature == Signature::Invalid {
            return wrong("invalid_key", "no published key signed it");
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(&self.issuer) {
            return wrong("invalid_issuer", "its iss is not the issuer of the stream");
        }
        let audience = texts(claims.get("aud"));
        if !state.audience.is_empty() && !audience.iter().any(|a| state.audience.contains(a)) {
            return wrong("invalid_audience", "its aud is not that of the stream");
        }
        let formed = text("jti").is_some_and(|jti| !jti.is_empty())
            && claims.get("iat").is_some_and(Value::is_number)
            && claims.get("sub_id").is_some_and(Value::is_object)
            && !claims.contains_key("sub")
            && !claims.contains_key("exp");
        let events = claims.get("events").and_then(Value::as_object);
        if !formed || events.is_none_or(|events| events.len() != 1) {
            return wrong("invalid_request", "it is not formed as SSF 1.0 section 4 asks");
        }
        let said = events.and_then(|e| super::stream::state_of(e));
        if said.is_some() && said != state.awaited.as_deref() {
            return wrong("invalid_state", "nobody asked for a verification with this state");
        }
        None
    }
}

pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// A token as the record keeps it, and its claims as they came.
pub async fn seen(run: &Run, keys: &Keys, token: &str) -> (SignalSeen, Map<String, Value>) {
    if tokens::unusable(token).is_some() {
        return Default::default();
    }
    let content = tokens::read(token);
    let (header, claims) = (content.header.unwrap_or_default(), content.claims.unwrap_or_default());
    let signature = match content.form {
        TokenForm::Jwt => keys.check(&run.http, token, &header).await.0,
        TokenForm::Opaque => Signature::Unchecked,
    };
    let signal = SignalSeen {
        header: tokens::for_record(header, &run.vault),
        claims: tokens::for_record(claims.clone(), &run.vault),
        signature,
    };
    (signal, claims)
}
