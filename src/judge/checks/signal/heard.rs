//! Security event tokens as they were received over a stream, and what can be said of that stream.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::history::{Action, Op, SignalSeen};
use crate::judge::{Case, Cause, Changed};
use crate::model::{Moment, Outcome, TokenKind};

/// How long after its bound a reading may begin and still count as one at the bound, milliseconds.
const GRACE_MS: u64 = 1_000;

/// Nesting of subjects that is looked into.
const DEEPEST: u32 = 4;

/// A token with the op that read it.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    pub op: &'a Op,
    pub signal: &'a SignalSeen,
}

impl<'a> Heard<'a> {
    /// A claim as text.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.signal.claims.get(name)?.as_str()
    }

    /// Its events.
    pub fn events(&self) -> Option<&'a Map<String, Value>> {
        self.signal.claims.get("events")?.as_object()
    }

    /// Its one event: the last part of the URI, and what it says.
    pub fn event(&self) -> Option<(&'a str, &'a Value)> {
        let (uri, payload) = self.events()?.iter().next()?;
        Some((uri.rsplit('/').next().unwrap_or(uri), payload))
    }

    /// The last part of its event's URI, to be said.
    pub fn word(&self) -> &'a str {
        self.event().map_or("a token", |(word, _)| word)
    }

    /// When it says that it happened, seconds since 1970; when it was made, where it does not say.
    pub fn happened(&self) -> Option<f64> {
        self.says_when().or_else(|| self.signal.claims.get("iat")).and_then(Value::as_f64)
    }

    /// True where it says when it happened, and not only when it was made: what RISC tells has no such member.
    pub fn is_dated(&self) -> bool {
        self.says_when().is_some()
    }

    /// The event's own member, or `toe` (RFC 8417 section 2.2).
    fn says_when(&self) -> Option<&'a Value> {
        let said = self.event().and_then(|(_, payload)| payload.get("event_timestamp"));
        said.or_else(|| self.signal.claims.get("toe"))
    }

    /// True where it is about this subject, as far as the subject's own tokens tell.
    pub fn is_about(&self, case: &Case, subject: &str) -> bool {
        match self.signal.claims.get("sub_id") {
            Some(id) => names(case, id, subject, DEEPEST),
            None => is_own(case, subject, &self.signal.claims),
        }
    }
}

/// True where a logout token names this subject: by issuer and `sub`, or by a session (`sid`) that one of its tokens has.
fn is_own(case: &Case, subject: &str, said: &Map<String, Value>) -> bool {
    let mut all = case.timeline.tokens.values();
    all.any(|issued| {
        let own = issued
            .token
            .claims
            .as_ref()
            .filter(|_| issued.token.subject.as_deref() == Some(subject));
        let same = |name: &str| own.is_some_and(|own| own.get(name) == said.get(name));
        let known = |name: &str| said.contains_key(name) && same(name);
        same("iss") && if said.contains_key("sub") { known("sub") } else { known("sid") }
    })
}

/// What was received, each once, in the order of the record.
pub fn heard<'a>(case: &Case<'a>) -> Vec<Heard<'a>> {
    let mut known = BTreeSet::new();
    let reads = case.view.ops.iter().filter(|op| match op.action {
        Action::ReadSignals => true,
        Action::TakeSignal => has_arrived(op),
        _ => false,
    });
    let all = reads.flat_map(|op| op.seen.signals.iter().map(move |signal| Heard { op, signal }));
    all.filter(|h| h.text("jti").is_none_or(|jti| known.insert(jti))).collect()
}

/// Events with one of these words about the subject of a change, read since the change was sent.
pub fn since<'h, 'a>(
    case: &'h Case<'a>,
    change: &'h Changed<'a>,
    heard: &'h [Heard<'a>],
    words: &'h [&'h str],
) -> impl Iterator<Item = &'h Heard<'a>> {
    heard.iter().filter(move |h| {
        h.op.end.is_some_and(|end| end >= change.inv)
            && h.event().is_some_and(|(word, _)| words.contains(&word))
            && change.subject.is_some_and(|subject| h.is_about(case, subject))
    })
}

/// Within which time an event must come, milliseconds: what the step says, else the bound for events.
pub fn within(case: &Case) -> u64 {
    case.obligation.within.unwrap_or(case.facts.bounds.event)
}

/// By how much an event's time may be off, seconds: it is whole seconds, by a clock that may be ahead or behind.
pub fn slack(case: &Case) -> f64 {
    1.0 + case.facts.bounds.skew as f64 / 1000.0
}

/// True for a delivery by push that got through: acknowledged, or rejected for what it says. What showed no authorization may be
/// anybody's, and what was turned away on purpose is to come again.
fn has_arrived(op: &Op) -> bool {
    match &op.outcome {
        Outcome::Accepted => true,
        Outcome::Refused(refusal) => refusal.status == 400,
        _ => false,
    }
}

/// True for a delivery by push of which nobody knows what it said.
pub fn is_lost(op: &&Op) -> bool {
    matches!(op.action, Action::TakeSignal) && matches!(op.outcome, Outcome::Unknown(_))
}

/// The stream as it was opened.
pub fn stream<'a>(case: &Case<'a>) -> Option<&'a Map<String, Value>> {
    opened(case).next().map(|op| &op.seen.stream)
}

/// True where what is heard are logout tokens, as the issuer posts them to clients.
pub fn hears_logouts(case: &Case) -> bool {
    let op = opened(case).next();
    op.is_some_and(|op| matches!(op.action, Action::OpenStream { logouts: true }))
}

fn opened<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Op> {
    let all = case.view.ops.iter().filter(|op| matches!(op.action, Action::OpenStream { .. }));
    all.filter(|op| op.outcome.is_allow())
}

/// True where the stream delivers an event with this last part of its URI.
pub fn delivers(stream: &Map<String, Value>, word: &str) -> bool {
    lists(stream, "events_delivered", word)
}

/// True where the stream was asked for such an event.
pub fn is_asked_for(stream: &Map<String, Value>, word: &str) -> bool {
    lists(stream, "events_requested", word)
}

fn lists(stream: &Map<String, Value>, member: &str, word: &str) -> bool {
    let all = stream.get(member).and_then(Value::as_array);
    let mut all = all.into_iter().flatten().filter_map(Value::as_str);
    all.any(|uri| uri.rsplit('/').next() == Some(word))
}

/// True where a verification that was asked for came back; of an address for logout tokens, where it was seen to lead to recant.
pub fn is_verified(case: &Case, heard: &[Heard]) -> bool {
    if hears_logouts(case) {
        let mut asked = case.view.ops.iter();
        return asked
            .any(|op| matches!(op.action, Action::VerifyStream { .. }) && op.outcome.is_allow());
    }
    let states = case.view.ops.iter().filter_map(|op| match &op.action {
        Action::VerifyStream { state } => Some(state.as_str()),
        _ => None,
    });
    states.into_iter().any(|state| heard.iter().any(|h| verifies(h) == Some(Some(state))))
}

/// The state that a verification event came with; `None` where it is another event.
pub fn verifies<'a>(heard: &Heard<'a>) -> Option<Option<&'a str>> {
    let (word, payload) = heard.event()?;
    (word == "verification").then(|| payload.get("state").and_then(Value::as_str))
}

/// Whether readings tell that something did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The stream was read when the bound had passed, and every time before.
    Heard,
    /// What a reading came to is not known.
    Dark(u64),
    /// It was not read any more.
    NotRead,
}

/// Whether what did not come between two moments can be said not to have come.
pub fn silence(case: &Case, from: Moment, deadline: Moment) -> Silence {
    let reads = || {
        let all = case.view.ops.iter().filter(|op| matches!(op.action, Action::ReadSignals));
        all.filter(move |op| op.end.is_none_or(|end| end >= from))
    };
    let pushed = case.view.ops.iter().filter(|op| op.end.is_none_or(|end| end >= from));
    let unread = reads().find(|op| !op.outcome.is_allow());
    let dark = unread.or_else(|| pushed.into_iter().find(is_lost));
    if let Some(dark) = dark {
        return Silence::Dark(dark.index);
    }
    if reads().any(|op| op.start >= deadline) { Silence::Heard } else { Silence::NotRead }
}

/// True where something that was read by this op came in time.
pub fn in_time(op: &Op, deadline: Moment) -> bool {
    op.start <= deadline.plus_ms(GRACE_MS)
}

/// The target's wall time of a moment, seconds since 1970.
pub fn wall(case: &Case, moment: Moment) -> f64 {
    case.timeline.wall(moment)
}

/// True for a change that ends a session or a grant: of a subject, of its tokens through a client, of a refresh token's family.
pub fn ends(case: &Case, change: &Changed) -> bool {
    match change.cause {
        Cause::Subject | Cause::Client => true,
        Cause::Token => change.loses.tokens.iter().any(|token| {
            case.timeline.issued(token).is_none_or(|i| i.token.kind == TokenKind::Refresh)
        }),
        _ => false,
    }
}

/// True where a token of this subject tells how signals may name it.
pub fn can_be_named(case: &Case, subject: &str) -> bool {
    let mut all = case.timeline.tokens.values();
    all.any(|i| i.token.claims.is_some() && i.token.subject.as_deref() == Some(subject))
}

/// Words of events that tell of an end: CAEP's, that of RISC which came before it, that of logout tokens, and those of RISC for accounts.
pub const ENDS: [&str; 5] = [
    "session-revoked",
    "sessions-revoked",
    "backchannel-logout",
    "account-disabled",
    "account-purged",
];

/// Words of events that tell of what this change ended. An account is told of where it is the subject as a whole that ended, its deletion only
/// where it was deleted; a grant or a token is none.
pub fn ending(change: &Changed) -> &'static [&'static str] {
    match change.cause {
        Cause::Subject if change.name == "disable subject" => &ENDS[..4],
        Cause::Subject if change.leaves_account() => &ENDS[..3],
        Cause::Subject => &ENDS,
        _ => &ENDS[..2],
    }
}

/// True where what came of a change is not known.
pub fn is_dark(change: &Changed) -> bool {
    matches!(change.op.outcome, Outcome::Unknown(_))
}

fn names(case: &Case, id: &Value, subject: &str, deep: u32) -> bool {
    let text = |name: &str| id.get(name).and_then(Value::as_str);
    let own = |claim: &str, value: &str| {
        case.timeline.tokens.values().any(|issued| {
            let claims = issued.token.claims.as_ref();
            issued.token.subject.as_deref() == Some(subject)
                && claims.and_then(|c| c.get(claim)).and_then(Value::as_str) == Some(value)
        })
    };
    let Some(deeper) = deep.checked_sub(1) else { return false };
    match text("format") {
        Some("iss_sub") => {
            text("sub").is_some_and(|sub| own("sub", sub))
                && text("iss").is_some_and(|iss| own("iss", iss))
        }
        Some("jwt_id") => text("jti").is_some_and(|jti| own("jti", jti)),
        Some("complex") => ["user", "session"]
            .iter()
            .filter_map(|m| id.get(*m))
            .any(|i| names(case, i, subject, deeper)),
        Some("aliases") => {
            let all = id.get("identifiers").and_then(Value::as_array);
            all.into_iter().flatten().take(32).any(|i| names(case, i, subject, deeper))
        }
        _ => ["id", "email", "uri"].iter().filter_map(|m| text(m)).any(|value| {
            value == subject || value.contains(subject) || own("sub", value) || own("email", value)
        }),
    }
}
