//! The logs of one target.

use std::sync::Arc;

use super::{LogKind, LogReader};
use crate::drive::{HttpClient, Vault};
use crate::plan::{AccessLog, ChangeLog, DecisionLog, Declared};

/// The logs that a target file names.
pub struct Logs {
    /// What issuers decided.
    pub decisions: Option<LogReader<DecisionLog>>,
    /// What services let in and refused.
    pub accesses: Option<LogReader<AccessLog>>,
    /// What was changed of entitlements.
    pub changes: Option<LogReader<ChangeLog>>,
}

impl Logs {
    /// Readers of all of them.
    #[must_use]
    pub fn of(declared: &Declared, vault: &Arc<Vault>, http: &HttpClient) -> Self {
        fn one<K: LogKind + Clone>(
            log: &Option<K>,
            declared: &Declared,
            vault: &Arc<Vault>,
            http: &HttpClient,
        ) -> Option<LogReader<K>> {
            Some(LogReader::of(log.clone()?, declared, vault.clone(), http.clone()))
        }
        let target = &declared.target;
        Self {
            decisions: one(&target.decision_log, declared, vault, http),
            accesses: one(&target.access_log, declared, vault, http),
            changes: one(&target.change_log, declared, vault, http),
        }
    }
}
