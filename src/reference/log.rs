//! The decision log: one record for each token that was issued or refused, with why and who answers for it. Append-only;
//! holds no secret.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::faults::{Fault, Faults};
use super::policy::Cited;

/// No more records than this are kept; the oldest go first.
const MOST: usize = 200_000;

/// One decision.
#[derive(Debug, Serialize)]
pub struct Record {
    pub id: String,
    /// RFC 3339 UTC by the system's clock.
    pub time: String,
    /// `issue`, `refresh`, `exchange`.
    pub kind: &'static str,
    /// Name of the subject, where it is known.
    pub subject: Option<String>,
    pub sub: Option<String>,
    pub client: String,
    pub audience: Option<String>,
    /// Scopes asked for; absent where the request named none.
    pub requested: Option<Vec<String>>,
    pub granted: Vec<String>,
    /// `allow` or `deny`.
    pub decision: &'static str,
    pub reason: String,
    pub policy_revision: String,
    /// Of the subject's entitlements, as the change log calls it.
    pub entitlement_revision: Option<String>,
    /// Policies and rules that decided, with their owners.
    pub policies: Vec<Cited>,
    /// Digest of everything that went into the decision.
    pub inputs: Value,
    pub claims: Vec<ClaimReason>,
    /// `jti` of the token.
    pub token: Option<String>,
}

/// Why one value of one claim is in the token.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimReason {
    pub claim: &'static str,
    pub value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// The records, oldest first.
pub struct DecisionLog {
    faults: Faults,
    records: VecDeque<Arc<Record>>,
    /// The same by subject, so that one subject's records are found at once.
    by_subject: HashMap<String, VecDeque<Arc<Record>>>,
    written: u64,
    /// Only for a fault: id and time of the first decision by what went into it.
    first: HashMap<String, (String, String)>,
}

impl DecisionLog {
    /// An empty log.
    pub fn new(faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
            records: VecDeque::new(),
            by_subject: HashMap::new(),
            written: 0,
            first: HashMap::new(),
        }
    }

    /// Writes a record; its id is given here.
    pub fn write(&mut self, mut record: Record) {
        if self.faults.has(Fault::RefreshNotLogged) && record.kind == "refresh" {
            return;
        }
        if self.faults.has(Fault::ClaimsNotExplained) {
            record.claims.iter_mut().for_each(|claim| claim.because.clear());
        }
        if self.faults.has(Fault::OwnerNotNamed) {
            for policy in &mut record.policies {
                policy.owner.clear();
                policy.contact.clear();
            }
        }
        if self.faults.has(Fault::OwnerUnheardOf) {
            for policy in &mut record.policies {
                "Platform guild".clone_into(&mut policy.owner);
                policy.contact.clear();
            }
        }
        if self.faults.has(Fault::OwnerOfAnotherPolicy) {
            // the fault: whoever runs the log answers for everything in it
            for policy in record.policies.iter_mut().filter(|p| p.id.starts_with("role-")) {
                "Identity operations".clone_into(&mut policy.owner);
                "identity@reference.example".clone_into(&mut policy.contact);
            }
        }
        if self.faults.has(Fault::PolicyRevisionStands) {
            // the fault: the revision is that of the program, which nobody has released anew
            "r1".clone_into(&mut record.policy_revision);
        }
        if self.faults.has(Fault::LogNamesAnotherClient) && record.kind == "refresh" {
            record.client = "issuer".to_owned();
        }
        if self.faults.has(Fault::LogInLocalTime)
            && let Ok(utc) = record.time.parse::<jiff::Timestamp>()
        {
            record.time = format!("{:.3}", utc + jiff::SignedDuration::from_hours(2));
        }
        self.written += 1;
        record.id = format!("d-{}", self.written);
        if self.faults.has(Fault::DecisionReused) {
            let now = (record.id.clone(), record.time.clone());
            let kept = self.first.entry(record.inputs.to_string()).or_insert(now);
            (record.id, record.time) = kept.clone();
        }
        let record = Arc::new(record);
        if let Some(subject) = &record.subject {
            self.by_subject.entry(subject.clone()).or_default().push_back(Arc::clone(&record));
        }
        self.records.push_back(record);
        while self.records.len() > MOST {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(subject) = self.records.pop_front().and_then(|r| r.subject.clone()) else {
            return;
        };
        let Some(records) = self.by_subject.get_mut(&subject) else { return };
        records.pop_front();
        if records.is_empty() {
            self.by_subject.remove(&subject);
        }
    }

    /// The records of one subject, or the latest of all, oldest first.
    pub fn read(&self, subject: Option<&str>, most: usize) -> Value {
        let empty = VecDeque::new();
        let records = match subject {
            Some(name) => self.by_subject.get(name).unwrap_or(&empty),
            None => &self.records,
        };
        let from = records.len().saturating_sub(most);
        json!(records.iter().skip(from).map(Arc::as_ref).collect::<Vec<_>>())
    }
}
