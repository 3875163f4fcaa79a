//! Everything that the issuer remembers, in one value. What happens to it is in the files beside this one.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};

use super::clients::{self, Client};
use super::grants::{Access, Backchannel, Grant, Refresh};
use super::keys::Keys;
use super::status::Statuses;
use super::subjects::{Departed, Subject};
use crate::reference::access_log::AccessLog;
use crate::reference::change_log::ChangeLog;
use crate::reference::faults::Faults;
use crate::reference::issuer::Ended;
use crate::reference::log::DecisionLog;
use crate::reference::policy::Policy;
use crate::reference::services::Event;
use crate::reference::ssf::News;

/// SHA-256 of a secret: what is kept instead of it.
pub type Digest = [u8; 32];

/// SHA-256.
pub fn digest_of(secret: &str) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    out
}

/// How the source of decisions is. Only one that runs decides anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Running,
    Stopped,
    /// It answers ten times later than its callers wait.
    Slow,
    /// Its answers can't be read.
    Garbled,
}

impl Source {
    /// True where it decides.
    pub fn is_up(self) -> bool {
        self == Self::Running
    }

    /// As text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Slow => "slow",
            Self::Garbled => "garbled",
        }
    }
}

/// Everything that the issuer remembers.
pub struct Store {
    pub faults: Faults,
    /// By name.
    pub subjects: HashMap<String, Subject>,
    /// Deleted subjects by name.
    pub departed: HashMap<String, Departed>,
    /// By id.
    pub clients: BTreeMap<String, Client>,
    pub grants: HashMap<u64, Grant>,
    /// By `jti`.
    pub access: HashMap<String, Access>,
    /// `jti` by digest of the token.
    pub handles: HashMap<Digest, String>,
    /// By digest of the token.
    pub refresh: HashMap<Digest, Refresh>,
    /// CIBA requests by digest of `auth_req_id`.
    pub backchannel: HashMap<Digest, Backchannel>,
    /// When assertions that were used end, seconds, by digest of client and `jti`.
    pub assertions: HashMap<Digest, i64>,
    pub statuses: Statuses,
    pub policy: Policy,
    pub keys: Keys,
    pub log: DecisionLog,
    pub accesses: AccessLog,
    pub changes: ChangeLog,
    /// How the source of decisions is.
    pub source: Source,
    /// Events that are to be delivered before the lock is given back.
    pub outbox: Vec<Event>,
    /// What others are to be told of subjects before the lock is given back.
    pub news: Vec<News>,
    /// Whose sessions ended while the lock was held.
    pub logouts: Vec<Ended>,
    next: u64,
    pub(super) swept_ms: i64,
}

impl Store {
    /// A system at its start.
    pub fn new(faults: &Faults) -> Result<Self, String> {
        let mut store = Self {
            faults: faults.clone(),
            subjects: HashMap::new(),
            departed: HashMap::new(),
            clients: clients::shipped(),
            grants: HashMap::new(),
            access: HashMap::new(),
            handles: HashMap::new(),
            refresh: HashMap::new(),
            backchannel: HashMap::new(),
            assertions: HashMap::new(),
            statuses: Statuses::default(),
            policy: Policy::new(faults)?,
            keys: Keys::new()?,
            log: DecisionLog::new(faults),
            accesses: AccessLog::new(faults),
            changes: ChangeLog::new(faults),
            source: Source::Running,
            outbox: Vec::new(),
            news: Vec::new(),
            logouts: Vec::new(),
            next: 0,
            swept_ms: 0,
        };
        store.service_account();
        Ok(store)
    }

    /// A number that was never given before.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The subject of client-credentials tokens.
    fn service_account(&mut self) {
        let account = Subject::new(clients::SERVICE_ACCOUNT, None, ["reader".to_owned()].into());
        self.subjects.insert(clients::SERVICE_ACCOUNT.to_owned(), account);
    }
}
