//! What a picture of a change is drawn from: the change, what calls at one service came to around it, the bound. The same
//! calls, bound and lag that R-LOSS weighs (`loss`), told one by one. Judges nothing.

use super::loss::Loss;
use super::{Called, Case, Finding, Lag, REACH_MS, Timeline, lag::lag};
use crate::history::{Arm, Obligation, View};
use crate::model::{Moment, Outcome, ServiceClass};
use crate::requirements::Catalog;

/// One change as one service followed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Index of the op that made the change.
    pub op: u64,
    /// The change's name.
    pub name: String,
    /// Whom it is about; `None` where it is about everybody.
    pub subject: Option<String>,
    /// The service.
    pub service: String,
    /// How the service learns of changes, as its owner declares it.
    pub class: ServiceClass,
    /// When the change was sent.
    pub sent: Moment,
    /// When its success was read.
    pub acknowledged: Moment,
    /// Within which time the service must follow, milliseconds; `None` where its tokens may be used until they expire.
    pub bound_ms: Option<u64>,
    /// When the change was undone, or what it took was given back.
    pub until: Option<Moment>,
    /// The lag of this one change.
    pub lag: Option<Lag>,
    /// Calls that tell of it, in the order of the record.
    pub calls: Vec<Look>,
}

/// One call in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Index of the op.
    pub op: u64,
    /// When it was sent.
    pub start: Moment,
    /// When its answer was read.
    pub end: Option<Moment>,
    /// The operation.
    pub operation: String,
    /// The token.
    pub token: String,
    /// At which replica.
    pub replica: u32,
    /// Whose call it is.
    pub part: Part,
    /// What it came to.
    pub outcome: Outcome,
    /// Accepted although the bound had passed.
    pub late: bool,
}

/// What a call in a picture is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A token that was used throughout.
    Hot,
    /// A token that lay idle since before the change.
    Cold,
    /// Somebody whom the change leaves alone: shows that the service was there.
    Bystander,
}

impl Picture {
    /// When the bound has passed; `None` where there is none.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        self.bound_ms.map(|ms| self.acknowledged.plus_ms(ms))
    }
}

/// The pictures of a finding that has a lag: one for each change among its evidence, or for each that it is about where it
/// names none. `part` is what its obligation was judged over.
#[must_use]
pub fn pictures(
    catalog: &Catalog,
    part: &View,
    obligation: &Obligation,
    finding: &Finding,
) -> Vec<Picture> {
    let (Some(measured), Some(service), Some(facts)) =
        (finding.lag, finding.service.as_deref(), part.facts())
    else {
        return Vec::new();
    };
    let Some(requirement) = catalog.find(&finding.requirement) else { return Vec::new() };
    let timeline = Timeline::of(part);
    let case = Case { requirement, obligation, facts, view: part, timeline };
    let Some((name, declared)) = case.services().find(|(name, _)| *name == service) else {
        return Vec::new();
    };
    let named = |op: u64| finding.evidence.contains(&op);
    let any = case.timeline.changes.iter().any(|change| named(change.op.index));
    let changes = case.timeline.changes.iter();
    let losses = changes.filter_map(|c| Loss::of(&case, c, (name, declared), measured.bound_ms));
    // Evidence names a few of the changes only: what was accepted too long after another one counts as well, and is shown.
    let losses = losses.filter(|loss| !any || named(loss.change.op.index) || loss.is_exceeded());
    losses.filter_map(|loss| draw(&case, &loss, declared.class, measured.bound_ms)).collect()
}

fn draw(case: &Case, loss: &Loss, class: ServiceClass, bound_ms: Option<u64>) -> Option<Picture> {
    let change = loss.change;
    let acknowledged = change.ack?;
    let deadline = bound_ms.map(|ms| acknowledged.plus_ms(ms));
    let earliest = Moment(change.inv.0.saturating_sub(REACH_MS * 1_000_000));
    let about = |call: &Called| {
        case.lost(change, call.token, loss.service, call.operation)
            && loss.operations.contains(call.operation)
    };
    let inside = |call: &Called| {
        call.op.start >= earliest && change.until.is_none_or(|until| call.op.start < until)
    };
    let mut calls = Vec::new();
    for call in case.calls_at(loss.service).filter(inside) {
        let before = call.op.start < change.inv;
        let part = if about(&call) && (before || loss.calls.iter().any(|c| c.is(&call))) {
            if call.arm == Arm::Cold { Part::Cold } else { Part::Hot }
        } else if change.subject.is_none_or(|subject| call.subject != subject)
            && !case.lost(change, call.token, loss.service, call.operation)
        {
            Part::Bystander
        } else {
            continue;
        };
        let past = deadline.is_some_and(|deadline| call.op.start > deadline);
        calls.push(Look {
            op: call.op.index,
            start: call.op.start,
            end: call.op.end,
            operation: call.operation.to_owned(),
            token: call.token.to_owned(),
            replica: call.replica,
            part,
            outcome: call.op.outcome.clone(),
            late: past && part != Part::Bystander && call.op.outcome.is_allow(),
        });
    }
    Some(Picture {
        op: change.op.index,
        name: change.name.to_owned(),
        subject: change.subject.map(str::to_owned),
        service: loss.service.to_owned(),
        class,
        sent: change.inv,
        acknowledged,
        bound_ms,
        until: change.until,
        lag: lag(change, &loss.calls),
        calls,
    })
}
