//! Streams and what waits in them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::news::{self, News};
use crate::reference::delivery::Endpoint;
use crate::reference::faults::{Fault, Faults};
use crate::reference::jose::Key;
use crate::reference::world::random_name;

/// No more streams than this.
const MOST_STREAMS: usize = 1000;
/// No more tokens wait in a stream; the oldest go first.
const MOST_WAITING: usize = 10_000;

/// What receivers are called.
pub const AUDIENCE: &str = "https://receivers.recant.invalid";

/// The event that answers a verification.
const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// All streams.
#[derive(Default)]
pub struct Streams(Mutex<BTreeMap<String, Stream>>);

struct Stream {
    requested: Vec<String>,
    status: Status,
    /// Where it pushes to; `None` for one that is polled.
    pushes: Option<Endpoint>,
    /// `jti` and token, oldest first.
    waiting: VecDeque<(String, String)>,
}

/// Whether a stream delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Enabled,
    Paused,
    Disabled,
}

impl Status {
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Paused, Self::Disabled].into_iter().find(|s| s.word() == text)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

/// A token on its way to whom it is pushed.
pub struct Due {
    stream: String,
    jti: String,
    pub token: String,
    pub endpoint: Endpoint,
}

/// Who signs, when.
pub struct Signer<'a> {
    pub key: &'a Key,
    pub issuer: &'a str,
    pub now_s: i64,
}

impl Streams {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Stream>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a stream; `None` where there are too many.
    pub fn create(&self, requested: Vec<String>, pushes: Option<Endpoint>) -> Option<String> {
        self.with(|streams| {
            if streams.len() >= MOST_STREAMS {
                return None;
            }
            let id = random_name("st-");
            let (status, waiting) = (Status::Enabled, VecDeque::new());
            let stream = Stream { requested, status, pushes, waiting };
            streams.insert(id.clone(), stream);
            Some(id)
        })
    }

    /// Removes a stream. False where there is none.
    pub fn delete(&self, id: &str) -> bool {
        self.with(|streams| streams.remove(id).is_some())
    }

    /// A stream as its receiver sees it (SSF 1.0 section 8.1.1).
    pub fn shown(&self, id: &str, issuer: &str) -> Option<Value> {
        self.with(|streams| {
            let stream = streams.get(id)?;
            let supported: Vec<_> = news::all().collect();
            let delivered: Vec<_> =
                supported.iter().filter(|e| stream.requested.contains(e)).cloned().collect();
            Some(json!({
                "stream_id": id,
                "iss": issuer,
                "aud": AUDIENCE,
                "events_supported": supported,
                "events_requested": stream.requested,
                "events_delivered": delivered,
                "delivery": stream.delivery(id, issuer),
            }))
        })
    }

    /// All ids.
    pub fn ids(&self) -> Vec<String> {
        self.with(|streams| streams.keys().cloned().collect())
    }

    /// The status of a stream.
    pub fn status(&self, id: &str) -> Option<Status> {
        self.with(|streams| streams.get(id).map(|s| s.status))
    }

    /// Sets it. What happens while a stream is disabled is not kept, what waits in it neither.
    pub fn set_status(&self, id: &str, status: Status) -> bool {
        self.with(|streams| {
            let Some(stream) = streams.get_mut(id) else { return false };
            stream.status = status;
            if status == Status::Disabled {
                stream.waiting.clear();
            }
            true
        })
    }

    /// Puts news into every stream that asked for it.
    pub fn tell(&self, news: &News, by: &Signer, faults: &Faults) {
        self.with(|streams| {
            for stream in streams.values_mut() {
                let uri = news.event(faults);
                let lost =
                    stream.status == Status::Paused && faults.has(Fault::PausedStreamForgets);
                if stream.status == Status::Disabled || lost || !stream.requested.contains(&uri) {
                    continue;
                }
                let subject = news.subject(by.issuer);
                let events = json!({ uri: news.payload(by.now_s, faults) });
                stream.put(by, &subject, &events);
            }
        });
    }

    /// Answers a verification (SSF 1.0 section 8.1.4). False where there is no such stream.
    pub fn verify(&self, id: &str, state: Option<&str>, by: &Signer) -> bool {
        self.with(|streams| {
            let Some(stream) = streams.get_mut(id) else { return false };
            let subject = json!({ "format": "opaque", "id": id });
            let payload = state.map_or_else(|| json!({}), |state| json!({ "state": state }));
            stream.put(by, &subject, &json!({ VERIFICATION: payload }));
            true
        })
    }

    /// Takes acknowledgements and gives what waits (RFC 8936 section 2.4), and whether there is more.
    pub fn poll(&self, id: &str, acknowledged: &[String], most: usize) -> Option<(Value, bool)> {
        self.with(|streams| {
            let stream = streams.get_mut(id).filter(|s| s.pushes.is_none())?;
            stream.waiting.retain(|(jti, _)| !acknowledged.contains(jti));
            let delivers = stream.status == Status::Enabled;
            let given: serde_json::Map<_, _> = stream
                .waiting
                .iter()
                .filter(|_| delivers)
                .take(most)
                .map(|(jti, token)| (jti.clone(), Value::from(token.as_str())))
                .collect();
            let more = delivers && given.len() < stream.waiting.len();
            Some((Value::Object(given), more))
        })
    }

    /// Takes out what is to be pushed now.
    pub fn due(&self) -> Vec<Due> {
        self.with(|streams| {
            let mut all = Vec::new();
            for (id, stream) in streams.iter_mut().filter(|(_, s)| s.status == Status::Enabled) {
                let Some(endpoint) = &stream.pushes else { continue };
                let waiting = stream.waiting.drain(..).map(|(jti, token)| Due {
                    stream: id.clone(),
                    jti,
                    token,
                    endpoint: endpoint.clone(),
                });
                all.extend(waiting);
            }
            all
        })
    }

    /// True while the stream that something is due on delivers.
    pub fn delivers(&self, due: &Due) -> bool {
        self.with(|streams| streams.get(&due.stream).is_some_and(|s| s.status == Status::Enabled))
    }

    /// Puts back what could not be pushed.
    pub fn not_delivered(&self, due: Due) {
        self.with(|streams| {
            if let Some(stream) = streams.get_mut(&due.stream) {
                stream.waiting.push_front((due.jti, due.token));
            }
        });
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.with(BTreeMap::clear);
    }
}

impl Stream {
    fn delivery(&self, id: &str, issuer: &str) -> Value {
        match &self.pushes {
            None => json!({
                "method": "urn:ietf:rfc:8936", "endpoint_url": format!("{issuer}/ssf/poll/{id}"),
            }),
            Some(endpoint) => json!({
                "method": "urn:ietf:rfc:8935", "endpoint_url": endpoint.url(),
                "authorization_header": endpoint.authorization,
            }),
        }
    }

    fn put(&mut self, by: &Signer, subject: &Value, events: &Value) {
        let jti = random_name("ev-");
        let claims = json!({
            "iss": by.issuer, "jti": jti, "iat": by.now_s, "aud": AUDIENCE, "sub_id": subject,
            "events": events,
        });
        // a key that cannot sign leaves nothing to deliver
        if let Ok(token) = by.key.sign("secevent+jwt", &claims) {
            self.waiting.push_back((jti, token));
        }
        while self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }
}
