//! What events of RISC 1.0 say of an account is its state: nobody is told that an account was enabled that was disabled, or deleted that
//! was not.

use serde_json::{Map, Value};

use super::heard::{Heard, delivers, in_time, wall};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::Verdict;

const DISABLED: &str = "account-disabled";
const ENABLED: &str = "account-enabled";
const PURGED: &str = "account-purged";

/// A ruling for each event that says what is not so.
pub fn rulings(case: &Case, stream: &Map<String, Value>, heard: &[Heard]) -> Vec<Ruling> {
    let ended = case.timeline.changes.iter().filter(|change| {
        change.cause == Cause::Subject && change.ack.is_some() && change.subject.is_some()
    });
    let enabled = ended.filter_map(|change| enabled(case, stream, change, heard));
    enabled.chain(heard.iter().filter_map(|h| purged(case, h))).collect()
}

/// An event by which an account was enabled, after it was disabled or deleted.
fn enabled(
    case: &Case,
    stream: &Map<String, Value>,
    change: &Changed,
    heard: &[Heard],
) -> Option<Ruling> {
    let (subject, ack) = (change.subject?, change.ack?);
    let slack = 1.0 + case.facts.bounds.skew as f64 / 1000.0;
    let (earliest, latest) = (wall(case, change.inv) - slack, wall(case, ack) + slack);
    let bound = case.obligation.within.unwrap_or(case.facts.bounds.event);
    let after = |word: &'static [&'static str]| {
        heard.iter().filter(move |h| {
            h.op.end.is_some_and(|end| end >= change.inv)
                && change.until.is_none_or(|until| h.op.start < until)
                && h.event().is_some_and(|(said, _)| word.contains(&said))
                && h.is_about(case, subject)
        })
    };
    let ended: Vec<&Heard> =
        after(&[DISABLED, PURGED]).filter(|h| in_time(h.op, ack.plus_ms(bound))).collect();
    // Who was enabled a moment before is told so too: what happened last counts (SSF 1.0).
    let wrong = after(&[ENABLED]).find(|h| {
        let Some(at) = h.happened().filter(|at| *at >= earliest) else { return false };
        let told = ended
            .iter()
            .filter_map(|e| e.happened())
            .fold(None, |last: Option<f64>, at| Some(last.map_or(at, |last| last.max(at))));
        match told {
            Some(told) => at > told,
            None => delivers(stream, DISABLED) || at > latest,
        }
    })?;
    let name = change.name;
    let why = format!("{ENABLED} is about the subject of \"{name}\", which ended what it held");
    Some(Ruling::new(Verdict::Fail, why).proved_by([change.op.index, wrong.op.index]))
}

/// An event by which an account was deleted that was not.
fn purged(case: &Case, heard: &Heard) -> Option<Ruling> {
    heard.event().filter(|(word, _)| *word == PURGED)?;
    let concerned = |change: &&Changed| {
        change.cause != Cause::Nothing
            && change.subject.is_some_and(|subject| heard.is_about(case, subject))
    };
    let changes: Vec<&Changed> = case.timeline.changes.iter().filter(concerned).collect();
    let disabled = |change: &&Changed| change.name == "disable subject";
    let last = changes.last()?;
    let only = changes.iter().all(|c| c.cause != Cause::Subject || disabled(c));
    only.then(|| {
        let why =
            format!("{PURGED} is about the subject of \"{}\", which deleted nobody", last.name);
        Ruling::new(Verdict::Fail, why).proved_by([last.op.index, heard.op.index])
    })
}
