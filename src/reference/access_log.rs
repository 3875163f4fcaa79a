//! The access log: what services let in and refused, with the identifiers that lead to the decisions of the issuer. Holds no
//! token.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use serde_json::{Value, json};

use super::faults::{Fault, Faults};

/// No more records than this are kept of one subject; the oldest go first.
const MOST: usize = 10_000;
/// No more subjects than this have records.
const MOST_SUBJECTS: usize = 20_000;

/// One request to a service.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    pub id: String,
    /// RFC 3339 UTC by the system's clock.
    pub time: String,
    pub service: &'static str,
    /// Name of the token's subject.
    pub subject: String,
    /// `allow` or `deny`.
    pub decision: &'static str,
    /// `jti` of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `X-Request-ID` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// The records by subject, oldest first.
pub struct AccessLog {
    faults: Faults,
    by_subject: HashMap<String, VecDeque<Access>>,
    written: u64,
}

impl AccessLog {
    /// An empty log.
    pub fn new(faults: &Faults) -> Self {
        Self { faults: faults.clone(), by_subject: HashMap::new(), written: 0 }
    }

    /// Writes a record; its id is given here.
    pub fn write(&mut self, mut access: Access) {
        self.written += 1;
        access.id = format!("a-{}", self.written);
        if self.faults.has(Fault::AccessesJoinNothing) {
            // the fault: the service numbers requests by itself and forgets what they came with
            access.request = Some(format!("{}-{}", access.service, self.written));
            access.token = None;
        }
        if self.faults.has(Fault::AccessesInLocalTime)
            && let Ok(utc) = access.time.parse::<jiff::Timestamp>()
        {
            access.time = format!("{:.3}", utc + jiff::SignedDuration::from_hours(2));
        }
        if !self.by_subject.contains_key(&access.subject) && self.by_subject.len() >= MOST_SUBJECTS
        {
            return;
        }
        let records = self.by_subject.entry(access.subject.clone()).or_default();
        if records.len() >= MOST {
            records.pop_front();
        }
        if self.faults.has(Fault::AccessesOfNobody) {
            // the fault: the filter that logs runs before the one that knows who asks
            "anonymous".clone_into(&mut access.subject);
        }
        records.push_back(access);
    }

    /// The records of one subject, oldest first.
    pub fn read(&self, subject: &str) -> Value {
        json!(self.by_subject.get(subject).map(|records| records.iter().collect::<Vec<_>>()))
    }
}
