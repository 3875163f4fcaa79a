//! Each token comes from a decision that was made during its request (P-01): no record serves two requests, none is older
//! than the request that it is about, and none was made from yesterday's state.

use std::collections::{BTreeMap, BTreeSet};

use super::decisions::{Decided, Log, seconds};
use super::inputs::toggles;
use super::remarks::Remarks;
use super::rights::{self, Right, Rights};
use crate::history::DecisionSeen;
use crate::judge::{Case, Changed, Ruling};
use crate::model::{Moment, is_placeholder};

/// Log clocks tick in seconds, and nodes of one system differ by less: seconds.
const TOLERANCE: f64 = 1.0;

/// P-01.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    Log::judged(case, decided)
}

fn decided(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    if let Some(change) = case.timeline.unclear() {
        let name = change.name;
        remarks.open(format!("nobody knows whether \"{name}\" was made"), [change.op.index]);
    }
    if log.decided.is_empty() {
        remarks
            .open("no request for a token was granted or refused before the log was read", [read]);
        return;
    }
    let silent: Vec<u64> =
        log.decided.iter().filter(|d| d.records.is_empty()).map(|d| d.asked.op.index).collect();
    if !silent.is_empty() {
        let (count, all) = (silent.len(), log.decided.len());
        remarks.open(
            format!("nothing in the log shows that {count} of {all} requests were decided"),
            silent.into_iter().chain([read]),
        );
    }
    served_twice(log, remarks);
    older_than_asked(case, log, remarks);
    later_than_answered(case, log, remarks);
    from_yesterday(case, log, remarks);
    revision_stands(case, log, remarks);
    inputs_stand(case, log, remarks);
    let count = log.decided.iter().filter(|d| !d.records.is_empty()).count();
    if count > 0 {
        remarks.fine(
            format!(
                "each of {count} requests has a decision of its own, made while it was under way"
            ),
            [read],
        );
    }
}

/// One record, two requests: the second one was not decided.
fn served_twice(log: &Log, remarks: &mut Remarks) {
    let mut by_id: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (decided, record) in log.recorded() {
        if let Some(id) = record.id.as_deref().filter(|id| !id.trim().is_empty()) {
            by_id.entry(id).or_default().insert(decided.asked.op.index);
        }
    }
    let again: Vec<_> = by_id.iter().filter(|(_, ops)| ops.len() > 1).collect();
    if let Some((id, ops)) = again.first() {
        let more = ops.len();
        remarks.fail(
            format!("one decision stands for several requests: {more} of them cite {id}"),
            ops.iter().copied().chain([log.read.index]),
        );
    }
}

/// A record that is older than its request, by the log's own clock or by ours. Clocks may differ by the skew bound; two
/// records of one log may not, so that they are compared with each other too.
fn older_than_asked(case: &Case, log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    let mut timed: Vec<(&Decided, &DecisionSeen, f64)> =
        log.recorded().filter_map(|(d, r)| Some((d, r, seconds(r)?))).collect();
    if timed.is_empty() {
        remarks.open("no record has a time that can be placed", [read]);
        return;
    }
    timed.sort_by_key(|(d, ..)| d.asked.op.start);
    let mut by_end = timed.clone();
    by_end.sort_by_key(|(d, ..)| d.asked.op.end);
    let mut done = by_end.iter().peekable();
    let skew = (case.facts.bounds.skew as f64 / 1000.0).max(TOLERANCE);
    // How far the log's clock is ahead of ours, at the least, as an earlier record shows.
    let mut ahead: Option<(f64, u64)> = None;
    for (decided, record, time) in &timed {
        let start = decided.asked.op.start;
        while let Some((earlier, _, at)) = done.next_if(|(d, ..)| d.asked.done_by(start)) {
            let by = at - log.wall(earlier.asked.op.end.unwrap_or(Moment(0)));
            if ahead.is_none_or(|(known, _)| by > known) {
                ahead = Some((by, earlier.asked.op.index));
            }
        }
        let behind = log.wall(start) - time;
        let by_ours = (behind > skew).then_some((behind, None));
        let by_theirs = ahead.map(|(known, op)| (known + behind, Some(op)));
        let found = by_ours.or_else(|| by_theirs.filter(|(by, _)| *by > TOLERANCE));
        if let Some((by, earlier)) = found {
            let (what, id) = (decided.asked.words(), record.id.as_deref().unwrap_or("without id"));
            remarks.fail(
                format!("the decision {id} is {by:.0} s older than {what} that it stands for"),
                [decided.asked.op.index, read].into_iter().chain(earlier),
            );
            return;
        }
    }
}

/// A record that is dated after the answer to its request, by more than clocks may differ: nobody can tell by it what was known when.
fn later_than_answered(case: &Case, log: &Log, remarks: &mut Remarks) {
    let skew = (case.facts.bounds.skew as f64 / 1000.0).max(TOLERANCE);
    let ahead = log.recorded().find_map(|(decided, record)| {
        let by = seconds(record)? - log.wall(decided.asked.op.end?);
        (by > skew).then_some((decided, record, by))
    });
    let Some((decided, record, by)) = ahead else { return };
    let (what, id) = (decided.asked.words(), record.id.as_deref().unwrap_or("without id"));
    remarks.fail(
        format!(
            "the decision {id} is dated {by:.0} s after {what} that it stands for was answered"
        ),
        [decided.asked.op.index, log.read.index],
    );
}

/// After a change the same decision, from the same inputs under the same revision, that still gives what was lost.
fn from_yesterday(case: &Case, log: &Log, remarks: &mut Remarks) {
    let bound = case.decision_bound();
    for change in &case.timeline.changes {
        let Some(ack) = change.ack else { continue };
        let due = ack.plus_ms(bound);
        for after in log.decided.iter().filter(|d| touches(change, d)) {
            let start = after.asked.op.start;
            if start <= due || change.until.is_some_and(|until| start >= until) {
                continue;
            }
            let kept = kept(case, change, after);
            let before = log.decided.iter().filter(|d| d.asked.done_by(change.inv));
            let twin = before.into_iter().find(|before| same_inputs(before, after));
            if let (false, Some(before)) = (kept.is_empty(), twin) {
                let (what, name) = (after.asked.words(), change.name);
                let gives = rights::words(&kept);
                remarks.fail(
                    format!("after \"{name}\" {what} was decided from the inputs of before it, and gives {gives}"),
                    [before.asked.op.index, change.op.index, after.asked.op.index, log.read.index],
                );
                return;
            }
        }
    }
}

/// After an edit of policy a decision that comes out otherwise than one before it, and cites the same revision of the policy: then the
/// revision does not say which policy decided.
fn revision_stands(case: &Case, log: &Log, remarks: &mut Remarks) {
    for change in case.timeline.changes.iter().filter(|c| c.subject.is_none()) {
        let Some(ack) = change.ack.filter(|_| !change.loses.scopes.is_empty()) else { continue };
        let within = |d: &&Decided| {
            let start = d.asked.op.start;
            start > ack && change.until.is_none_or(|until| start < until)
        };
        for after in log.decided.iter().filter(within).filter(|d| d.token.is_some()) {
            if after.token.is_some_and(|t| t.is_unreadable())
                || !kept(case, change, after).is_empty()
            {
                continue;
            }
            let mut before = log.decided.iter().filter(|d| d.asked.done_by(change.inv));
            let alike = |b: &&Decided| same_asked(b, after) && !kept(case, change, b).is_empty();
            let Some((before, revision)) =
                before.find_map(|b| Some((b, same_revision(b, after).filter(|_| alike(&b))?)))
            else {
                continue;
            };
            let (what, name) = (after.asked.words(), change.name);
            remarks.fail(
                format!("after \"{name}\" {what} was decided otherwise than before, and the record cites the same policy revision, {revision}"),
                [before.asked.op.index, change.op.index, after.asked.op.index, log.read.index],
            );
            return;
        }
    }
}

/// After a declared input, other than a role, was changed a decision that comes out otherwise than one before it, from what its record calls
/// the same inputs under the same revision: then the record does not show what was decided from.
fn inputs_stand(case: &Case, log: &Log, remarks: &mut Remarks) {
    // What roles somebody has may stand in the record elsewhere: in the reasons of its claims, or as a revision of the entitlements.
    let toggled = |change: &&Changed| {
        change.loses.roles.is_empty() && case.facts.inputs.iter().any(|i| toggles(change, i))
    };
    for change in case.timeline.changes.iter().filter(toggled) {
        let Some(ack) = change.ack else { continue };
        let within = |d: &&Decided| {
            let start = d.asked.op.start;
            start > ack && change.until.is_none_or(|until| start < until) && touches(change, d)
        };
        for after in log.decided.iter().filter(within) {
            // A refusal may be for another cause.
            let readable = after.token.is_some_and(|token| !token.is_unreadable());
            if !readable || !kept(case, change, after).is_empty() {
                continue;
            }
            let mut before = log.decided.iter().filter(|d| d.asked.done_by(change.inv));
            let otherwise =
                |b: &&Decided| same_inputs(b, after) && !kept(case, change, b).is_empty();
            let Some(before) = before.find(otherwise) else { continue };
            let (what, name) = (after.asked.words(), change.name);
            remarks.fail(
                format!("after \"{name}\" {what} was decided otherwise than before, and the record has the inputs of before: it does not show what was decided from"),
                [before.asked.op.index, change.op.index, after.asked.op.index, log.read.index],
            );
            return;
        }
    }
}

/// The revision that records of both cite.
fn same_revision<'d>(before: &'d Decided, after: &Decided) -> Option<&'d str> {
    let of = before.records.iter().filter_map(|r| r.revision.as_deref());
    let of = of.filter(|revision| !is_placeholder(revision));
    let cites =
        |revision: &str| after.records.iter().any(|r| r.revision.as_deref() == Some(revision));
    of.into_iter().find(|revision| cites(revision))
}

fn touches(change: &Changed, decided: &Decided) -> bool {
    change.subject.is_none_or(|subject| subject == decided.asked.subject)
}

/// What the change took and the token still carries.
fn kept(case: &Case, change: &Changed, after: &Decided) -> Rights {
    let Some(token) = after.token else { return Rights::new() };
    let lost: Rights = change.loses.scopes.iter().cloned().map(Right::Scope).collect();
    rights::carried(case.facts, token).intersection(&lost).cloned().collect()
}

fn same_asked(before: &Decided, after: &Decided) -> bool {
    let (a, b) = (&before.asked, &after.asked);
    a.way == b.way && a.subject == b.subject && a.service == b.service && a.scope == b.scope
}

fn same_inputs(before: &Decided, after: &Decided) -> bool {
    let alike = |r: &DecisionSeen, s: &DecisionSeen| {
        r.inputs_digest.is_some()
            && r.inputs_digest == s.inputs_digest
            && r.revision.is_some()
            && r.revision == s.revision
    };
    same_asked(before, after)
        && before.records.iter().any(|r| after.records.iter().any(|s| alike(r, s)))
}
