//! A stream of security events at the target's transmitter (SSF 1.0): opened, verified, paused, and removed when the scenario
//! leaves the stage.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::Url;

use super::endpoint::Registered;
use super::inbox::Inbox;

use crate::drive::change::{Kind, Open};
use crate::drive::http::Body;
use crate::drive::keys::Keys;
use crate::drive::{Answer, Fault, Given, Halt, Request, Run, Stage, tokens};
use crate::history::{Action, Seen};
use crate::model::{Outcome, Refusal, event_uri};
use crate::plan::{Delivery, HttpStep, TransmitterAt};

/// What undoing calls an open stream.
const STREAM: &str = "open stream";
/// The end of the URI of a verification.
const VERIFICATION: &str = "/ssf/event-type/verification";

/// An open stream.
pub struct Stream {
    pub id: String,
    pub delivers: Delivers,
    status: Option<String>,
    verification: Option<String>,
    /// Value of the `authorization` header.
    pub shown: Option<String>,
    pub keys: Arc<Keys>,
    /// `jti` of tokens that are to be acknowledged.
    pub received: Vec<String>,
}

impl Stream {
    /// One that comes to an address of recant's by itself, and that nobody can be asked about.
    pub(super) fn unasked(here: Arc<Registered>, keys: Arc<Keys>) -> Self {
        let (id, delivers) = (String::new(), Delivers::Push(here));
        let (status, verification, shown, received) = (None, None, None, Vec::new());
        Self { id, delivers, status, verification, shown, keys, received }
    }

    /// Nothing that comes is recorded from here on.
    pub fn close(&self) {
        if let Delivers::Push(here) = &self.delivers {
            here.inbox.close();
        }
    }
}

/// How a stream delivers.
pub enum Delivers {
    /// It is polled here.
    Poll(Arc<str>),
    /// It is pushed to this address of recant's.
    Push(Arc<Registered>),
}

impl Stage {
    /// Opens a stream for all events that the target file names, and asks for its verification.
    pub(in crate::drive) async fn open_stream(
        &mut self,
        delivery: Option<Delivery>,
    ) -> Result<(), Halt> {
        if delivery == Some(Delivery::BackChannelLogout) {
            return self.listen_for_logouts().await;
        }
        let run = self.run.clone();
        let Some(at) = &run.declared.target.signals.transmitter else {
            return Err(Halt::Unmet("the target does not provide `signal-transmitter`".to_owned()));
        };
        let metadata = run.cancel.race(metadata(&run, at)).await??;
        let told = |name: &str| metadata.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(configuration) = told("configuration_endpoint") else {
            return Err(Halt::Unmet("the transmitter tells no configuration endpoint".to_owned()));
        };
        let shown = at.authorization.as_ref().map(|text| run.base.text(text));
        let shown = shown.transpose().map_err(Halt::Unmet)?;
        let keys = Arc::new(Keys::new(told("jwks_uri")));
        let issuer = told("issuer").unwrap_or_default();
        let pushed = match delivery.unwrap_or(at.delivery) {
            // No stream delivers as logout tokens come: a target file that says so is refused.
            Delivery::Poll | Delivery::BackChannelLogout => None,
            Delivery::Push => {
                // Read before anything is pushed, so that no delivery waits for it.
                run.cancel.race(keys.published(&run.http, None)).await?;
                let inbox = Inbox::new(&run, &self.instance, issuer.clone(), keys.clone());
                Some(Arc::new(run.endpoint()?.open(Arc::new(inbox))))
            }
        };
        let wanted = match &pushed {
            None => json!({ "method": "urn:ietf:rfc:8936" }),
            Some(here) => json!({
                "method": "urn:ietf:rfc:8935", "endpoint_url": here.url,
                "authorization_header": run.endpoint()?.authorization(),
            }),
        };
        let body = json!({
            "events_requested": at.events.iter().map(|e| uri(e)).collect::<Vec<_>>(),
            "delivery": wanted,
            "description": format!("recant {} {}", run.name, self.instance),
        });
        let stream = self.create_stream(at, &configuration, &issuer, body).await?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let polled = text(stream.get("delivery").and_then(|d| d.get("endpoint_url")));
        let unmet = || Halt::Unmet("the transmitter does not say where to poll".to_owned());
        let delivers = match pushed {
            None => Delivers::Poll(polled.ok_or_else(unmet)?.into()),
            Some(here) => {
                here.inbox.is_for(stream.get("aud"));
                Delivers::Push(here)
            }
        };
        self.stream = Some(Stream {
            id: text(stream.get("stream_id")).unwrap_or_default(),
            delivers,
            status: told("status_endpoint"),
            verification: told("verification_endpoint"),
            shown,
            keys,
            received: Vec::new(),
        });
        self.verify_stream().await
    }

    /// Has the transmitter make a stream. Returns what it told of it, with its `stream_id`.
    async fn create_stream(
        &mut self,
        at: &TransmitterAt,
        configuration: &str,
        issuer: &str,
        body: Value,
    ) -> Result<Map<String, Value>, Halt> {
        let run = self.run.clone();
        let shown = at.authorization.as_ref().map(|text| run.base.text(text));
        let shown = shown.transpose().map_err(Halt::Unmet)?;
        let noted = self.note_stream(at, configuration).await?;
        let op = run.recorder.invoke(
            &self.instance,
            run.now(),
            Action::OpenStream { logouts: false },
        )?;
        if let Some(Open { kind: Kind::Change { op: made_by, .. }, sent, .. }) =
            self.open.get_mut(noted)
        {
            (*made_by, *sent) = (op, true);
        }
        let answer = ask(&run, configuration, shown.as_deref(), body).await;
        let opened = answer.as_ref().ok().filter(|a| a.is_success()).and_then(Answer::json);
        let outcome = outcome(answer);
        let stream = opened.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let mut kept = tokens::for_record(stream.clone(), &run.vault);
        kept.insert("issuer".to_owned(), issuer.into());
        let seen = Seen { stream: kept, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome.clone(), seen)?;
        if matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_)) {
            // There is none to be removed.
            let open = self.open.remove(noted);
            let _ = run.journal.close(open.noted.id);
        }
        let Some(id) = stream.get("stream_id").and_then(Value::as_str) else {
            return Err(Halt::Unmet(format!("no stream could be opened: {outcome:?}")));
        };
        let mut given = Given::default();
        given.set("stream", id);
        self.note_again(noted, &given).await?;
        Ok(stream)
    }

    /// Its removal stands in the journal before it is opened; its id is added when it is known.
    async fn note_stream(
        &mut self,
        at: &TransmitterAt,
        configuration: &str,
    ) -> Result<usize, Halt> {
        let shown = at.authorization.iter().map(|a| ("authorization".to_owned(), a.clone()));
        let braces = configuration.replace('{', "{{");
        let and = if configuration.contains('?') { '&' } else { '?' };
        let remove = HttpStep {
            headers: shown.collect(),
            accept: vec![200, 202, 204, 404],
            ..HttpStep::of(&format!("DELETE {braces}{and}stream_id={{stream}}"))
        };
        let kind =
            Kind::Change { op: u64::MAX, name: STREAM.to_owned(), confirm: None, undone: None };
        self.note(&format!("`{STREAM}`"), vec![remove], &Given::default(), kind).await
    }

    /// Asks for a verification event and reads until it came, or the bound for events has passed.
    pub(in crate::drive) async fn verify_stream(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let state = run.fresh("state");
        let stream = self.stream.as_ref().ok_or_else(none)?;
        let Some(endpoint) = stream.verification.clone() else { return Ok(()) };
        let body = json!({ "stream_id": stream.id, "state": state });
        if let Delivers::Push(here) = &stream.delivers {
            here.inbox.awaits(&state);
        }
        let shown = stream.shown.clone();
        let action = Action::VerifyStream { state: state.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let answer = run.cancel.race(ask(&run, &endpoint, shown.as_deref(), body)).await?;
        let asked = run.now();
        run.recorder.complete(op, asked, outcome(answer), Seen::default())?;
        let verified =
            |claims: &Map<String, Value>| claims.get("events").is_some_and(is_verification);
        self.read_until(asked, verified).await
    }

    /// Pauses the stream or lets it go on.
    pub(in crate::drive) async fn set_stream(&mut self, paused: bool) -> Result<(), Halt> {
        let run = self.run.clone();
        let stream = self.stream.as_ref().ok_or_else(none)?;
        let Some(endpoint) = stream.status.clone() else {
            return Err(Halt::Unmet("the transmitter tells no status endpoint".to_owned()));
        };
        let status = if paused { "paused" } else { "enabled" };
        let body = json!({ "stream_id": stream.id, "status": status });
        let shown = stream.shown.clone();
        let action = Action::SetStream { status: status.to_owned() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let answer = run.cancel.race(ask(&run, &endpoint, shown.as_deref(), body)).await?;
        let outcome = outcome(answer);
        run.recorder.complete(op, run.now(), outcome.clone(), Seen::default())?;
        match outcome {
            Outcome::Accepted => Ok(()),
            other => Err(Halt::Unmet(format!("the stream could not be {status}: {other:?}"))),
        }
    }
}

pub(super) fn none() -> Halt {
    Halt::Unmet("no stream of signals is open".to_owned())
}

/// True where one of the events answers a verification.
pub(super) fn is_verification(events: &Value) -> bool {
    let mut names = events.as_object().into_iter().flat_map(Map::keys);
    names.any(|uri| uri.ends_with(VERIFICATION))
}

/// The state that a verification among these events came with.
pub(super) fn state_of(events: &Map<String, Value>) -> Option<&str> {
    let (_, said) = events.iter().find(|(uri, _)| uri.ends_with(VERIFICATION))?;
    said.get("state")?.as_str()
}

/// The URI of an event; those of CAEP and RISC may be named by their last part.
fn uri(event: &str) -> String {
    if event.contains(':') { event.to_owned() } else { event_uri(event) }
}

/// The transmitter's metadata (SSF 1.0 section 7): at its place between host and path.
async fn metadata(run: &Run, at: &TransmitterAt) -> Result<Map<String, Value>, Halt> {
    let unmet =
        |why: String| Halt::Unmet(format!("the transmitter's metadata can't be read: {why}"));
    let url = match &at.metadata {
        Some(url) => url.clone(),
        None => {
            let mut url = Url::parse(&at.issuer).map_err(|e| unmet(e.to_string()))?;
            let path = url.path().trim_end_matches('/').to_owned();
            url.set_path(&format!("/.well-known/ssf-configuration{path}"));
            url.into()
        }
    };
    let request = Request { method: "GET".into(), url, ..Request::default() };
    let answer = run.http.send(&request).await.map_err(|f| unmet(f.why().to_owned()))?;
    match answer.json() {
        Some(Value::Object(members)) if answer.is_success() => Ok(members),
        _ => Err(unmet(format!("status {}", answer.status))),
    }
}

/// A request to the transmitter.
pub(super) async fn ask(
    run: &Run,
    url: &str,
    shown: Option<&str>,
    body: Value,
) -> Result<Answer, Fault> {
    let shown = shown.map(|value| ("authorization".to_owned(), value.to_owned()));
    let headers = shown.into_iter().collect();
    let (method, url, body) = ("POST".into(), url.to_owned(), Body::Json(body));
    run.http.send(&Request { method, url, headers, body, ..Request::default() }).await
}

/// What a request to the transmitter came to.
pub(super) fn outcome(answer: Result<Answer, Fault>) -> Outcome {
    match answer {
        Err(fault) => fault.into(),
        Ok(a) if a.is_success() => Outcome::Accepted,
        Ok(a) if matches!(a.status, 401 | 403) => Outcome::Refused(Refusal {
            status: a.status,
            error: None,
            challenged: a.headers.contains_key("www-authenticate"),
        }),
        Ok(a) if matches!(a.status, 400..=499) && !matches!(a.status, 408 | 429) => {
            Outcome::Failed(format!("status {}", a.status))
        }
        Ok(a) => Outcome::Unknown(format!("status {}", a.status)),
    }
}
