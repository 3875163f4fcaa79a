//! Each change of an entitlement is on record, and the first token that shows it was decided from entitlements no older than
//! the change (G-08).

use std::cmp::Ordering;

use super::asked::{Asked, outcome_words};
use super::decisions::{Decided, Log, placed};
use super::readings::{Readings, not_read};
use super::remarks::Remarks;
use super::revision;
use super::rights::carried;
use crate::history::{Action, ChangeSeen, DecisionSeen, Loss, Op};
use crate::judge::{Case, Changed, Ruling};
use crate::model::{ChangeLogFacts, Moment, is_placeholder};

/// Log clocks tick in seconds, and nodes of one system differ by less: seconds.
const TOLERANCE: f64 = 1.0;

/// What people call it.
const LOG: &str = "change log";

/// G-08.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    let logs =
        Log::of(case).and_then(|log| Ok((log, Readings::of(case, &Action::ReadChanges, LOG)?)));
    match logs {
        Err((why, ops)) => remarks.open(why, ops),
        Ok((log, readings)) => all(case, &log, &readings, &mut remarks),
    }
    remarks.ruling().into_iter().collect()
}

fn all(case: &Case, log: &Log, readings: &Readings, remarks: &mut Remarks) {
    if let Some(op) = readings.failed {
        remarks.open(not_read(op, LOG), [op.index]);
    }
    for (doubt, op) in log.doubts(case) {
        remarks.open(doubt, [op]);
    }
    let promised = case.facts.change_log.clone().unwrap_or_default();
    let mut records: Vec<&ChangeSeen> =
        readings.good.iter().flat_map(|op| &op.seen.changes).collect();
    // Stable: what has no time, or the same one, stays in the order of the log.
    records.sort_by(|a, b| at(a).unwrap_or(f64::MAX).total_cmp(&at(b).unwrap_or(f64::MAX)));
    let (mut made, mut open) = (0_usize, Vec::new());
    for change in case.timeline.changes.iter().filter(|c| is_recorded(&promised, c)) {
        if change.op.start > readings.read.start {
            continue;
        }
        let Some(ack) = change.ack else {
            open.push(change);
            continue;
        };
        made += 1;
        if let Some(record) = recorded(case, log, readings, change, &records, &promised, remarks) {
            followed(case, log, change, ack, record, &records, remarks);
            undoing(case, log, readings, change, (record, &records), remarks);
        }
    }
    for change in open {
        remarks.not_made(change);
    }
    if made == 0 {
        remarks.open(
            "no change of a subject's entitlements was made before the log was read",
            [readings.read.index],
        );
    }
}

/// A change of what a subject may do, of those that the log is for.
fn is_recorded(promised: &ChangeLogFacts, change: &Changed) -> bool {
    let something =
        |loss: &Loss| loss.everything || !loss.roles.is_empty() || !loss.scopes.is_empty();
    matches!(change.op.action, Action::Change { .. })
        && change.subject.is_some()
        && (something(&change.loses) || change.gains.is_some_and(something))
        && (promised.changes.is_empty() || promised.changes.contains_key(change.name))
}

/// The record of a change, whole.
fn recorded<'a>(
    case: &Case,
    log: &Log,
    readings: &Readings,
    change: &Changed,
    records: &[&'a ChangeSeen],
    promised: &ChangeLogFacts,
    remarks: &mut Remarks,
) -> Option<&'a ChangeSeen> {
    let ops = [change.op.index, readings.read.index];
    let subject = change.subject?;
    let words = promised.changes.get(change.name);
    let later = case.facts.bounds.decision;
    let (from, to) = (log.wall(change.inv), log.wall(change.ack?));
    let fits = |r: &&&ChangeSeen| {
        let named = r.subject.as_deref().is_some_and(|s| log.is_name_of(s, subject));
        let what = words.is_none_or(|w| r.what.as_ref().is_some_and(|what| w.contains(what)));
        named && what
    };
    let by = |r: &&&ChangeSeen, to: f64| {
        fits(r) && at(r).is_none_or(|t| t >= from - TOLERANCE && t <= to + TOLERANCE)
    };
    // The latest: what came just before may be how the subject was made. An administration may answer before it acts.
    let late = log.wall(change.ack?.plus_ms(later));
    let at_once = records.iter().rfind(|r| by(r, to));
    let Some(record) = at_once.or_else(|| records.iter().find(|r| by(r, late))).copied() else {
        let words = format!("the change \"{}\" has no record in the change log", change.name);
        if readings.had_to_show(case, change.op.end, later) {
            remarks.fail(words, ops);
        } else {
            remarks.open(format!("{words}, which was read too early to tell, or not whole"), ops);
        }
        return None;
    };
    let nothing = |text: &Option<String>| text.as_deref().is_none_or(is_placeholder);
    let fields = [
        ("who", nothing(&record.who)),
        ("what", nothing(&record.what)),
        ("when", at(record).is_none()),
        ("who approved it", promised.approved && nothing(&record.approver)),
        ("the revision", nothing(&record.revision)),
    ];
    let lacking: Vec<&str> = fields.iter().filter(|(_, lacks)| *lacks).map(|(f, _)| *f).collect();
    if !lacking.is_empty() {
        let (id, lacking) = (id(record.id.as_ref()), lacking.join(", "));
        let words =
            format!("the record {id} of the change \"{}\" does not say: {lacking}", change.name);
        remarks.fail(words, ops);
    }
    (!nothing(&record.revision)).then_some(record)
}

/// The undoing of a change is one too, with a record of its own.
fn undoing(
    case: &Case,
    log: &Log,
    readings: &Readings,
    change: &Changed,
    (own, records): (&ChangeSeen, &[&ChangeSeen]),
    remarks: &mut Remarks,
) {
    let of_this = |op: &&Op| {
        matches!(&op.action, Action::Undo { change: index, .. } if *index == change.op.index)
            && op.start < readings.read.start
    };
    let Some(undo) = case.view.ops.iter().find(of_this) else { return };
    if !undo.outcome.is_allow() {
        let name = change.name;
        let what = outcome_words(&undo.outcome);
        remarks.open(format!("the undoing of the change \"{name}\" was {what}"), [undo.index]);
        return;
    }
    // An administration may answer before it acts.
    let later = case.facts.bounds.decision;
    let done = undo.end.unwrap_or(undo.start).plus_ms(later);
    let (from, to) = (log.wall(undo.start), log.wall(done));
    let fits = |r: &&ChangeSeen| {
        let named = |s: &str| change.subject.is_some_and(|subject| log.is_name_of(s, subject));
        let time = at(r).is_none_or(|t| t >= from - TOLERANCE && t <= to + TOLERANCE);
        !std::ptr::eq(*r, own) && r.subject.as_deref().is_some_and(named) && time
    };
    let ops = [undo.index, readings.read.index];
    let name = change.name;
    if records.iter().any(fits) {
        remarks.fine(format!("the undoing of the change \"{name}\" is recorded"), ops);
        return;
    }
    let words = format!("the undoing of the change \"{name}\" has no record in the change log");
    if readings.had_to_show(case, undo.end, later) {
        remarks.fail(words, ops);
    } else {
        remarks.open(format!("{words}, which was read too early to tell, or not whole"), ops);
    }
}

/// The first token that shows a change, at each service, was decided from entitlements no older than the change.
fn followed(
    case: &Case,
    log: &Log,
    change: &Changed,
    ack: Moment,
    record: &ChangeSeen,
    records: &[&ChangeSeen],
    remarks: &mut Remarks,
) {
    let name = change.name;
    let first = differing(case, log, change, ack);
    if first.is_empty() {
        let words = format!(
            "no token that was given after the change \"{name}\" differs from one before it"
        );
        remarks.open(words, [change.op.index, log.read.index]);
    }
    let revision = record.revision.as_deref().unwrap_or_default();
    let order: Vec<&str> = records.iter().filter_map(|r| r.revision.as_deref()).collect();
    for decided in first {
        let ops = [change.op.index, decided.asked.op.index, log.read.index];
        let about = format!(
            "the first token at {} that shows the change \"{name}\" (op {})",
            decided.asked.service, decided.asked.op.index
        );
        let certain = decided.records.iter().find(|r| log.is_certain(decided, r));
        let Some(decision) = certain else {
            let words = format!(
                "{about} has no decision record for certain: see governance/every-decision-logged"
            );
            remarks.open(words, ops);
            continue;
        };
        let decision_id = id(decision.id.as_ref());
        let Some(cited) = cited(decision) else {
            remarks
                .fail(format!("the decision {decision_id} behind {about} cites no revision"), ops);
            continue;
        };
        match revision::compare(cited, revision, &order) {
            Some(Ordering::Less) => remarks.fail(
                format!("the decision {decision_id} behind {about} cites {cited}, which is older than the change ({revision})"),
                ops,
            ),
            Some(_) => remarks.fine(
                format!("the change \"{name}\" is recorded as {revision}, and what it did to tokens cites that or later"),
                ops,
            ),
            None => remarks.open(
                format!("whether {cited}, which the decision {decision_id} cites, is before {revision} can't be told"),
                ops,
            ),
        }
    }
}

/// At each service, the first request after a change whose token carries other rights than the last one before it.
fn differing<'l, 'a>(
    case: &Case,
    log: &'l Log<'a>,
    change: &Changed,
    ack: Moment,
) -> Vec<&'l Decided<'a>> {
    let of_subject = |asked: &Asked| Some(asked.subject) == change.subject && !asked.login;
    let mut mine: Vec<&Decided> =
        log.decided.iter().filter(|d| of_subject(&d.asked) && d.token.is_some()).collect();
    mine.sort_by_key(|d| d.asked.op.start);
    let rights = |d: &Decided| d.token.map(|token| carried(case.facts, token));
    let readable = |d: &&&Decided| d.token.is_some_and(|token| !token.is_unreadable());
    let mut found: Vec<&Decided> = Vec::new();
    for after in mine.iter().filter(readable) {
        let op = after.asked.op;
        let service = after.asked.service;
        let undone = change.undone.is_some_and(|undone| op.end.is_none_or(|end| end >= undone));
        if op.start < ack || undone || found.iter().any(|f| f.asked.service == service) {
            continue;
        }
        let before = mine.iter().filter(readable).rfind(|d| {
            // Narrowed by its own request, a token tells nothing of the change.
            d.asked.service == service
                && d.asked.done_by(change.inv)
                && d.asked.scope == after.asked.scope
        });
        if before.is_some_and(|before| rights(before) != rights(after)) {
            found.push(after);
        }
    }
    found
}

/// The revision of entitlements that a decision cites, else that of its policy.
fn cited(decision: &DecisionSeen) -> Option<&str> {
    let entitlement = decision.entitlement.as_deref().or(decision.revision.as_deref());
    entitlement.map(str::trim).filter(|cited| !is_placeholder(cited))
}

fn at(record: &ChangeSeen) -> Option<f64> {
    placed(record.time.as_deref()?)
}

fn id(id: Option<&String>) -> &str {
    id.map_or("without id", String::as_str)
}
