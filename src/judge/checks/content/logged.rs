//! Every decision is logged once, with what an investigation needs (G-01).

use std::collections::BTreeMap;

use super::asked::outcome_words;
use super::contradicted::{self, Contradiction};
use super::decisions::{Decided, Log, seconds};
use super::remarks::Remarks;
use crate::history::DecisionSeen;
use crate::judge::{Case, Ruling};
use crate::model::is_placeholder;

/// G-01.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    match Log::of(case) {
        Err((why, ops)) => remarks.open(why, ops),
        Ok(log) if log.decided.is_empty() => {
            remarks.open(
                "no request for a token was granted or refused before the log was read",
                [log.read.index],
            );
        }
        Ok(log) => {
            counted(case, &log, &mut remarks);
            complete(&log, &mut remarks);
            truthful(case, &log, &mut remarks);
        }
    }
    remarks.ruling().into_iter().collect()
}

/// One record a request, no more and no less.
fn counted(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    let missing: Vec<&Decided> = log.decided.iter().filter(|d| d.records.is_empty()).collect();
    let (late, open): (Vec<&Decided>, Vec<&Decided>) =
        missing.iter().partition(|d| overdue(case, log, d));
    if let Some(one) = late.first() {
        let ops = late.iter().map(|d| d.asked.op.index).chain([read]);
        let (count, all) = (late.len(), log.decided.len());
        remarks.fail(
            format!("{count} of {all} decisions have no record, such as {}", named(one)),
            ops,
        );
    }
    if let Some(one) = open.first() {
        let ops = open.iter().map(|d| d.asked.op.index).chain([read]);
        remarks.open(
            format!("the log was read too early to tell whether {} is recorded", named(one)),
            ops,
        );
    }
    for (doubt, op) in log.doubts(case) {
        remarks.open(format!("{doubt}, and so whether a record is missing"), [op, read]);
    }
    let twice: Vec<&Decided> = log.decided.iter().filter(|d| d.records.len() > 1).collect();
    if let Some(one) = twice.first() {
        let ops = twice.iter().map(|d| d.asked.op.index).chain([read]);
        let count = one.records.len();
        remarks.fail(format!("{} has {count} records ({})", named(one), ids(&one.records)), ops);
    }
    let (perhaps, surplus): (Vec<&DecisionSeen>, Vec<&DecisionSeen>) =
        log.extra.iter().copied().partition(|record| log.may_be_left(record));
    if !surplus.is_empty() {
        let (count, ids) = (surplus.len(), ids(&surplus));
        remarks
            .fail(format!("{count} records about these subjects fit no request ({ids})"), [read]);
    }
    if !perhaps.is_empty() {
        let (count, ids) = (perhaps.len(), ids(&perhaps));
        let ops = log.unclear.iter().chain(&log.failed).map(|d| d.asked.op.index);
        remarks.open(
            format!("{count} records fit no request ({ids}), beside requests of which it is not known what they left"),
            ops.chain([read]),
        );
    }
    if missing.is_empty() && twice.is_empty() && log.extra.is_empty() {
        let all = log.decided.len();
        remarks.fine(format!("each of {all} decisions has one record"), [read]);
    }
}

/// True where a missing record is certainly missing: its time has passed, or the log already has a later one.
fn overdue(case: &Case, log: &Log, decided: &Decided) -> bool {
    let Some(end) = decided.asked.op.end else { return false };
    let due = end.plus_ms(case.facts.bounds.log);
    let read_at = log.read.end.unwrap_or(log.read.start);
    let later = |other: &Decided| {
        other.asked.op.start >= end && other.records.iter().any(|r| seconds(r).is_some())
    };
    read_at >= due || log.decided.iter().any(later)
}

/// What records say does not contradict what was asked for and what was given.
fn truthful(case: &Case, log: &Log, remarks: &mut Remarks) {
    let mut wrong: BTreeMap<&str, Vec<(String, u64)>> = BTreeMap::new();
    for decided in &log.decided {
        for record in decided.records.iter().filter(|record| log.is_certain(decided, record)) {
            for one in contradicted::of(case, log, decided, record) {
                let id = record.id.as_deref().unwrap_or("without id");
                let Contradiction { member, logged, seen } = one;
                let words = format!("the record {id} says \"{logged}\", where it is \"{seen}\"");
                wrong.entry(member).or_default().push((words, decided.asked.op.index));
            }
        }
    }
    for (member, all) in wrong {
        let count = all.len();
        let Some((first, _)) = all.first() else { continue };
        let words = format!("the {member} is wrong in {count} records: {first}");
        remarks.fail(words, all.iter().map(|(_, op)| *op).chain([log.read.index]));
    }
}

/// Each record has the fields that are asked for.
fn complete(log: &Log, remarks: &mut Remarks) {
    let mut lacking: BTreeMap<&str, Vec<&Decided>> = BTreeMap::new();
    for decided in &log.decided {
        for record in &decided.records {
            for field in missing_fields(decided, record) {
                lacking.entry(field).or_default().push(decided);
            }
        }
    }
    if lacking.is_empty() {
        return;
    }
    let fields: Vec<String> =
        lacking.iter().map(|(field, in_)| format!("{field} (in {})", in_.len())).collect();
    let ops = lacking.values().flatten().map(|d| d.asked.op.index).chain([log.read.index]);
    remarks.fail(format!("records lack {}", fields.join(", ")), ops);
}

fn missing_fields(decided: &Decided, record: &DecisionSeen) -> Vec<&'static str> {
    let asked = &decided.asked;
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|t| t.trim().is_empty());
    let says_nothing = |text: &Option<String>| text.as_deref().is_none_or(is_placeholder);
    let fields = [
        ("id", empty(&record.id)),
        ("time", empty(&record.time)),
        ("subject", empty(&record.subject)),
        ("client", empty(&record.client)),
        ("audience", empty(&record.audience)),
        ("requested scope", asked.scope.is_some() && record.requested.is_none()),
        ("granted scope", asked.op.outcome.is_allow() && record.granted.is_none()),
        ("decision", empty(&record.decision)),
        ("policy revision", says_nothing(&record.revision)),
        ("inputs", !record.inputs),
        ("reason", says_nothing(&record.reason)),
    ];
    fields.into_iter().filter(|(_, missing)| *missing).map(|(field, _)| field).collect()
}

fn named(decided: &Decided) -> String {
    let asked = &decided.asked;
    let outcome = outcome_words(&asked.op.outcome);
    format!("{} at {} that was {outcome} (op {})", asked.words(), asked.service, asked.op.index)
}

fn ids(records: &[&DecisionSeen]) -> String {
    let ids = records.iter().take(4).map(|r| r.id.as_deref().unwrap_or("without id"));
    ids.collect::<Vec<_>>().join(", ")
}
