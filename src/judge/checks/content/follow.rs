//! Tokens before a change, after it and after its undoing, against what the subject may do at each of these times
//! (R-ISSUE of the verdict calculus). Which changes, and what may answer them, is said by the requirement file.

use serde::Deserialize;

use super::around::{Around, next_turn};
use super::asked::{Asked, Way};
use super::remarks::Remarks;
use super::rights::{Reading, needed_at};
use crate::history::Loss;
use crate::judge::{Case, Changed, Ruling};
use crate::model::{Outcome, TokenSeen};

/// What is asked of tokens around a change: `with` of a requirement file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Follow {
    /// Names of the changes that it is about; empty for any that takes roles or scopes.
    pub changes: Vec<String>,
    /// Refreshed tokens count like new ones.
    pub refreshes: bool,
    /// A refusal is a fine answer to the change (risk: step-up or refusal).
    pub may_refuse: bool,
}

/// P-02, T-01, T-15: tokens follow a change and its undoing.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let with: toml::Table =
        case.requirement.with.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    match with.try_into::<Follow>() {
        Ok(ask) => rulings(case, &ask),
        Err(e) => {
            let mut whole = Remarks::new();
            let id = &case.requirement.id;
            whole.open(format!("`with` of the requirement {id} is not understood: {e}"), []);
            whole.ruling().into_iter().collect()
        }
    }
}

/// Rulings for each service whose tokens the change reaches.
fn rulings(case: &Case, ask: &Follow) -> Vec<Ruling> {
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|c| about(c, &ask.changes) || also(c, ask)).collect();
    if changes.is_empty() {
        let mut whole = Remarks::new();
        whole.open("the change that this is about was not made", []);
        return whole.ruling().into_iter().collect();
    }
    let mut rulings = Vec::new();
    let mut reached = false;
    for change in changes {
        if let Some(ruling) = not_made(change, ask) {
            rulings.push(ruling);
            continue;
        }
        for subject in subjects(case, change) {
            for (service, _) in case.services() {
                let (remarks, lost) = one(case, change, ask, subject, service);
                reached |= lost;
                rulings.extend(remarks.ruling());
            }
        }
        if !reached && !also(change, ask) {
            let mut whole = Remarks::new();
            let nothing =
                format!("nothing that \"{}\" took away was in a token before", change.name);
            whole.open(nothing, [change.op.index]);
            rulings.extend(whole.ruling());
        }
    }
    rulings
}

fn about(change: &Changed, names: &[String]) -> bool {
    if names.is_empty() {
        !change.loses.roles.is_empty() || !change.loses.scopes.is_empty()
    } else {
        names.iter().any(|name| name == change.name)
    }
}

/// True for a change that only gives roles: what it gives takes nothing out of a token.
fn also(change: &Changed, ask: &Follow) -> bool {
    let gives = change.gains.is_some_and(|gains| !gains.roles.is_empty());
    ask.changes.is_empty() && gives && *change.loses == Loss::default()
}

/// Why a change is no ground for a ruling.
fn not_made(change: &Changed, ask: &Follow) -> Option<Ruling> {
    let mut whole = Remarks::new();
    let name = change.name;
    match &change.op.outcome {
        Outcome::Accepted if also(change, ask) => return None,
        Outcome::Accepted if *change.loses == Loss::default() => {
            let what = format!("the target file does not declare what \"{name}\" takes away");
            whole.open(what, [change.op.index]);
        }
        Outcome::Accepted => return None,
        _ => whole.not_made(change),
    }
    whole.ruling()
}

/// Whom to look at: the change's subject, or everybody who got a token before it.
fn subjects<'a>(case: &Case<'a>, change: &Changed<'a>) -> Vec<&'a str> {
    if let Some(subject) = change.subject {
        return vec![subject];
    }
    let before = Asked::all(case.view).filter(|a| a.way == Way::Issue && a.done_by(change.inv));
    let mut subjects: Vec<&str> = before.map(|a| a.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    // Somebody who asked for no token afterwards is a bystander here.
    let after = |s: &&str| {
        Asked::all(case.view).any(|a| {
            a.way == Way::Issue
                && a.subject == *s
                && change.ack.is_some_and(|ack| a.op.start >= ack)
        })
    };
    subjects.retain(after);
    subjects
}

/// Remarks about one service, and whether the change took something from its tokens.
fn one<'a>(
    case: &Case<'a>,
    change: &Changed<'a>,
    ask: &Follow,
    subject: &str,
    service: &'a str,
) -> (Remarks, bool) {
    let mut remarks = Remarks::at(service);
    let asked: Vec<Asked> = Asked::of_case(case)
        .into_iter()
        .filter(|a| a.subject == subject && a.service == service)
        .collect();
    let (Some(ack), Some((before, first))) = (change.ack, usual(case, change, &asked)) else {
        let later = asked.iter().any(|a| change.ack.is_some_and(|ack| a.op.start >= ack));
        if later && !also(change, ask) {
            remarks.open("no token of before the change is there to compare with", []);
        }
        return (remarks, false);
    };
    let around = around((case, change, ask, service), before, first);
    around.base.doubt(&mut remarks);
    let mut lost = false;
    let mut compared = false;
    for a in asked.iter().filter(|a| comparable(a, &before, ask)) {
        let undone = change.undone.is_some_and(|undone| a.op.start >= undone);
        if a.op.start < ack {
            continue;
        }
        compared = true;
        if undone {
            if a.way == Way::Issue && !another_in_force(case, change, a) {
                around.restored(a, &mut remarks);
            }
        } else {
            lost |= around.changed(a, &mut remarks);
        }
    }
    let beside = Around { by_another_way: true, base: around.base.clone(), ..around };
    for a in asked.iter().filter(|a| by_another_way(case, a, &before)) {
        let undone = change.undone.is_some_and(|undone| a.op.start >= undone);
        if a.op.start >= ack && !undone {
            beside.changed(a, &mut remarks);
        }
    }
    if !compared && !also(change, ask) {
        remarks.open("no token was asked for after the change", [change.op.index]);
    }
    (remarks, lost)
}

fn around<'c, 'a>(
    (case, change, ask, service): (&'c Case<'a>, &'c Changed<'a>, &'c Follow, &'a str),
    before: Asked<'a>,
    first: &'a TokenSeen,
) -> Around<'c, 'a> {
    Around {
        case,
        change,
        ask,
        service,
        needed: needed_at(case.facts, service),
        before,
        first,
        base: Reading::of(case, first, service, next_turn(case, before.op.start)),
        by_another_way: false,
    }
}

/// Judges the sign-ins of a change's subject after its undoing alone: they give what the usual one gave before.
pub fn restored<'a>(
    case: &Case<'a>,
    change: &Changed<'a>,
    service: &'a str,
    remarks: &mut Remarks,
) {
    let ask = Follow::default();
    let own = |a: &Asked| change.subject == Some(a.subject) && a.service == service;
    let asked: Vec<Asked> = Asked::of_case(case).into_iter().filter(own).collect();
    let Some((before, first)) = usual(case, change, &asked) else { return };
    let around = around((case, change, &ask, service), before, first);
    let later = asked.iter().filter(|a| {
        change.undone.is_some_and(|undone| a.op.start >= undone) && comparable(a, &before, &ask)
    });
    for a in later.filter(|a| !another_in_force(case, change, a)) {
        around.restored(a, remarks);
    }
}

/// True while something else is taken from the subject: what a token lacks then is not about this change.
fn another_in_force(case: &Case, change: &Changed, a: &Asked) -> bool {
    case.timeline.changes.iter().any(|other| {
        other.op.index != change.op.index
            && about(other, &[])
            && other.subject.is_none_or(|subject| subject == a.subject)
            && other.inv <= a.op.start
            && other.undone.is_none_or(|undone| a.op.start < undone)
    })
}

/// The last token got before a change by the subject's usual request, while nothing else was taken.
fn usual<'a>(
    case: &Case,
    change: &Changed,
    asked: &[Asked<'a>],
) -> Option<(Asked<'a>, &'a TokenSeen)> {
    let issued = asked.iter().filter(|a| {
        a.way == Way::Issue
            && a.done_by(change.inv)
            && a.op.outcome.is_allow()
            && !another_in_force(case, change, a)
    });
    issued.filter_map(|a| a.given().map(|t| (*a, t))).next_back()
}

/// True for a sign-in that asks for something else than the one of before, or does so through another client: whatever it is
/// given, it is given nothing that is gone.
fn by_another_way(case: &Case, a: &Asked, before: &Asked) -> bool {
    let other = |grant: &str| case.facts.other_grants.iter().any(|g| g == grant);
    match a.way {
        Way::Issue if a.grant == before.grant => !a.login && a.scope != before.scope,
        Way::Issue => a.grant.is_some_and(other),
        _ => false,
    }
}

/// True for a request that asks for the same as the one of before.
fn comparable(a: &Asked, before: &Asked, ask: &Follow) -> bool {
    match a.way {
        // A login that gave nothing to exchange asked in its own way.
        Way::Issue if a.login => a.grant == before.grant,
        Way::Issue => a.grant == before.grant && a.scope == before.scope,
        Way::Refresh => ask.refreshes && a.scope.is_none(),
        Way::Login | Way::ByAnother | Way::Exchange | Way::Again => false,
    }
}
