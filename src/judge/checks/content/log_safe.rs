//! The decision log is safe evidence (G-06): nothing secret in it, times that can be placed, in the order of what happened.

use super::asked::Asked;
use super::decisions::{Log, placed, seconds};
use super::readings::not_read;
use super::remarks::Remarks;
use crate::history::{Action, DecisionSeen, Op, request_id};
use crate::judge::{Case, Ruling};

/// Log clocks tick in seconds, and nodes of one system differ by less: seconds.
const TOLERANCE: f64 = 1.0;

/// G-06.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    match Log::of(case) {
        Err((why, ops)) => {
            // A log that holds a token is a failure however little of it could be read.
            for op in case.view.ops.iter().filter(|op| !op.seen.leaked.is_empty()) {
                remarks.fail(leak(op.seen.leaked.iter().map(String::as_str)), [op.index]);
            }
            remarks.open(why, ops);
        }
        Ok(log) => {
            if !log.leaked.is_empty() {
                remarks.fail(leak(log.leaked.iter().copied()), [log.read.index]);
            }
            others(case, &log, &mut remarks);
            for (doubt, op) in log.doubts(case) {
                remarks.open(doubt, [op]);
            }
            times(&log, &mut remarks);
        }
    }
    remarks.ruling().into_iter().collect()
}

/// The other logs hold no more secrets than that of decisions, and their times can be placed as well.
fn others(case: &Case, log: &Log, remarks: &mut Remarks) {
    for op in &case.view.ops {
        let name = match op.action {
            Action::ReadAccesses => "access log",
            Action::ReadChanges => "change log",
            _ => continue,
        };
        if !op.seen.leaked.is_empty() {
            let leaked = leak(op.seen.leaked.iter().map(String::as_str));
            remarks.fail(format!("of the {name}: {leaked}"), [op.index]);
        }
        if !op.outcome.is_allow() {
            remarks.open(not_read(op, name), [op.index]);
        }
        let accesses = op.seen.accesses.iter().map(|r| &r.time);
        let times = accesses.chain(op.seen.changes.iter().map(|r| &r.time)).flatten();
        let mut lost = times.filter(|t| !t.trim().is_empty() && placed(t).is_none());
        if let Some(time) = lost.next() {
            let words = format!("the time \"{time}\" in the {name} has no offset from UTC");
            remarks.fail(words, [op.index]);
        }
        accesses_dated(case, log, op, remarks);
    }
}

/// An access record that carries the identifier of a request is dated while that was under way; one that names a token is not older than
/// it. Clocks may differ by the skew bound.
fn accesses_dated(case: &Case, log: &Log, read: &Op, remarks: &mut Remarks) {
    let run = case.view.begin.as_ref().map_or("", |begin| begin.run.as_str());
    let skew = (case.facts.bounds.skew as f64 / 1000.0).max(TOLERANCE);
    let named = |op: &Op, request: &str| request == request_id(run, op.index);
    for record in &read.seen.accesses {
        let Some(time) = record.time.as_deref().and_then(placed) else { continue };
        let request = record.request.as_deref().filter(|id| id.starts_with(run));
        let of = request.and_then(|id| case.view.ops.iter().find(|op| named(op, id)));
        let jti = record.token.as_deref().filter(|_| of.is_none());
        let given = jti.and_then(|jti| {
            let mut tokens = case.timeline.tokens.values();
            tokens.find(|issued| issued.token.jti() == Some(jti))
        });
        let (since, until, what) = match (of, given) {
            (Some(op), _) => (op, op.end, "the request that it names was under way"),
            (None, Some(issued)) => (issued.op, read.end, "the token that it names was there"),
            (None, None) => continue,
        };
        let early = log.wall(since.start) - time;
        let late = until.map_or(0.0, |end| time - log.wall(end));
        if early.max(late) > skew {
            let id = record.id.as_deref().unwrap_or("without id");
            let (by, side) = if early > late { (early, "before") } else { (late, "after") };
            remarks.fail(
                format!("the access record {id} is dated {by:.0} s {side} {what}"),
                [since.index, read.index],
            );
            return;
        }
    }
}

fn leak<'l>(names: impl Iterator<Item = &'l str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.truncate(3);
    format!("the log holds credentials that can be used: {}{more}", names.join(", "))
}

fn times(log: &Log, remarks: &mut Remarks) {
    let read = log.read.index;
    let ours: Vec<(&Asked, &DecisionSeen)> =
        log.recorded().map(|(d, record)| (&d.asked, record)).collect();
    if ours.is_empty() {
        remarks.open("the log has no record of this scenario's decisions", [read]);
        return;
    }
    let written = |r: &DecisionSeen| r.time.as_deref().is_some_and(|t| !t.trim().is_empty());
    if let Some((asked, record)) = ours.iter().find(|(_, r)| written(r) && seconds(r).is_none()) {
        let time = record.time.as_deref().unwrap_or_default();
        remarks.fail(format!("the time \"{time}\" has no offset from UTC"), [asked.op.index, read]);
    }
    let timed: Vec<_> = ours.iter().filter_map(|(a, r)| Some((*a, *r, seconds(r)?))).collect();
    if timed.is_empty() {
        remarks.open("no record has a time that can be placed", [read]);
        return;
    }
    // One pass over requests by their start: the latest time of a record whose request was answered before.
    let mut by_start = timed.clone();
    by_start.sort_by_key(|(a, ..)| a.op.start);
    let mut by_end = timed.clone();
    by_end.sort_by_key(|(a, ..)| a.op.end);
    let mut done = by_end.iter().peekable();
    let mut latest: Option<(f64, u64)> = None;
    for (asked, record, time) in &by_start {
        while let Some((earlier, _, at)) = done.next_if(|(e, ..)| e.done_by(asked.op.start)) {
            if latest.is_none_or(|(known, _)| *at > known) {
                latest = Some((*at, earlier.op.index));
            }
        }
        if let Some((known, op)) = latest
            && known > time + TOLERANCE
            && op != asked.op.index
        {
            let id = record.id.as_deref().unwrap_or("without id");
            let by = known - time;
            remarks.fail(
                format!(
                    "the record {id} is {by:.0} s older than that of a request \
                    that was answered before"
                ),
                [op, asked.op.index, read],
            );
            return;
        }
    }
    let count = timed.len();
    remarks.fine(
        format!(
            "{count} records, each with its time in UTC or with an offset, in order, \
        with nothing secret"
        ),
        [read],
    );
}
