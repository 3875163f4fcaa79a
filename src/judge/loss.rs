//! R-LOSS(b), the rule that most of the calculus rests on: what a change took away must be refused once `b` has
//! passed since its acknowledgement (REQUIREMENTS: section 1).

use std::collections::{BTreeMap, BTreeSet};

use super::lag::lag;
use super::origin;
use super::residual;
use super::words::{named, past, spell, spell_least, times};
use super::{Called, Case, Changed, Issued, Lag, Ruling};
use crate::history::Arm;
use crate::model::{Moment, Outcome, ServiceFacts, TokenKind, Verdict};

/// What calls at one service say about changes.
pub(super) struct Weighed<'a> {
    /// The ruling of R-LOSS.
    pub ruling: Ruling,
    /// Calls that were accepted although the bound had passed.
    pub late: Vec<Called<'a>>,
    /// Refusals after the bound that have their positive control.
    pub refusals: Vec<Called<'a>>,
    /// All tokens end by themselves before the bound does.
    pub short: bool,
}

/// One change at one service.
pub(super) struct Loss<'c, 'a> {
    pub change: &'c Changed<'a>,
    pub service: &'c str,
    /// Access tokens for this service that the change is about.
    pub tokens: Vec<&'c Issued<'a>>,
    /// Operations that these tokens were good for and must not be any more.
    pub operations: BTreeSet<&'c str>,
    /// Calls of these after the change was sent, while token and loss lasted.
    pub calls: Vec<Called<'a>>,
    /// Until when a call may still be accepted; `None` where the change was not seen to succeed.
    deadline: Option<Moment>,
    /// From when on a refusal counts: the deadline, or earlier where the service's class promises more than this
    /// requirement asks, or where the tokens end before the deadline.
    ripe: Option<Moment>,
    /// All tokens end by themselves before the deadline.
    short: bool,
    /// Accepted after the deadline.
    late: Vec<Called<'a>>,
    /// Refused when ripe and after the last acceptance, with a positive control.
    refusals: Vec<Called<'a>>,
}

/// Applies R-LOSS to changes at one service. `bound` in milliseconds; `None` stands for a self-contained service, whose
/// tokens may go on until they expire. A token that ends before the bound is over can't be seen refused after it: then
/// it counts what was refused until its end. `None` is returned where the changes take nothing away there.
pub(super) fn weigh<'a>(
    case: &Case<'a>,
    (service, declared): (&'a str, &'a ServiceFacts),
    changes: &[&Changed<'a>],
    bound: Option<u64>,
) -> Option<Weighed<'a>> {
    let losses: Vec<Loss<'_, 'a>> = changes
        .iter()
        .filter_map(|change| Loss::of(case, change, (service, declared), bound))
        .collect();
    if losses.is_empty() {
        return None;
    }
    let lag = worst_lag(&losses, bound);
    let ruling = losses
        .iter()
        .map(|loss| residual::of(case, loss, bound))
        .chain([bound.and_then(|bound| exceeded(case, &losses, bound, lag))])
        .chain([unproven(case, &losses, declared, bound)])
        .flatten()
        .reduce(worse)
        .unwrap_or_else(|| passed(&losses, bound, lag));
    let late = losses.iter().flat_map(|loss| &loss.late).copied().collect();
    let refusals = losses.iter().flat_map(|loss| &loss.refusals).copied().collect();
    let short = losses.iter().all(|loss| loss.short);
    Some(Weighed { ruling: ruling.at(service).with_lag(lag), late, refusals, short })
}

/// Where a call goes: replica and route. Each may refuse everybody by itself, so that a refusal counts where the same was accepted.
type Spot = (u32, u32);
/// A token and an operation.
type Pair<'a> = (&'a str, &'a str);

fn spot(call: &Called) -> Spot {
    (call.replica, call.route)
}

/// The worse of two rulings about the same service; of equals both, in one.
pub(super) fn worse(a: Ruling, b: Ruling) -> Ruling {
    if a.verdict != b.verdict {
        return if b.verdict > a.verdict { b } else { a };
    }
    // The sentence with the larger residual is the one that is true of both.
    let (kept, other) = if b.residual_seconds > a.residual_seconds { (b, a) } else { (a, b) };
    kept.proved_by(other.evidence)
}

impl<'c, 'a> Loss<'c, 'a> {
    /// True where something was refused when ripe, after the last acceptance.
    pub fn is_refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// True where something was accepted after the deadline.
    pub fn is_exceeded(&self) -> bool {
        !self.late.is_empty()
    }

    pub fn of(
        case: &'c Case<'a>,
        change: &'c Changed<'a>,
        (service, declared): (&'a str, &'a ServiceFacts),
        bound: Option<u64>,
    ) -> Option<Self> {
        let tokens: Vec<&Issued<'a>> = case
            .timeline
            .tokens
            .values()
            .filter(|issued| issued.token.kind == TokenKind::Access && !issued.is_sign_in())
            .filter(|issued| issued.token.service.as_deref().is_none_or(|s| s == service))
            .filter(|issued| change.hits.contains(issued.token.id.as_str()))
            .collect();
        let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
        for issued in &tokens {
            let id = issued.token.id.as_str();
            let lost = declared.operations.keys().map(String::as_str).filter(|operation| {
                case.covers(operation)
                    && case.carried(issued, service, operation)
                    && case.lost(change, id, service, operation)
            });
            pairs.extend(lost.map(|operation| (id, operation)));
        }
        if pairs.is_empty() {
            return None;
        }
        let calls = case
            .calls_at(service)
            .filter(|call| pairs.contains(&(call.token, call.operation)))
            .filter(|call| call.op.start >= change.inv)
            .filter(|call| case.live(call))
            .filter(|call| change.until.is_none_or(|until| call.op.start < until))
            .collect();
        let deadline = change.ack.map(|ack| ack.plus_ms(bound.unwrap_or_default()));
        let ends = |issued: &&Issued| issued.exp.zip(deadline).is_some_and(|(exp, d)| exp <= d);
        let short = bound.is_some() && tokens.iter().all(ends);
        let promised = case.bound(declared).or(bound).unwrap_or_default();
        let counted = if short { 0 } else { promised.min(bound.unwrap_or_default()) };
        let mut loss = Self {
            change,
            service,
            tokens,
            operations: pairs.iter().map(|(_, operation)| *operation).collect(),
            calls,
            deadline,
            ripe: change.ack.map(|ack| ack.plus_ms(counted)),
            short,
            late: Vec::new(),
            refusals: Vec::new(),
        };
        loss.sort_calls(case, &pairs);
        Some(loss)
    }

    fn sort_calls(&mut self, case: &Case<'a>, pairs: &BTreeSet<(&str, &str)>) {
        let (Some(deadline), Some(ripe)) = (self.deadline, self.ripe) else { return };
        let accepted = || self.calls.iter().filter(|call| call.op.outcome.is_allow());
        self.late = accepted().filter(|call| call.op.start > deadline).copied().collect();
        let last = accepted().map(|call| call.op.start).max();
        let controlled: BTreeSet<(Pair<'_>, Spot)> = case
            .controls(self.change.inv, self.service)
            .filter(|call| pairs.contains(&(call.token, call.operation)))
            .map(|call| ((call.token, call.operation), spot(&call)))
            .collect();
        let away: BTreeMap<&str, Moment> = self
            .tokens
            .iter()
            .map(|issued| issued.token.id.as_str())
            .filter_map(|id| Some((id, case.timeline.refreshed_away(id, case.view)?)))
            .collect();
        let proves = |call: &&Called<'a>| {
            call.op.outcome.is_deny()
                && call.op.start > ripe
                // What was refused before the last acceptance says nothing, unless that one is a failure itself.
                && (last.is_none_or(|last| call.op.start > last) || !self.late.is_empty())
                && away.get(call.token).is_none_or(|away| call.op.start < *away)
                && controlled.contains(&((call.token, call.operation), spot(call)))
        };
        self.refusals = self.calls.iter().filter(proves).copied().collect();
    }

    /// Accepted after the change was acknowledged, whatever the bound.
    pub fn accepted_on(&self) -> Vec<&Called<'a>> {
        let Some(ack) = self.change.ack else { return Vec::new() };
        let on = |call: &&Called<'a>| call.op.outcome.is_allow() && call.op.start > ack;
        self.calls.iter().filter(on).collect()
    }

    /// True where all that can be said is what is left of the tokens: a self-contained service that accepts, or one
    /// that accepted to the last while the tokens are shorter than its bound.
    pub fn rests(&self, bound: Option<u64>) -> bool {
        let accepted = self.accepted_on();
        let Some(last) = accepted.iter().map(|call| call.op.start).max() else { return false };
        let refused = || self.calls.iter().any(|c| c.op.outcome.is_deny() && c.op.start > last);
        bound.is_none() || (self.short && !refused() && self.dark().is_none())
    }

    /// The first call whose outcome nobody knows, from when on a refusal would count.
    fn dark(&self) -> Option<&Called<'a>> {
        let ripe = self.ripe?;
        self.calls.iter().find(|call| call.is_dark() && call.op.start > ripe)
    }
}

/// The failure: something was accepted after the bound.
fn exceeded(case: &Case, losses: &[Loss], bound: u64, lag: Option<Lag>) -> Option<Ruling> {
    // What two changes took away was accepted once all the same.
    let late: BTreeMap<u64, &Called> =
        losses.iter().flat_map(|loss| &loss.late).map(|call| (call.op.index, call)).collect();
    if late.is_empty() {
        return None;
    }
    let operations: BTreeSet<&str> = late.values().map(|call| call.operation).collect();
    let at_least = lag.map_or(0, |lag| lag.at_least_ms);
    let why = format!(
        "accepted {} for {}{} {}; enforcement lag at least {}",
        times(late.len()),
        named(&operations),
        origin::alone(case, &late.values().copied().collect::<Vec<_>>()),
        past(bound),
        spell_least(at_least)
    );
    let guilty = losses.iter().filter(|loss| !loss.late.is_empty());
    let changes = guilty.map(|loss| loss.change.op.index).take(3);
    let proof = changes.chain(late.into_keys());
    Some(Ruling::new(Verdict::Fail, why).proved_by(proof))
}

/// What is missing for a pass; `None` where nothing is, and where a residual says it all.
fn unproven<'a>(
    case: &Case<'a>,
    losses: &[Loss<'_, 'a>],
    declared: &ServiceFacts,
    bound: Option<u64>,
) -> Option<Ruling> {
    let open: Vec<&Loss<'_, 'a>> = losses
        .iter()
        .filter(|loss| loss.change.ack.is_some())
        .filter(|loss| !loss.rests(bound))
        .collect();
    if open.is_empty() {
        return None;
    }
    let missing = open
        .iter()
        .find_map(|loss| missing(case, loss))
        .or_else(|| too_few(case, &open, declared))?;
    let proof = open.iter().flat_map(|loss| &loss.refusals).map(|call| call.op.index);
    Some(Ruling::new(Verdict::Inconclusive, missing).proved_by(proof))
}

/// What one change lacks at this service.
fn missing(case: &Case, loss: &Loss) -> Option<String> {
    let change = loss.change;
    if let Some(dark) = loss.dark() {
        let why = match &dark.op.outcome {
            Outcome::Unknown(why) => format!(" ({why})"),
            _ => String::new(),
        };
        return Some(format!(
            "what op {} came to after the bound is not known{why}",
            dark.op.index
        ));
    }
    for &operation in &loss.operations {
        if !loss.refusals.iter().any(|call| call.operation == operation) {
            return Some(unrefused(case, loss, operation));
        }
        if case.bystander(change, loss.service, operation).is_none() {
            return Some(format!(
                "nobody else was seen accepted for \"{operation}\" after \"{}\", so the service may be down",
                change.name
            ));
        }
    }
    None
}

fn unrefused(case: &Case, loss: &Loss, operation: &str) -> String {
    let change = loss.change;
    let controlled = loss.tokens.iter().any(|issued| {
        let token = &issued.token.id;
        case.positive_control(change.inv, token, loss.service, operation).is_some()
    });
    if controlled {
        format!("no refusal of \"{operation}\" after the bound of \"{}\"", change.name)
    } else {
        format!("\"{operation}\" was not seen accepted in the 5 s before \"{}\"", change.name)
    }
}

fn too_few(case: &Case, open: &[&Loss], declared: &ServiceFacts) -> Option<String> {
    let refusals: Vec<&Called> = open.iter().flat_map(|loss| &loss.refusals).collect();
    let replicas: BTreeSet<u32> = refusals.iter().map(|call| call.replica).collect();
    if let Some(silent) = (0..declared.replicas.max(1)).find(|r| !replicas.contains(r)) {
        return Some(format!(
            "replica {silent} was not seen refusing after the bound what it had accepted just before the change"
        ));
    }
    let wanted = case.facts.bounds.probes.max(1) as usize;
    (refusals.len() < wanted).then(|| {
        let seen = times(refusals.len());
        format!(
            "refused {seen} after the bound; {wanted} refusals are needed: fewer scenarios at once (`--concurrency`) or a longer bound leave time for more"
        )
    })
}

fn passed(losses: &[Loss], bound: Option<u64>, lag: Option<Lag>) -> Ruling {
    let measured = match lag {
        Some(Lag { at_least_ms, at_most_ms: Some(most), .. }) => {
            format!("; enforcement lag between {} and {}", spell_least(at_least_ms), spell(most))
        }
        _ => String::new(),
    };
    let refusals: Vec<&Called> = losses.iter().flat_map(|loss| &loss.refusals).collect();
    let why =
        format!("refused {} {}{measured}", times(refusals.len()), past(bound.unwrap_or_default()));
    let changes = losses.iter().map(|loss| loss.change.op.index).take(3);
    let proof = changes.chain(refusals.iter().map(|call| call.op.index));
    Ruling::new(Verdict::Pass, why).proved_by(proof)
}

/// The longest lag of several tokens. One that lay idle is looked at once, late: where it was refused at that look, it does
/// not widen what a token in use has shown.
fn worst_lag(losses: &[Loss], bound: Option<u64>) -> Option<Lag> {
    let in_use = |loss: &Loss| loss.calls.iter().any(|call| call.arm == Arm::Hot);
    let measured = losses.iter().any(in_use);
    let all = losses.iter().filter_map(|loss| Some((in_use(loss), lag(loss.change, &loss.calls)?)));
    let telling = all.filter(|(used, lag)| *used || !measured || lag.at_least_ms > 0);
    let worst = telling.map(|(_, lag)| lag).reduce(|a, b| Lag {
        at_least_ms: a.at_least_ms.max(b.at_least_ms),
        at_most_ms: a.at_most_ms.zip(b.at_most_ms).map(|(a, b)| a.max(b)),
        flapped: a.flapped || b.flapped,
        bound_ms: None,
    });
    worst.map(|lag| Lag { bound_ms: bound, ..lag })
}
