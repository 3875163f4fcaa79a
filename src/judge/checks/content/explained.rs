//! The log says why each authority-bearing claim value is in a token (G-02).

use std::collections::BTreeMap;

use super::decisions::{Decided, Log};
use super::remarks::Remarks;
use super::rights::declared;
use crate::judge::authority::claim_and_value;
use crate::judge::{Case, Ruling};
use crate::model::{Authority, Facts, TokenSeen, is_placeholder, scopes_only};

/// G-02.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    Log::judged(case, explained)
}

fn explained(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
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
#[must_use]
pub fn authority(facts: &Facts, token: &TokenSeen) -> Vec<(String, String)> {
    let claims = &facts.authority_claims;
    // The answer's `scope` is no claim: it stands in only where nothing of the token can be read.
    let entries = match &token.claims {
        Some(content) => Authority::in_claims(content, claims),
        None => token.authority(claims),
    };
    let all = entries.0.iter().filter_map(|entry| claim_and_value(claims, entry));
    all.filter(|(_, value)| declared(facts, value) || facts.roles.contains_key(*value))
        .map(|(claim, value)| (claim.to_owned(), value.to_owned()))
        .collect()
}

fn has_reason(decided: &Decided, claim: &str, value: &str) -> bool {
    !reasons(decided, claim, value).is_empty()
}

/// What the records of a request say of one value of a claim; empty where they say nothing.
#[must_use]
pub fn reasons<'a>(decided: &Decided<'a>, claim: &str, value: &str) -> Vec<&'a str> {
    let reasons = decided.records.iter().flat_map(|r| &r.claims);
    // `scp` in the token and `scope` in the log are the same thing; so are `realm_access.roles` and `roles`.
    let same = |logged: &str| {
        logged.is_empty()
            || logged == claim
            || logged.rsplit('.').next() == claim.rsplit('.').next()
            || (scopes_only(claim) && scopes_only(logged))
    };
    reasons
        .filter(|r| same(&r.claim))
        // A role's name may hold spaces; a scope's may not, and some logs write all scopes in one value.
        .filter(|r| r.value == value || r.value.split_whitespace().any(|v| v == value))
        .map(|r| r.because.as_str())
        .filter(|because| !is_placeholder(because))
        .collect()
}
