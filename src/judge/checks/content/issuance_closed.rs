//! While the source of decisions does not answer as it should, no token with authority is given, and when it does again,
//! tokens are (P-05). Here a 5xx answer is as good as a refusal: an issuer that can't ask and says so is right.

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use super::rights::{carried, needed_at, words};
use crate::history::{Action, Op};
use crate::judge::{Case, Changed, Ruling};
use crate::model::{Moment, Outcome};

/// Tokens are given again this long after the source is back, milliseconds, where the requirement says nothing else.
const RECOVERY_MS: u64 = 60_000;

/// P-05. One ruling for each service.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let named = case.requirement.with.get("changes").and_then(toml::Value::as_array);
    let named: Vec<&str> = named.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    let outages: Vec<&Changed> =
        case.timeline.changes.iter().filter(|c| named.contains(&c.name)).collect();
    case.services()
        .filter_map(|(service, _)| {
            let mut remarks = Remarks::at(service);
            if outages.is_empty() {
                remarks.open("the source of decisions was not seen to fail", []);
            }
            for outage in &outages {
                closed(case, outage, service, &mut remarks);
            }
            remarks.ruling()
        })
        .collect()
}

fn closed(case: &Case, outage: &Changed, service: &str, remarks: &mut Remarks) {
    let Some(down) = outage.ack else {
        let name = outage.name;
        remarks.open(format!("\"{name}\" was not seen to succeed"), [outage.op.index]);
        return;
    };
    let asked: Vec<Asked> =
        Asked::of_case(case).into_iter().filter(|a| a.service == service).collect();
    let end = outage.undone;
    let during: Vec<&Asked> = asked
        .iter()
        .filter(|a| a.op.start > down && end.is_none_or(|end| a.op.start < end))
        .collect();
    if during.is_empty() {
        remarks
            .open("no token was asked for while the source of decisions failed", [outage.op.index]);
    }
    for a in &during {
        refused(case, outage, a, remarks);
        controlled(&asked, outage, a, remarks);
    }
    recovered(case, outage, &asked, remarks);
}

/// One request while there was nobody to decide.
fn refused(case: &Case, outage: &Changed, a: &Asked, remarks: &mut Remarks) {
    let ops = [outage.op.index, a.op.index];
    let (what, name) = (a.words(), outage.name);
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let needed = needed_at(case.facts, a.service);
            let gives: super::rights::Rights =
                carried(case.facts, token).intersection(&needed).cloned().collect();
            if !gives.is_empty() {
                let gives = words(&gives);
                remarks.fail(
                    format!(
                        "after \"{name}\" {what} gave {gives}, which nobody was there to decide"
                    ),
                    ops,
                );
            } else if token.is_unreadable() {
                remarks
                    .open(format!("{what} gave a token, and nothing tells what it carries"), ops);
            } else {
                remarks.fine(format!("{what} gave a token without authority"), ops);
            }
        }
        (Outcome::Accepted, None) => {
            remarks.open(format!("{what} was accepted, but no token was seen in the answer"), ops);
        }
        (Outcome::Refused(_) | Outcome::Failed(_), _) => {
            remarks.fine(format!("after \"{name}\" {what} gave nothing"), ops);
        }
        (Outcome::Unknown(_), _) if a.op.seen.status.is_some_and(|s| (500..600).contains(&s)) => {
            remarks.fine(format!("after \"{name}\" {what} gave nothing"), ops);
        }
        (other, _) => remarks.open(format!("{what} was {}", outcome_words(other)), ops),
    }
}

/// The same was granted before, so that what is refused now is refused for want of a decision.
fn controlled(asked: &[Asked], outage: &Changed, a: &Asked, remarks: &mut Remarks) {
    let same = |b: &&Asked| {
        b.way == a.way && b.subject == a.subject && b.op.outcome.is_allow() && b.done_by(outage.inv)
    };
    if !asked.iter().any(|b| same(&b)) {
        let what = a.words();
        remarks
            .open(format!("{what} was not seen granted before \"{}\"", outage.name), [a.op.index]);
    }
}

/// When the source answers again tokens are given again, at the latest after the time that is granted for it.
fn recovered(case: &Case, outage: &Changed, asked: &[Asked], remarks: &mut Remarks) {
    let back = case.view.ops.iter().find(|op| undoes(op, outage.op.index) && op.outcome.is_allow());
    let Some(back) = back.and_then(|op| op.end) else {
        remarks.open("the source of decisions was not seen to come back", [outage.op.index]);
        return;
    };
    let seconds = case.requirement.with.get("recovery-seconds").and_then(toml::Value::as_integer);
    let recovery = seconds.and_then(|s| u64::try_from(s).ok()).map_or(RECOVERY_MS, |s| s * 1000);
    let due: Moment = back.plus_ms(recovery);
    let later = |a: &&Asked| a.op.start > back && a.way == Way::Issue;
    let mut seen = false;
    for a in asked.iter().filter(|a| later(a)) {
        let (what, was) = (a.words(), outcome_words(&a.op.outcome));
        match &a.op.outcome {
            Outcome::Accepted => seen = true,
            Outcome::Refused(_) if a.op.start >= due => remarks.fail(
                format!(
                    "{what} was {was} although the source of decisions was back for {} s",
                    recovery / 1000
                ),
                [outage.op.index, a.op.index],
            ),
            Outcome::Refused(_) => {}
            _ => remarks.open(format!("{what} was {was}"), [a.op.index]),
        }
    }
    if !seen {
        remarks.open(
            "no token was seen given when the source of decisions was back, so the issuer may be down",
            [outage.op.index],
        );
    }
}

fn undoes(op: &Op, change: u64) -> bool {
    matches!(&op.action, Action::Undo { change: which, .. } if *which == change)
}
