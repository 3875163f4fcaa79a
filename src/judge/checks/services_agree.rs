//! Services read the same rights the same way (E-18): what one accepts by what a token says, no other refuses.

use std::collections::BTreeMap;

use super::super::{Called, Case, Ruling};
use crate::model::{Needs, TokenSeen, Verdict};

/// Calls that must come out alike: one subject, one set of rights in the token, operations that take the same.
type Alike<'a> = Vec<Called<'a>>;

/// E-18.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let alike = alike(case);
    let compared: Vec<&Alike> = alike.values().filter(|calls| services(calls).len() > 1).collect();
    let mut failed = Vec::new();
    let mut open = Vec::new();
    let mut proof = Vec::new();
    for calls in &compared {
        let yes: Vec<&Called> = calls.iter().filter(|c| c.op.outcome.is_allow()).collect();
        let no: Vec<&Called> = calls.iter().filter(|c| c.op.outcome.is_deny()).collect();
        let ops = |some: &[&Called]| some.iter().map(|c| c.op.index).collect::<Vec<_>>();
        let ends = || yes.first().into_iter().chain(no.first()).map(|c| c.op.index);
        if let (Some(_), Some(_)) = (yes.first(), no.first()) {
            let what = format!(
                "with the same rights {} accepted at {} and refused at {}",
                taken(case, calls),
                places(&yes),
                places(&no)
            );
            failed.push(Ruling::new(Verdict::Fail, what).proved_by(ends()));
        } else if yes.is_empty() && no.len() == calls.len() && carried(case, calls) {
            let what = format!("tokens carry it, and {} accepted nowhere", taken(case, calls));
            failed.push(Ruling::new(Verdict::Fail, what).proved_by(ops(&no)));
        } else if yes.len() + no.len() < calls.len() {
            open.extend(calls.iter().filter(|c| !answered(c)).map(|c| c.op.index));
        } else {
            proof.extend(ops(&yes).into_iter().chain(ops(&no)));
        }
    }
    if !failed.is_empty() {
        return failed;
    }
    if !open.is_empty() {
        let what = "what some services made of a token is not known";
        return vec![Ruling::new(Verdict::Inconclusive, what).proved_by(open)];
    }
    if proof.is_empty() {
        let what = "no two services were shown the same rights for the same thing";
        return vec![Ruling::new(Verdict::Inconclusive, what)];
    }
    let n = compared.len();
    let what = format!("{n} readings of the same rights came out alike at every service");
    vec![Ruling::new(Verdict::Pass, what).proved_by(proof)]
}

fn answered(call: &Called) -> bool {
    call.op.outcome.is_allow() || call.op.outcome.is_deny()
}

/// Calls with tokens that were given after whatever was changed last: what services still remember of a state before is
/// another requirement's question.
fn alike<'a>(case: &Case<'a>) -> BTreeMap<(String, Vec<String>, String), Alike<'a>> {
    let mut alike: BTreeMap<_, Alike> = BTreeMap::new();
    for call in case.calls().filter(|c| case.live(c)) {
        let Some(issued) = case.timeline.issued(call.token) else { continue };
        let of_now = !case.timeline.changes.iter().any(|change| {
            let turns = [Some(change.inv), change.undone];
            turns.into_iter().flatten().any(|turn| {
                turn < call.op.start && (issued.op.start < turn || change.ack.is_none())
            })
        });
        let own = issued.token.service.as_deref() == Some(call.service);
        let Some(needs) = needs(case, &call) else { continue };
        if !of_now || !own || issued.token.is_unreadable() {
            continue;
        }
        let key = (call.subject.to_owned(), rights(case, issued.token), words(needs));
        alike.entry(key).or_default().push(call);
    }
    alike
}

fn needs<'a>(case: &Case<'a>, call: &Called) -> Option<&'a Needs> {
    Some(&case.facts.services.get(call.service)?.operations.get(call.operation)?.needs)
}

fn rights(case: &Case, token: &TokenSeen) -> Vec<String> {
    token.authority(&case.facts.authority_claims).0.into_iter().collect()
}

/// True where the tokens carry what the operations take, so that somebody has to accept them.
fn carried(case: &Case, calls: &[Called]) -> bool {
    calls.iter().all(|call| {
        let issued = case.timeline.issued(call.token);
        issued.is_some_and(|issued| case.carried(issued, call.service, call.operation))
            && needs(case, call).is_some_and(|n| n.role.is_none())
    })
}

fn words(needs: &Needs) -> String {
    let scope = needs.scope.iter().map(|s| format!("\"{s}\""));
    let role = needs.role.iter().map(|r| format!("the role \"{r}\""));
    let all: Vec<String> = scope.chain(role).collect();
    if all.is_empty() { "any token".into() } else { all.join(" and ") }
}

fn taken(case: &Case, calls: &[Called]) -> String {
    let first = calls.first().and_then(|call| needs(case, call));
    let of = first.map_or_else(String::new, words);
    let subject = calls.first().map_or("", |call| call.subject);
    format!("(of {subject}) what takes {of} is")
}

fn services<'a>(calls: &[Called<'a>]) -> Vec<&'a str> {
    let mut all: Vec<&str> = calls.iter().map(|c| c.service).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn places(calls: &[&Called]) -> String {
    let owned: Vec<Called> = calls.iter().map(|c| **c).collect();
    services(&owned).join(", ")
}
