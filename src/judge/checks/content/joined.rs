//! From a request to a service one gets to the decision by which its token was issued, by what is logged alone (G-05).

use std::collections::BTreeMap;

use super::asked::outcome_words;
use super::decisions::{Decided, Log, placed};
use super::readings::{Readings, not_read};
use super::remarks::Remarks;
use crate::history::{AccessSeen, Action, DecisionSeen, request_id};
use crate::judge::calls::Called;
use crate::judge::{Case, Cause, Ruling};
use crate::model::{Moment, Outcome, ServiceFacts, TokenSeen};

/// Log clocks tick in seconds, and nodes of one system differ by less: seconds.
const TOLERANCE: f64 = 1.0;

/// What people call it.
const LOG: &str = "access log";

/// What the access log tells, as far as it was read.
struct Accesses<'a> {
    readings: Readings<'a>,
    records: Vec<&'a AccessSeen>,
}

/// A request of recant's own with the token that it showed.
struct Shown<'a> {
    call: Called<'a>,
    token: &'a TokenSeen,
}

/// G-05.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    let accesses = match Accesses::of(case) {
        Ok(accesses) => accesses,
        Err((why, ops)) => {
            remarks.open(why, ops);
            return remarks.ruling().into_iter().collect();
        }
    };
    let log = match Log::of(case) {
        Ok(log) => log,
        Err((why, ops)) => {
            remarks.open(why, ops);
            return remarks.ruling().into_iter().collect();
        }
    };
    let only = case.obligation.service.as_deref();
    let services = case.facts.access_logged.iter().filter(|s| only.is_none_or(|only| only == *s));
    let all: Vec<Ruling> =
        services.filter_map(|service| at(case, &log, &accesses, service)).collect();
    if all.is_empty() {
        remarks
            .open("no request was made to a service that writes the access log", [log.read.index]);
        return remarks.ruling().into_iter().collect();
    }
    all
}

impl<'a> Accesses<'a> {
    fn of(case: &Case<'a>) -> Result<Self, (String, Vec<u64>)> {
        let readings = Readings::of(case, &Action::ReadAccesses, LOG)?;
        let records = readings.good.iter().flat_map(|op| &op.seen.accesses).collect();
        Ok(Self { readings, records })
    }

    /// The records of one request: by its own identifier, else by its token, service and decision.
    fn about(&self, case: &Case, service: &str, shown: &Shown) -> Vec<&'a AccessSeen> {
        let run = case.view.begin.as_ref().map_or("", |b| b.run.as_str());
        let id = request_id(run, shown.call.op.index);
        let own: Vec<&AccessSeen> =
            self.records.iter().filter(|r| r.request.as_deref() == Some(&id)).copied().collect();
        if !own.is_empty() {
            return own;
        }
        let declared = case.facts.services.get(service);
        let jti = shown.token.jti();
        let fits = |r: &&&AccessSeen| {
            // A record with an identifier of recant's is about that request, and about no other.
            let other = r.request.as_deref().is_some_and(|id| id.starts_with(&format!("{run}-")));
            let same = r.token.is_some() && r.token.as_deref() == jti;
            same && !other && is_of(r, service, declared) && agrees(r, shown)
        };
        self.records.iter().filter(fits).copied().collect()
    }
}

impl<'a> Accesses<'a> {
    /// A record that is about the subject of a request, from when it was made, and that nothing joins to any request of recant's.
    fn stray(
        &self,
        case: &Case,
        log: &Log,
        service: &str,
        shown: &Shown,
    ) -> Option<&'a AccessSeen> {
        let run = case.view.begin.as_ref().map_or("", |b| b.run.as_str());
        let known: Vec<&str> = case.view.tokens.values().filter_map(TokenSeen::jti).collect();
        let (op, declared) = (shown.call.op, case.facts.services.get(service));
        let (from, to) = (log.wall(op.start), log.wall(op.end.unwrap_or(op.start)));
        let strays = |r: &&&AccessSeen| {
            let named = r.subject.as_deref().is_some_and(|s| log.is_name_of(s, shown.call.subject));
            let ours = r.request.as_deref().is_some_and(|id| id.starts_with(&format!("{run}-")))
                || r.token.as_deref().is_some_and(|token| known.contains(&token));
            let time = r.time.as_deref().and_then(placed);
            let then = time.is_none_or(|t| t >= from - TOLERANCE && t <= to + TOLERANCE);
            named && !ours && then && is_of(r, service, declared) && agrees(r, shown)
        };
        self.records.iter().find(strays).copied()
    }
}

fn at(case: &Case, log: &Log, accesses: &Accesses, service: &str) -> Option<Ruling> {
    let shown = requests(case, service, accesses.readings.read.start);
    if shown.is_empty() {
        return None;
    }
    let mut remarks = Remarks::at(service);
    for (what, some) in [
        ("accepted", shown.iter().any(|s| s.call.op.outcome.is_allow())),
        ("refused", shown.iter().any(|s| s.call.op.outcome.is_deny())),
    ] {
        if !some {
            let words = format!("no request to it was {what} before the access log was read");
            remarks.open(words, [accesses.readings.read.index]);
        }
    }
    if let Some(op) = accesses.readings.failed {
        remarks.open(not_read(op, LOG), [op.index]);
    }
    for (doubt, op) in log.doubts(case) {
        remarks.open(doubt, [op]);
    }
    let calls = case.view.ops.iter().filter_map(Called::of).filter(|c| c.service == service);
    for call in calls.filter(|c| matches!(c.op.outcome, Outcome::Unknown(_))) {
        let index = call.op.index;
        remarks.open(format!("what op {index} came to is not known"), [index]);
    }
    if let Some((words, ops)) = called_alike(case, accesses, service, &shown) {
        remarks.fail(words, ops.into_iter().chain([accesses.readings.read.index]));
    }
    let (mut joined, mut unasked) = (0_usize, 0_usize);
    for one in &shown {
        match follow(case, log, accesses, service, one) {
            Join::Whole => joined += 1,
            Join::Unasked => unasked += 1,
            Join::Open(why) => remarks.open(why, [one.call.op.index, accesses.readings.read.index]),
            Join::Broken(why) => {
                let ops = [one.call.op.index, accesses.readings.read.index, log.read.index];
                remarks.fail(why, ops);
            }
        }
    }
    if joined > 0 && joined + unasked == shown.len() {
        let words = format!("each of {joined} requests leads to the decision behind its token");
        remarks.fine(words, [accesses.readings.read.index, log.read.index]);
    }
    remarks.ruling()
}

/// One word by which the access log calls two subjects, with a request of each: it does not say who was let in.
fn called_alike(
    case: &Case,
    accesses: &Accesses,
    service: &str,
    shown: &[Shown],
) -> Option<(String, [u64; 2])> {
    let mut by_word: BTreeMap<&str, &Shown> = BTreeMap::new();
    for one in shown {
        for record in accesses.about(case, service, one) {
            let Some(word) = record.subject.as_deref() else { continue };
            let first = *by_word.entry(word).or_insert(one);
            if first.call.subject != one.call.subject {
                let words = format!(
                    "the access record {} of {} calls its subject \"{word}\", as it calls another one",
                    id(record),
                    named(one)
                );
                return Some((words, [first.call.op.index, one.call.op.index]));
            }
        }
    }
    None
}

/// Requests that the service answered, with tokens that the issuer gave in this scenario.
fn requests<'a>(case: &Case<'a>, service: &str, before: Moment) -> Vec<Shown<'a>> {
    let calls = case.view.ops.iter().filter_map(Called::of).filter(|c| c.service == service);
    let answered = calls.filter(|c| {
        (c.op.outcome.is_allow() || c.op.outcome.is_deny()) && c.op.end.is_some_and(|e| e <= before)
    });
    let shown = answered.filter_map(|call| {
        let token = case.view.tokens.get(call.token)?;
        token.crafted.is_none().then_some(Shown { call, token })
    });
    shown.collect()
}

/// Where the way from a request ends.
enum Join {
    /// At the decision by which its token was issued.
    Whole,
    /// Nowhere, and need not: of a dead token that is refused a service may know nothing.
    Unasked,
    /// That can't be told.
    Open(String),
    /// Before it.
    Broken(String),
}

fn follow(case: &Case, log: &Log, accesses: &Accesses, service: &str, shown: &Shown) -> Join {
    let what = named(shown);
    let records = accesses.about(case, service, shown);
    if let Some(wrong) = records.iter().find(|r| !agrees(r, shown)) {
        let logged = wrong.decision.as_deref().unwrap_or_default();
        return Join::Broken(format!("the access record {} says {logged} of {what}", id(wrong)));
    }
    if shown.call.op.outcome.is_deny() && is_dead(case, shown) {
        return Join::Unasked;
    }
    if records.is_empty() {
        if let Some(stray) = accesses.stray(case, log, service, shown) {
            return Join::Broken(format!(
                "the access record {} carries neither the identifier of {what} nor the `jti` of its token, and no other does",
                id(stray)
            ));
        }
        let words = format!(
            "no access record has the identifier of {what}, or the `jti` of its token with what it came to"
        );
        return if accesses.readings.had_to_show(case, shown.call.op.end, 0) {
            Join::Broken(words)
        } else {
            Join::Open(format!("{words}; the log was read too early to tell, or not whole"))
        };
    }
    let mine = |d: &&Decided| d.token.is_some_and(|t| t.id == shown.token.id);
    let decisions: Vec<&DecisionSeen> =
        log.decided.iter().filter(mine).flat_map(|d| d.records.iter().copied()).collect();
    if decisions.is_empty() {
        return Join::Open(format!(
            "the token of {what} has no decision record: see governance/every-decision-logged"
        ));
    }
    if records.iter().any(|r| decisions.iter().any(|d| leads(r, d))) {
        return Join::Whole;
    }
    let first = records.first().map_or("without id", |r| id(r));
    let elsewhere = log.recorded().find(|(_, d)| records.iter().any(|r| leads(r, d)));
    Join::Broken(match elsewhere {
        Some((_, other)) => {
            let other = other.id.as_deref().unwrap_or("without id");
            format!(
                "the access record {first} of {what} leads to {other}, the decision about another token"
            )
        }
        None => format!("the access record {first} of {what} leads to no decision record"),
    })
}

/// True where the token of a request had ended by then, or may have.
fn is_dead(case: &Case, shown: &Shown) -> bool {
    let ends = [Cause::Subject, Cause::Client, Cause::Token, Cause::Key];
    case.timeline.changes.iter().any(|change| {
        ends.contains(&change.cause)
            && change.hits.contains(shown.call.token)
            && change.inv <= shown.call.op.start
    })
}

/// True where the access record names the decision record, or the token that it is about.
fn leads(access: &AccessSeen, decision: &DecisionSeen) -> bool {
    let same = |a: &Option<String>, d: &Option<String>| {
        a.as_deref().is_some_and(|a| !a.trim().is_empty() && d.as_deref() == Some(a))
    };
    same(&access.issuance, &decision.id) || same(&access.token, &decision.token)
}

fn agrees(access: &AccessSeen, shown: &Shown) -> bool {
    match access.decision.as_deref() {
        Some("allow") => shown.call.op.outcome.is_allow(),
        Some("deny") => shown.call.op.outcome.is_deny(),
        _ => true,
    }
}

fn is_of(access: &AccessSeen, service: &str, declared: Option<&ServiceFacts>) -> bool {
    access.service.as_deref().is_none_or(|logged| {
        logged == service || declared.is_some_and(|declared| declared.audience == logged)
    })
}

fn named(shown: &Shown) -> String {
    let Called { operation, op, .. } = shown.call;
    format!("\"{operation}\" that was {} (op {})", outcome_words(&op.outcome), op.index)
}

fn id(access: &AccessSeen) -> &str {
    access.id.as_deref().unwrap_or("without id")
}
