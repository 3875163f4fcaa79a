//! The record by itself: history, plan, times, undo journal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::outcome::{Check, Name, Word};
use crate::drive::Entry;
use crate::error::Error;
use crate::history::{Action, change_in_words};
use crate::model::Outcome;
use crate::report::{Manifest, Record, Undo};

/// How much earlier than the latest one a request may have been sent: ops of many scenarios are taken down at once, and a moment
/// is taken before its line gets its turn. Nanoseconds.
const ASTRAY: u64 = 60_000_000_000;
/// How far a wall clock may be set back between planning and the first line, seconds.
const SET_BACK: i64 = 60;

/// The chain was checked when the record was opened; here, that it is all of it and sealed.
pub fn history(record: &Record, manifest: Option<&Manifest>) -> Check {
    if manifest.is_none() {
        let why = "it is sealed by no manifest: its end may be missing";
        return Name::History.is(Word::Failed, why);
    }
    if let Some(why) = &record.cut_off {
        return Name::History.is(Word::Open, format!("its last line is not there: {why}"));
    }
    let (lines, head) = (record.history.lines, &record.history.head);
    let chains = match record.shards.len() {
        0 => "one chain".to_owned(),
        n => format!("the chains of {n} shards"),
    };
    Name::History.is(Word::Ok, format!("{lines} lines in {chains}, its head as sealed: {head}"))
}

/// Plan, history and manifest are of one run, and say the same of the target.
pub fn plan(record: &Record, manifest: Option<&Manifest>) -> Check {
    let Record { plan, view, .. } = record;
    let Some(begin) = &view.begin else {
        return Name::Plan.is(Word::Failed, "the history has no first line");
    };
    let facts = &begin.facts;
    let mut wrong = Vec::new();
    let mut same = |what: &str, is: bool| {
        if !is {
            wrong.push(format!("plan and history do not agree on {what}"));
        }
    };
    same("the run", plan.run == begin.run);
    same("the version of recant", plan.tool == begin.tool);
    same("who ran it", plan.by == begin.by);
    same("the target", plan.target == facts.target && plan.environment == facts.environment);
    same("the version of the target", plan.target_version == facts.version);
    same("the bounds", plan.bounds == facts.bounds && plan.profile == facts.profile);
    same("the owners", plan.owners == facts.owners);
    same("what is declared absent", plan.absent == facts.absent);
    same("the exceptions", plan.exceptions == facts.exceptions);
    same("what is waived", plan.waivers == begin.waivers);
    same("the controls that were asked for", plan.controls == begin.controls);
    same("the shard", plan.shard == begin.shard);
    wrong.extend(plan.miscut().map(str::to_owned));
    if let Some(manifest) = manifest.filter(|m| m.run != plan.run) {
        wrong
            .push(format!("the manifest is of the run {}, the plan of {}", manifest.run, plan.run));
    }
    let mut planned = BTreeSet::new();
    for p in &plan.scenarios {
        if !planned.insert((&p.scenario, &p.place)) {
            wrong.push(format!("{:?} is planned twice", p.scenario));
        }
    }
    let mut ran = BTreeSet::new();
    for (scenario, place, _) in &view.ran {
        if !planned.contains(&(scenario, place)) {
            wrong.push(format!("{scenario:?} ran and was not planned"));
        }
        if !ran.insert((scenario, place)) {
            wrong.push(format!("{scenario:?} ran twice"));
        }
    }
    let others = plan.scenarios.iter().filter(|p| !p.is_of(plan.shard.as_ref()));
    for p in others.filter(|p| ran.contains(&(&p.scenario, &p.place))) {
        let why = if p.selected { "is another shard's" } else { "was not selected" };
        wrong.push(format!("{:?} ran and {why}", p.scenario));
    }
    let says = format!("{} scenarios; history and manifest are of the same run", planned.len());
    Name::Plan.holds_unless(&wrong, says)
}

/// Times go forward: planning, the first line, every answer after its request.
pub fn times(record: &Record) -> Check {
    let Record { plan, view, .. } = record;
    let started = view.begin.as_ref().map(|b| b.started.as_str()).unwrap_or_default();
    let mut wrong = Vec::new();
    match (plan.planned.parse::<jiff::Timestamp>(), started.parse::<jiff::Timestamp>()) {
        (Ok(planned), Ok(started)) => {
            if started.as_second().saturating_add(SET_BACK) < planned.as_second() {
                wrong.push("the run began before it was planned".to_owned());
            }
        }
        _ => wrong.push("plan or history begin at no time that can be read".to_owned()),
    }
    let mut latest = 0;
    for (at, op) in (0_u64..).zip(&view.ops) {
        if op.index != at {
            wrong.push(format!("op {at} is missing, op {} comes instead", op.index));
            break;
        }
        if op.end.is_some_and(|end| end < op.start) {
            wrong.push(format!("op {} was answered before it was sent", op.index));
        }
        if op.start.0.saturating_add(ASTRAY) < latest {
            wrong.push(format!("op {} was sent long before the ones that precede it", op.index));
        }
        latest = latest.max(op.start.0);
    }
    let seconds = crate::model::Moment(latest).seconds();
    let says = format!("{} ops in {seconds:.1} s of the target's time", view.ops.len());
    Name::Times.holds_unless(&wrong, says)
}

/// The undo journal holds every change that the record shows, and all of it was undone.
pub fn undo_journal(folder: &Path, record: &Record, undo: &Result<Undo, Error>) -> Check {
    let entries = match entries(&folder.join("undo.jsonl")) {
        Ok(entries) => entries,
        Err(why) => return Name::Undo.is(Word::Failed, format!("undo.jsonl: {why}")),
    };
    let (mut wrong, mut opened, mut closed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &entries {
        match entry {
            Entry::Open { id, change, removes, completes, .. } => {
                if !opened.insert(*id) {
                    wrong.push(format!("undo.jsonl opens {id} twice"));
                }
                if !removes && completes.is_none() {
                    *held.entry(change).or_default() += 1;
                }
            }
            Entry::NotMade { id } if !opened.contains(id) => {
                wrong.push(format!("undo.jsonl speaks of {id}, which it never opened"));
            }
            Entry::NotMade { .. } => {}
            // A restore that was stopped may close again what it had closed.
            Entry::Closed { id } if !opened.contains(id) => {
                wrong.push(format!("undo.jsonl closes {id}, which it never opened"));
            }
            Entry::Closed { id } => drop(closed.insert(*id)),
        }
    }
    for (what, times) in made(record) {
        let held = held.get(what.as_str()).copied().unwrap_or_default();
        if held < times {
            wrong.push(format!("{what} was made {times} times, undo.jsonl holds it {held} times"));
        }
    }
    if !wrong.is_empty() {
        return Name::Undo.holds_unless(&wrong, "");
    }
    match undo {
        Err(why) => Name::Undo.is(Word::Failed, format!("{why:?}")),
        Ok(undo) if !undo.unrestored.is_empty() => {
            let left = undo.unrestored.len();
            Name::Undo.is(Word::Open, format!("not undone: {left}; recant restore tries again"))
        }
        Ok(_) => Name::Undo.is(Word::Ok, format!("{} entries, all of them undone", opened.len())),
    }
}

/// Changes of the record that must have been in the journal before they were sent.
fn made(record: &Record) -> BTreeMap<String, usize> {
    let mut made = BTreeMap::new();
    for op in &record.view.ops {
        if let Action::Change { name, arguments, for_good: false, .. } = &op.action
            && !matches!(op.outcome, Outcome::Failed(_))
        {
            *made.entry(change_in_words(name, arguments)).or_default() += 1;
        }
    }
    made
}

fn entries(path: &Path) -> Result<Vec<Entry>, String> {
    let text = match std::fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| e.to_string())?,
    };
    let all = (1..).zip(text.lines()).map(|(n, line)| {
        serde_json::from_str(line).map_err(|e| format!("line {n} can't be read: {e}"))
    });
    all.collect()
}
