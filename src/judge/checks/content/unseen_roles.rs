//! Roles that nobody has seen before give what the policy says and nothing else (P-03). The numbers of causes are those of
//! the requirement: (1) a fixed list of roles, (2) a cached or hard-coded mapping, (3) and (5) default allow.

use std::collections::{BTreeMap, BTreeSet};

use super::around::next_turn;
use super::asked::{Asked, Way, outcome_words};
use super::entitled::Entitled;
use super::remarks::Remarks;
use super::rights::{Right, Rights, carried, needed_at, of_needs, words};
use crate::judge::{Case, Ruling};
use crate::model::{Moment, Outcome, Refusal};

/// What the subject has when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// No role at all.
    Without,
    /// A fresh role, bound to a permission.
    Fresh,
    /// A role that nothing is bound to.
    Empty,
}

/// What a token and the service's answers to it show together.
struct Shown {
    /// In the content.
    content: Rights,
    /// Accepted operations that need something, with the op.
    accepted: Vec<(String, u64)>,
    /// Refused operations.
    refused: Vec<(String, u64)>,
    /// Ops of calls whose answer nobody knows.
    dark: Vec<u64>,
}

/// P-03.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    let mut stages = BTreeSet::new();
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        for a in Asked::of_case(case).iter().filter(|a| a.way == Way::Issue && a.service == service)
        {
            stages.extend(one(case, a, &mut remarks));
        }
        rulings.extend(remarks.ruling());
    }
    let mut whole = Remarks::new();
    for (stage, words) in [
        (Stage::Without, "no token was asked for without a role"),
        (Stage::Fresh, "no token was asked for with a fresh role where its permission counts"),
        (Stage::Empty, "no token was asked for with a role that nothing is bound to"),
    ] {
        if !stages.contains(&stage) {
            whole.open(words, []);
        }
    }
    for change in case.timeline.changes.iter().filter(|c| c.ack.is_none()) {
        whole.not_made(change);
    }
    rulings.extend(whole.ruling());
    rulings
}

/// Judges one request. Gives the stage that it is evidence for.
fn one(case: &Case, a: &Asked, remarks: &mut Remarks) -> Option<Stage> {
    let now = Entitled::at(case, a.subject, a.op.start);
    if let Some(doubt) = now.doubt {
        remarks.open(doubt, [a.op.index]);
        return None;
    }
    let bound = case.decision_bound();
    if !now.due(a.op.start, bound) {
        remarks.open(
            format!("{} came sooner than {bound} ms after the change", a.words()),
            [a.op.index],
        );
        return None;
    }
    let stage = match (now.roles.is_empty(), now.rights.is_empty()) {
        (true, _) => Stage::Without,
        (false, true) => Stage::Empty,
        (false, false) => Stage::Fresh,
    };
    let canary: Rights =
        now.rights.intersection(&needed_at(case.facts, a.service)).cloned().collect();
    let decisive = stage != Stage::Fresh || !canary.is_empty();
    match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => {
            let shown = shown(
                case,
                a.service,
                &token.id,
                carried(case.facts, token),
                next_turn(case, a.op.start),
            );
            if !shown.dark.is_empty() {
                let what = format!("{}, an answer of the service is not known", stage.words());
                remarks.open(what, shown.dark.iter().copied());
            }
            excess(case, a, stage, &now.rights, &shown, remarks);
            if stage == Stage::Fresh && !canary.is_empty() {
                usable(case, a, &canary, &shown, remarks);
            }
        }
        (Outcome::Accepted, None) => {
            remarks
                .open("a request was accepted, but no token was seen in the answer", [a.op.index]);
            return None;
        }
        (Outcome::Refused(refusal), _) => {
            let wanted = (stage == Stage::Fresh && !canary.is_empty()).then_some(&canary);
            if !refused(a, stage, wanted, refusal, remarks) {
                return None;
            }
        }
        (other, _) => {
            let what = outcome_words(other);
            remarks.open(
                format!("{}, the request for a token was {what}", stage.words()),
                [a.op.index],
            );
            return None;
        }
    }
    decisive.then_some(stage)
}

/// A request that was refused, where the role should have given `wanted`, if anything. True where that tells something
/// about the role.
fn refused(
    a: &Asked,
    stage: Stage,
    wanted: Option<&Rights>,
    refusal: &Refusal,
    remarks: &mut Remarks,
) -> bool {
    let what = outcome_words(&a.op.outcome);
    let stage = stage.words();
    let op = [a.op.index];
    match wanted {
        _ if about_something_else(refusal) => {}
        None => {
            remarks.fine(format!("{stage}, the request was {what}"), op);
            return true;
        }
        Some(wanted) if denies(refusal) => {
            let gives = words(wanted);
            let text = format!("with a fresh role that gives {gives} the request for a token was");
            remarks.fail(format!("(1) a fixed list of roles: {text} {what}"), op);
            return true;
        }
        Some(_) => {}
    }
    let why = "which is no answer about the role";
    remarks.open(format!("{stage}, the request for a token was {what}, {why}"), op);
    false
}

/// True for a refusal of the client, its grant or the service, whoever asks (RFC 6749 section 5.2; RFC 8707 section 2).
fn about_something_else(refusal: &Refusal) -> bool {
    let error = refusal.error.as_deref();
    matches!(error, Some("invalid_target" | "invalid_client" | "unauthorized_client"))
}

/// True for a refusal that says that the subject may not have what it asked for.
fn denies(refusal: &Refusal) -> bool {
    matches!(refusal.error.as_deref(), Some("invalid_scope" | "access_denied"))
}

/// More than the policy says, in the token or at the service.
fn excess(
    case: &Case,
    a: &Asked,
    stage: Stage,
    allowed: &Rights,
    shown: &Shown,
    remarks: &mut Remarks,
) {
    let beyond: Rights = shown.content.difference(allowed).cloned().collect();
    let freed: Rights = beyond.intersection(&given_before(case, a)).cloned().collect();
    let unbidden: Rights = beyond.difference(&freed).cloned().collect();
    if !freed.is_empty() {
        let carries = words(&freed);
        remarks.fail(
            format!(
                "(2) a cached or hard-coded mapping: the token still carries \
            {carries}, which left the role"
            ),
            [a.op.index],
        );
    }
    let cause = if stage == Stage::Without { "(5)" } else { "(3)" };
    if !unbidden.is_empty() {
        let carries = words(&unbidden);
        remarks.fail(
            format!("{cause} default allow: {}, the token carries {carries}", stage.words()),
            [a.op.index],
        );
    }
    let needs = |operation: &str| operation_needs(case, a.service, operation);
    let mut open_doors = shown.accepted.iter().filter(|(o, _)| !needs(o).is_subset(allowed));
    if let Some((operation, op)) = open_doors.next() {
        let cause = if needs(operation).is_subset(&given_before(case, a)) {
            "(2) a cached or hard-coded mapping".to_owned()
        } else {
            format!("{cause} default allow")
        };
        remarks.fail(
            format!("{cause}: {}, the service accepted \"{operation}\"", stage.words()),
            [a.op.index, *op],
        );
    }
    if beyond.is_empty() && shown.accepted.iter().all(|(o, _)| needs(o).is_subset(allowed)) {
        remarks.fine(
            format!("{}, nothing more than the policy says was given", stage.words()),
            [a.op.index],
        );
    }
}

/// The fresh role's permission is in the token, or the service acts on it; and the service does act on it.
fn usable(case: &Case, a: &Asked, canary: &Rights, shown: &Shown, remarks: &mut Remarks) {
    let gives = words(canary);
    let about = |operation: &str| {
        operation_needs(case, a.service, operation).intersection(canary).next().is_some()
    };
    let accepted = shown.accepted.iter().find(|(o, _)| about(o));
    let refused = shown.refused.iter().find(|(o, _)| about(o));
    match (canary.is_subset(&shown.content), accepted, refused) {
        (_, None, Some((operation, op))) => {
            remarks.fail(
                format!(
                    "(1) a fixed list of roles: a fresh role gives {gives}, but the \
                service refused \"{operation}\""
                ),
                [a.op.index, *op],
            );
        }
        (_, Some((_, op)), _) => {
            remarks.fine(
                format!("a fresh role gave {gives}, and the service acted on it"),
                [a.op.index, *op],
            );
        }
        (false, None, None) if !shown.content.is_empty() || spoke(case) => {
            remarks.fail(
                format!(
                    "(1) a fixed list of roles: a fresh role gives {gives}, but the \
                token does not carry it"
                ),
                [a.op.index],
            );
        }
        (false, None, None) => {
            remarks
                .open(format!("nothing tells whether the fresh role gave {gives}"), [a.op.index]);
        }
        (true, None, None) => {
            remarks.open(
                format!("the token carries {gives}, but no answer of the service to it is known"),
                [a.op.index],
            );
        }
    }
}

/// True where some token of this scenario shows a right, so that its absence in another means something.
fn spoke(case: &Case) -> bool {
    case.view.tokens.values().any(|t| !carried(case.facts, t).is_empty())
}

/// What roles of this subject gave at earlier requests.
fn given_before(case: &Case, a: &Asked) -> Rights {
    let earlier =
        Asked::all(case.view).filter(|b| b.subject == a.subject && b.op.start < a.op.start);
    earlier.flat_map(|b| Entitled::at(case, b.subject, b.op.start).rights).collect()
}

fn shown(case: &Case, service: &str, token: &str, content: Rights, until: Option<Moment>) -> Shown {
    let mut by_operation: BTreeMap<&str, (Vec<u64>, Vec<u64>)> = BTreeMap::new();
    let mut dark = Vec::new();
    let calls = case.calls_at(service).filter(|c| c.token == token);
    for call in calls.filter(|c| until.is_none_or(|until| c.op.start < until)) {
        if operation_needs(case, service, call.operation).is_empty() {
            continue;
        }
        let (yes, no) = by_operation.entry(call.operation).or_default();
        if call.op.outcome.is_allow() {
            yes.push(call.op.index);
        } else if call.op.outcome.is_deny() {
            no.push(call.op.index);
        } else if matches!(call.op.outcome, Outcome::Unknown(_)) {
            dark.push(call.op.index);
        }
    }
    let mut shown = Shown { content, accepted: Vec::new(), refused: Vec::new(), dark };
    for (operation, (yes, no)) in by_operation {
        shown.accepted.extend(yes.first().map(|op| (operation.to_owned(), *op)));
        shown.refused.extend(no.first().map(|op| (operation.to_owned(), *op)));
    }
    shown
}

fn operation_needs(case: &Case, service: &str, operation: &str) -> BTreeSet<Right> {
    let operations = case.facts.services.get(service).map(|s| &s.operations);
    operations.and_then(|o| o.get(operation)).map(|o| of_needs(&o.needs)).unwrap_or_default()
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Without => "without any role",
            Self::Fresh => "with a fresh role",
            Self::Empty => "with a role that nothing is bound to",
        }
    }
}
