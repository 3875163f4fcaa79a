//! What events of RISC 1.0 say of an account is its state: nobody is told that an account was enabled that was disabled, or deleted that
//! was not.

use serde_json::{Map, Value};

use super::heard::{Heard, delivers, in_time, since, slack, wall, within};
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
    let ack = change.ack?;
    let (earliest, latest) = (wall(case, change.inv) - slack(case), wall(case, ack) + slack(case));
    let after = |words: &'static [&'static str]| {
        let told = since(case, change, heard, words);
        told.filter(|h| change.until.is_none_or(|until| h.op.start < until))
    };
    let ended = after(&[DISABLED, PURGED]).filter(|h| in_time(h.op, ack.plus_ms(within(case))));
    let told = ended.filter_map(Heard::happened).max_by(f64::total_cmp);
    // Who was enabled a moment before is told so too: what happened last counts (SSF 1.0).
    let wrong = after(&[ENABLED]).find(|h| {
        let Some(at) = h.happened().filter(|at| *at >= earliest) else { return false };
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
    let leaves = |change: &Changed| change.name == "disable subject" || change.leaves_account();
    let last = changes.last()?;
    let only = changes.iter().all(|c| c.cause != Cause::Subject || leaves(c));
    only.then(|| {
        let why =
            format!("{PURGED} is about the subject of \"{}\", which deleted nobody", last.name);
        Ruling::new(Verdict::Fail, why).proved_by([last.op.index, heard.op.index])
    })
}
