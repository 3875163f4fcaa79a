//! The log says why each authority-bearing claim value is in a token (G-02).

use std::collections::BTreeMap;

use super::decisions::{Decided, Log};
use super::remarks::Remarks;
use super::rights::declared;
use crate::judge::{Case, Ruling};
use crate::model::{Facts, TokenSeen};

/// Words that stand where a reason should.
const EMPTY: [&str; 6] = ["", "-", "n/a", "none", "null", "todo"];

/// G-02.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    match Log::of(case) {
        Err((why, ops)) => remarks.open(why, ops),
        Ok(log) => explained(case, &log, &mut remarks),
    }
    remarks.ruling().into_iter().collect()
}

fn explained(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    for (doubt, op) in log.doubts(case) {
        remarks.open(doubt, [op]);
    }
    let (mut values, mut unrecorded) = (0_usize, 0_usize);
    let mut silent: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for decided in &log.decided {
        let Some(token) = decided.token else { continue };
        let carried = authority(case.facts, token);
        if decided.records.is_empty() {
            unrecorded += usize::from(!carried.is_empty());
            continue;
        }
        for (claim, value) in carried {
            values += 1;
            if !has_reason(decided, &claim, &value) {
                let op = decided.asked.op.index;
                silent.entry(format!("{claim} \"{value}\"")).or_default().push(op);
            }
        }
    }
    if unrecorded > 0 {
        remarks.note(format!(
            "{unrecorded} tokens have no record at all: see governance/every-decision-logged"
        ));
    }
    let count: usize = silent.values().map(Vec::len).sum();
    let ops = silent.values().flatten().copied().chain([read]);
    if let Some((which, _)) = silent.first_key_value() {
        remarks.fail(
            format!("{count} of {values} claim values have no reason in the log, such as {which}"),
            ops,
        );
    } else if values > 0 {
        remarks.fine(format!("each of {values} claim values has its reason in the log"), [read]);
    } else {
        remarks.open("no token with a declared scope or role has a record to look into", [read]);
    }
}

/// The values of a token that give authority, by claim: what the target declares as scope or role.
fn authority(facts: &Facts, token: &TokenSeen) -> Vec<(String, String)> {
    let entries = token.authority(&facts.authority_claims).0;
    let split = |entry: String| {
        let claims = facts.authority_claims.iter().map(String::as_str).chain(["scope"]);
        let named =
            claims.filter(|c| entry.strip_prefix(c).is_some_and(|rest| rest.starts_with(':')));
        let claim = named.max_by_key(|c| c.len())?.to_owned();
        let value = entry[claim.len() + 1..].to_owned();
        Some((claim, value))
    };
    let all = entries.into_iter().filter_map(split);
    all.filter(|(_, value)| declared(facts, value) || facts.roles.contains_key(value)).collect()
}

fn has_reason(decided: &Decided, claim: &str, value: &str) -> bool {
    let reasons = decided.records.iter().flat_map(|r| &r.claims);
    // `scp` in the token and `scope` in the log are the same thing; so are `realm_access.roles` and `roles`.
    let same = |logged: &str| {
        logged.is_empty()
            || logged == claim
            || logged.rsplit('.').next() == claim.rsplit('.').next()
            || (matches!(claim, "scope" | "scp") && matches!(logged, "scope" | "scp"))
    };
    reasons
        .filter(|r| same(&r.claim) && r.value.split_whitespace().any(|v| v == value))
        .any(|r| !EMPTY.contains(&r.because.trim().to_lowercase().as_str()))
}
