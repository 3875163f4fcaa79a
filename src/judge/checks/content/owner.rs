//! Each decision that a policy made names who answers for that policy (G-04).

use std::collections::BTreeMap;

use super::decisions::{Decided, Log};
use super::remarks::Remarks;
use crate::history::DecisionSeen;
use crate::judge::{Case, Ruling};
use crate::model::{Owner, is_placeholder};

/// G-04.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    Log::judged(case, owned)
}

fn owned(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    let records: Vec<(&Decided, &DecisionSeen)> = log.recorded().collect();
    if records.is_empty() {
        remarks.open("the log has no record of this scenario's decisions", [read]);
        return;
    }
    let mut strangers: BTreeMap<&str, u64> = BTreeMap::new();
    let mut another: Option<(String, u64)> = None;
    let (mut named, mut by_default) = (0_usize, 0_usize);
    let mut unowned: Vec<(String, u64)> = Vec::new();
    for (decided, record) in &records {
        let op = decided.asked.op.index;
        let id = record.id.as_deref().unwrap_or("without id");
        let written = || record.owners.iter().filter(|o| !o.trim().is_empty());
        let real: Vec<&String> = written().filter(|o| !is_placeholder(o)).collect();
        for stranger in real.iter().filter(|o| !known(&case.facts.owners, o)) {
            strangers.entry(stranger).or_insert(op);
        }
        if let Some(placeholder) = written().find(|o| is_placeholder(o)) {
            remarks.fail(
                format!("the record {id} names \"{placeholder}\" as owner, which is nobody"),
                [op, read],
            );
        } else if !real.is_empty() {
            named += 1;
            another = another.or_else(|| Some((of_another(case, record, &real)?, op)));
        } else if let Some(policy) = record.policies.iter().find(|p| !p.trim().is_empty()) {
            unowned.push((format!("the record {id} of the policy \"{policy}\""), op));
        } else {
            by_default += 1;
        }
    }
    let all = records.len();
    if let Some((why, op)) = another {
        remarks.fail(why, [op, read]);
    }
    if let Some((first, _)) = unowned.first() {
        let (count, ops) = (unowned.len(), unowned.iter().map(|(_, op)| *op).chain([read]));
        remarks.fail(format!("{count} of {all} records name no owner, such as {first}"), ops);
    }
    if by_default > 0 {
        remarks.note(format!(
            "{by_default} of {all} decisions name no policy, so that nobody is \
            said to answer for this default"
        ));
    }
    if !strangers.is_empty() && !case.facts.owners.is_empty() {
        let names: Vec<String> = strangers.keys().take(3).map(|s| format!("\"{s}\"")).collect();
        remarks.fail(
            format!(
                "records name an owner that the target file does not declare: {}",
                names.join(", ")
            ),
            strangers.values().copied().chain([read]),
        );
    }
    if named > 0 || !unowned.is_empty() {
        remarks.fine(format!("{named} of {all} records name an owner"), [read]);
    } else {
        remarks.fail(format!("none of {all} records names an owner"), [read]);
    }
}

/// A policy that decided and whose owner, as the target file says, is not among those that the record names.
fn of_another(case: &Case, record: &DecisionSeen, named: &[&String]) -> Option<String> {
    let owners = &case.facts.owners;
    record.policies.iter().find_map(|policy| {
        let own: Vec<Owner> = owners.iter().filter(|o| o.answers_for(policy)).cloned().collect();
        let first = own.first()?;
        (!named.iter().any(|written| known(&own, written))).then(|| {
            let (id, said) = (record.id.as_deref().unwrap_or("without id"), named[0]);
            format!(
                "the record {id} names \"{said}\" as owner, and \"{}\" answers for the policy \"{policy}\"",
                first.name
            )
        })
    })
}

fn known(owners: &[Owner], written: &str) -> bool {
    let written = written.to_lowercase();
    owners.iter().any(|o| {
        let within = |part: &String| {
            let part = part.trim().to_lowercase();
            !part.is_empty() && written.contains(&part)
        };
        // An area is a plain word that may stand in anybody's name.
        within(&o.name) || within(&o.contact) || written.trim() == o.area.trim().to_lowercase()
    })
}
