//! recant as a client that is told of logouts (OpenID Connect Back-Channel Logout 1.0): an address of its own for a scenario, and why a
//! logout token that comes there is not taken in.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::inbox::{Inbox, Rejection, texts};
use super::stream::{Delivers, Stream, none, outcome};
use crate::drive::http::Body;
use crate::drive::keys::Keys;
use crate::drive::{Halt, Request, Stage};
use crate::history::{Action, Seen, SignalSeen};
use crate::model::{LOGOUT_EVENT, Outcome, Signature};

/// What a form has in place of a token when recant asks whether its own address leads to it.
const REACHED: &str = "recant_reached";

/// What was posted.
pub enum Posted {
    /// A logout token; empty where there is none.
    Token(String),
    /// recant's own question, with its state.
    Question(String),
}

/// Reads a form (section 2.5).
pub fn read(body: &str) -> Posted {
    let mut token = String::new();
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        match &*name {
            REACHED => return Posted::Question(value.into_owned()),
            "logout_token" => token = value.into_owned(),
            _ => {}
        }
    }
    Posted::Token(token)
}

impl Stage {
    /// Opens an address that logout tokens can be posted to, and makes sure that it leads here. Nobody knows it yet.
    pub(super) async fn listen_for_logouts(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let target = &run.declared.target;
        let usual = &target.subject.grant;
        let client = target.grant.get(usual).and_then(|g| target.client.get(g.client.as_ref()?));
        let endpoints = run.declared.issuer_of(usual).and_then(|name| run.issuers.endpoints(name));
        let (Some(client), Some(endpoints)) = (client, endpoints) else {
            let why = "the subjects' usual grant names no client and issuer that tell of logouts";
            return Err(Halt::Unmet(why.to_owned()));
        };
        let keys = Arc::new(Keys::new(endpoints.jwks.clone()));
        // Read before anything is posted, so that no delivery waits for it.
        run.cancel.race(keys.published(&run.http, None)).await?;
        let id = run.base.text(&client.id).map_err(Halt::Unmet)?;
        let inbox = Inbox::new(&run, &self.instance, endpoints.issuer.clone(), keys.clone());
        let inbox = Arc::new(inbox.for_logouts());
        inbox.is_for(Some(&json!(id)));
        let here = Arc::new(run.logout_endpoint()?.open(inbox));
        let told = json!({
            "issuer": endpoints.issuer, "aud": id,
            "events_requested": [LOGOUT_EVENT], "events_delivered": [LOGOUT_EVENT],
        });
        let op =
            run.recorder.invoke(&self.instance, run.now(), Action::OpenStream { logouts: true })?;
        let stream = told.as_object().cloned().unwrap_or_default();
        let seen = Seen { stream, ..Seen::default() };
        run.recorder.complete(op, run.now(), Outcome::Accepted, seen)?;
        self.stream = Some(Stream::unasked(here, keys));
        self.ask_own_address().await
    }

    /// Posts to recant's own address by the way that the issuer is told. Where that does not lead here, silence shows nothing.
    async fn ask_own_address(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let state = run.fresh("state");
        let stream = self.stream.as_ref().ok_or_else(none)?;
        let Delivers::Push(here) = &stream.delivers else { return Err(none()) };
        here.inbox.awaits(&state);
        let request = Request {
            method: "POST".into(),
            url: here.url.clone(),
            body: Body::Form([(REACHED.to_owned(), state.clone())].into()),
            ..Request::default()
        };
        let action = Action::VerifyStream { state };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let answer = run.cancel.race(run.http.send(&request)).await?;
        run.recorder.complete(op, run.now(), outcome(answer), Seen::default())?;
        Ok(())
    }

    /// The address, where one is open.
    pub(in crate::drive) fn logout_address(&self) -> Option<&str> {
        match &self.stream.as_ref()?.delivers {
            Delivers::Push(here) if here.inbox.hears_logouts() => Some(&here.url),
            _ => None,
        }
    }
}

/// Why a token is not taken in (section 2.6); `None` for one that is right.
pub fn rejection(
    issuer: &str,
    clients: &[String],
    typed: bool,
    signal: &SignalSeen,
    claims: &Map<String, Value>,
) -> Option<Rejection> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let kind = signal.header.get("typ").and_then(Value::as_str).unwrap_or_default();
    let told = claims.get("events").and_then(|events| events.get(LOGOUT_EVENT));
    let number = |name: &str| claims.get(name).is_some_and(Value::is_number);
    let wrong = [
        (!typed, "application/x-www-form-urlencoded is wanted"),
        (claims.is_empty(), "this is no logout token"),
        (!["", "logout+jwt", "jwt"].contains(&&*kind.to_ascii_lowercase()), "its type is another"),
        (signal.signature == Signature::Invalid, "no published key signed it"),
        (text("iss") != Some(issuer), "its iss is not the issuer"),
        (
            !texts(claims.get("aud")).iter().any(|a| clients.contains(a)),
            "its aud is not the client",
        ),
        (!number("iat") || !number("exp"), "it lacks iat or exp"),
        (text("jti").is_none_or(str::is_empty), "it has no jti"),
        (!told.is_some_and(Value::is_object), "its events have no logout"),
        (text("sub").or(text("sid")).is_none(), "it has neither sub nor sid"),
        (claims.contains_key("nonce"), "it has a nonce"),
    ];
    let (_, description) = wrong.into_iter().find(|(wrong, _)| *wrong)?;
    Some(Rejection { status: 400, err: "invalid_request", description })
}
