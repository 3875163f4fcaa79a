//! One name for the same finding in every run, so that a forge knows an old one when it sees it again. Neither times nor
//! lines nor verdicts are part of it: a failure whose evidence was lost is still the same finding, not one that was fixed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Report;
use crate::judge::Finding;
use crate::model::hex;

/// Gives fingerprints, and keeps findings apart that are alike in everything that counts.
#[derive(Debug, Default)]
pub struct Fingerprints {
    given: BTreeMap<String, u64>,
}

impl Fingerprints {
    /// The fingerprint of a finding: SHA-256, hex.
    pub fn of(&mut self, report: &Report, finding: &Finding) -> String {
        let service = finding.service.as_deref().unwrap_or_default();
        let name = digest(&[
            &report.target.name,
            &finding.requirement,
            &finding.scenario,
            service,
            &finding.obligation,
        ]);
        let n = self.given.entry(name.clone()).or_insert(0);
        *n += 1;
        if *n == 1 { name } else { digest(&[&name, &n.to_string()]) }
    }
}

/// SHA-256 (hex) that stands for these texts: each with its length, so that no two lists of texts are the same bytes.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
