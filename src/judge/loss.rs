//! R-LOSS(b), the rule that most of the calculus rests on: what a change took away must be refused once `b` has
//! passed since its acknowledgement (REQUIREMENTS: section 1).

use std::collections::BTreeSet;

use super::lag::lag;
use super::{Called, Case, Changed, Issued, Lag, Ruling};
use crate::model::{Moment, Outcome, ServiceFacts, TokenKind, Verdict};

/// What calls at one service say about changes.
pub(super) struct Weighed<'a> {
    /// The ruling of R-LOSS.
    pub ruling: Ruling,
    /// Calls that were accepted although the bound had passed.
    pub late: Vec<Called<'a>>,
    /// Refusals after the bound that have their positive control.
    pub refusals: Vec<Called<'a>>,
}

/// One change at one service.
struct Loss<'c, 'a> {
    change: &'c Changed<'a>,
    /// Access tokens for this service that the change is about.
    tokens: Vec<&'c Issued<'a>>,
    /// Operations that these tokens were good for and must not be any more.
    operations: BTreeSet<&'c str>,
    /// Calls of these after the change was sent, while token and loss lasted.
    calls: Vec<Called<'a>>,
}

/// Applies R-LOSS to changes at one service. `bound` in milliseconds; `None` stands for a self-contained service, whose
/// tokens may go on until they expire. `None` is returned where the changes take nothing away there.
pub(super) fn weigh<'a>(
    case: &Case<'a>,
    (service, declared): (&'a str, &'a ServiceFacts),
    changes: &[&Changed<'a>],
    bound: Option<u64>,
) -> Option<Weighed<'a>> {
    let losses: Vec<Loss<'_, 'a>> =
        changes.iter().filter_map(|change| at(case, change, (service, declared))).collect();
    if losses.is_empty() {
        return None;
    }
    let late = |loss: &Loss<'_, 'a>| {
        let deadline = loss.change.ack.map(|ack| ack.plus_ms(bound.unwrap_or_default()));
        let accepted = loss.calls.iter().filter(|call| call.op.outcome.is_allow());
        let late = accepted.filter(|call| deadline.is_some_and(|d| call.op.start > d));
        late.copied().collect::<Vec<_>>()
    };
    let late: Vec<Called<'a>> = losses.iter().flat_map(late).collect();
    let refusals: Vec<Called<'a>> =
        losses.iter().flat_map(|loss| refusals(case, loss, bound)).collect();
    let lag = worst_lag(&losses);
    let ruling = losses
        .iter()
        .map(|loss| residual(case, loss, bound))
        .chain([denial(case, &losses, declared, bound, &late, &refusals)])
        .flatten()
        .reduce(worse)
        .unwrap_or_else(|| passed(&losses, &refusals, bound, lag));
    Some(Weighed { ruling: ruling.at(service).with_lag(lag), late, refusals })
}

/// The worse of two rulings about the same service; of equals the first, with the evidence of both.
pub(super) fn worse(a: Ruling, b: Ruling) -> Ruling {
    let (kept, other) = if b.verdict > a.verdict { (b, a) } else { (a, b) };
    if kept.verdict != other.verdict {
        return kept;
    }
    let residual_seconds = kept.residual_seconds.max(other.residual_seconds);
    // The sentence with the larger residual is the one that is true of both.
    let because = if other.residual_seconds > kept.residual_seconds {
        other.because.clone()
    } else {
        kept.because.clone()
    };
    Ruling { because, residual_seconds, ..kept }.proved_by(other.evidence)
}

fn at<'c, 'a>(
    case: &'c Case<'a>,
    change: &'c Changed<'a>,
    (service, declared): (&'a str, &'a ServiceFacts),
) -> Option<Loss<'c, 'a>> {
    let tokens: Vec<&Issued<'a>> = case
        .timeline
        .tokens
        .values()
        .filter(|issued| issued.token.kind == TokenKind::Access)
        .filter(|issued| issued.token.service.as_deref().is_none_or(|s| s == service))
        .filter(|issued| case.timeline.hits(change, issued))
        .collect();
    let takes = |operation: &str| {
        case.covers(operation)
            && tokens.iter().any(|issued| {
                case.carried(issued, service, operation)
                    && case.lost(change, &issued.token.id, service, operation)
            })
    };
    let operations: BTreeSet<&str> =
        declared.operations.keys().map(String::as_str).filter(|o| takes(o)).collect();
    if operations.is_empty() {
        return None;
    }
    let calls = case
        .calls_at(service)
        .filter(|call| operations.contains(call.operation))
        .filter(|call| tokens.iter().any(|issued| issued.token.id == call.token))
        .filter(|call| case.lost(change, call.token, service, call.operation))
        .filter(|call| call.op.start >= change.inv)
        .filter(|call| case.timeline.exp(call.token).is_none_or(|exp| call.op.start < exp))
        .filter(|call| change.until.is_none_or(|until| call.op.start < until))
        .collect();
    Some(Loss { change, tokens, operations, calls })
}

fn refusals<'a>(case: &Case<'a>, loss: &Loss<'_, 'a>, bound: Option<u64>) -> Vec<Called<'a>> {
    let Some(ack) = loss.change.ack else { return Vec::new() };
    let deadline = ack.plus_ms(bound.unwrap_or_default());
    let proves = |call: &&Called<'a>| {
        let away = case.timeline.refreshed_away(call.token, case.view);
        call.op.outcome.is_deny()
            && call.op.start > deadline
            && away.is_none_or(|away| call.op.start < away)
            && case
                .positive_control(loss.change.inv, call.token, call.service, call.operation)
                .is_some()
    };
    loss.calls.iter().filter(proves).copied().collect()
}

/// What a change that could not be made, or a service that can't notice it, leaves over: the token's remaining life.
fn residual(case: &Case, loss: &Loss, bound: Option<u64>) -> Option<Ruling> {
    let change = loss.change;
    if let Outcome::Failed(why) = &change.op.outcome
        && why == "unsupported_token_type"
    {
        let since = change.op.end.unwrap_or(change.inv);
        let said = "the issuer can't revoke this kind of token (unsupported_token_type)";
        let ruling = remaining(case, loss, since, said);
        return Some(ruling.proved_by([change.op.index]));
    }
    let Some(ack) = change.ack else {
        let why =
            format!("\"{}\" was not seen to succeed, so nothing follows from it", change.name);
        return Some(Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]));
    };
    let after = loss.calls.iter().filter(|c| c.op.outcome.is_allow() && c.op.start > ack);
    let accepted: Vec<u64> = after.map(|call| call.op.index).collect();
    if bound.is_some() || accepted.is_empty() {
        return None;
    }
    let said = "a self-contained service goes on accepting the token";
    let ruling = remaining(case, loss, ack, said);
    Some(ruling.proved_by([change.op.index]).proved_by(accepted))
}

fn remaining(case: &Case, loss: &Loss, since: Moment, said: &str) -> Ruling {
    let bounds = &case.facts.bounds;
    let mut longest = 0;
    for issued in &loss.tokens {
        let Some(exp) = issued.exp else {
            let id = &issued.token.id;
            return if issued.token.claims.is_some() {
                Ruling::new(Verdict::Fail, format!("{said}, and {id} never expires"))
            } else {
                Ruling::new(
                    Verdict::Inconclusive,
                    format!("{said}; when {id} expires is not known"),
                )
            };
        };
        longest = longest.max(exp.ms_since(since));
    }
    let residual = longest.saturating_add(bounds.skew);
    let allowed = bounds.self_contained;
    let (verdict, compared) = if residual <= allowed {
        (Verdict::Bounded, "within")
    } else {
        (Verdict::Fail, "longer than")
    };
    let seconds = residual.div_ceil(1000);
    let why = format!(
        "{said}: for up to {} after the change (expiry and skew), {compared} the {} that are declared",
        spell(residual),
        spell(allowed)
    );
    Ruling { residual_seconds: Some(seconds), ..Ruling::new(verdict, why) }
}

/// A failure, or what is missing for a pass; `None` where nothing is, and where a residual says it all.
fn denial<'a>(
    case: &Case<'a>,
    losses: &[Loss<'_, 'a>],
    declared: &ServiceFacts,
    bound: Option<u64>,
    late: &[Called<'a>],
    refusals: &[Called<'a>],
) -> Option<Ruling> {
    if let (Some(bound), Some(first)) = (bound, late.first()) {
        let at_least = worst_lag(losses).map_or(0, |lag| lag.at_least_ms);
        let why = format!(
            "accepted {} for \"{}\" although the change was {} old; enforcement lag at least {}, bound {}",
            times(late.len()),
            first.operation,
            age(losses, late),
            spell(at_least),
            spell(bound)
        );
        let changes = losses.iter().map(|loss| loss.change.op.index).take(3);
        let proof = changes.chain(late.iter().map(|call| call.op.index));
        return Some(Ruling::new(Verdict::Fail, why).proved_by(proof));
    }
    let open: Vec<&Loss<'_, 'a>> = losses
        .iter()
        .filter(|loss| loss.change.ack.is_some())
        .filter(|loss| bound.is_some() || !accepts(loss))
        .collect();
    if open.is_empty() {
        return None;
    }
    let missing = open
        .iter()
        .find_map(|loss| missing(case, loss, bound, refusals))
        .or_else(|| too_few(case, &open, declared, refusals))?;
    let proof = refusals.iter().map(|call| call.op.index);
    Some(Ruling::new(Verdict::Inconclusive, missing).proved_by(proof))
}

fn accepts(loss: &Loss) -> bool {
    let Some(ack) = loss.change.ack else { return false };
    loss.calls.iter().any(|call| call.op.outcome.is_allow() && call.op.start > ack)
}

/// What one change lacks at this service.
fn missing(case: &Case, loss: &Loss, bound: Option<u64>, refusals: &[Called]) -> Option<String> {
    let change = loss.change;
    let deadline = change.ack?.plus_ms(bound.unwrap_or_default());
    let dark = loss
        .calls
        .iter()
        .find(|call| matches!(call.op.outcome, Outcome::Unknown(_)) && call.op.start > deadline);
    if let Some(dark) = dark {
        let op = dark.op.index;
        return Some(format!("what op {op} came to after the bound is not known"));
    }
    for &operation in &loss.operations {
        let mut of_it = loss.calls.iter().filter(|call| call.operation == operation).peekable();
        let refused = refusals.iter().any(|call| {
            call.operation == operation && of_it.clone().any(|c| c.op.index == call.op.index)
        });
        if !refused {
            let controlled = loss.tokens.iter().any(|issued| {
                let token = &issued.token.id;
                case.calls().next().is_some_and(|any| {
                    let service = of_it.peek().map_or(any.service, |call| call.service);
                    case.positive_control(change.inv, token, service, operation).is_some()
                })
            });
            return Some(if controlled {
                format!("no refusal of \"{operation}\" after the bound of \"{}\"", change.name)
            } else {
                format!(
                    "\"{operation}\" was not seen accepted in the 5 s before \"{}\"",
                    change.name
                )
            });
        }
        let service = refusals.first()?.service;
        if case.bystander(change, service, operation).is_none() {
            return Some(format!(
                "nobody else was seen accepted for \"{operation}\" after \"{}\", so the service may be down",
                change.name
            ));
        }
    }
    None
}

fn too_few(
    case: &Case,
    open: &[&Loss],
    declared: &ServiceFacts,
    refusals: &[Called],
) -> Option<String> {
    let of_open = |call: &&Called| {
        open.iter().any(|loss| loss.calls.iter().any(|c| c.op.index == call.op.index))
    };
    let counted: Vec<&Called> = refusals.iter().filter(of_open).collect();
    let wanted = case.facts.bounds.probes.max(1) as usize;
    let replicas: BTreeSet<u32> = counted.iter().map(|call| call.replica).collect();
    if let Some(silent) = (0..declared.replicas.max(1)).find(|r| !replicas.contains(r)) {
        return Some(format!("replica {silent} was not seen refusing after the bound"));
    }
    (counted.len() < wanted)
        .then(|| format!("refused {} after the bound; {wanted} are needed", times(counted.len())))
}

fn passed(losses: &[Loss], refusals: &[Called], bound: Option<u64>, lag: Option<Lag>) -> Ruling {
    let measured = match lag {
        Some(Lag { at_least_ms, at_most_ms: Some(most), .. }) => {
            format!("; enforcement lag between {} and {}", spell(at_least_ms), spell(most))
        }
        _ => String::new(),
    };
    let why = format!(
        "refused {} after the bound of {}{measured}",
        times(refusals.len()),
        spell(bound.unwrap_or_default())
    );
    let changes = losses.iter().map(|loss| loss.change.op.index).take(3);
    let proof = changes.chain(refusals.iter().map(|call| call.op.index));
    Ruling::new(Verdict::Pass, why).proved_by(proof)
}

fn worst_lag(losses: &[Loss]) -> Option<Lag> {
    let all = losses.iter().filter_map(|loss| lag(loss.change, &loss.calls));
    all.reduce(|a, b| Lag {
        at_least_ms: a.at_least_ms.max(b.at_least_ms),
        at_most_ms: a.at_most_ms.zip(b.at_most_ms).map(|(a, b)| a.max(b)),
        flapped: a.flapped || b.flapped,
    })
}

fn age(losses: &[Loss], late: &[Called]) -> String {
    let of = |loss: &Loss| {
        let ack = loss.change.ack?;
        let mine = |call: &&Called| loss.calls.iter().any(|c| c.op.index == call.op.index);
        late.iter().filter(mine).map(|call| call.op.start.ms_since(ack)).max()
    };
    spell(losses.iter().filter_map(of).max().unwrap_or_default())
}

/// "once", "3 times".
pub(super) fn times(n: usize) -> String {
    match n {
        0 => "never".into(),
        1 => "once".into(),
        n => format!("{n} times"),
    }
}

/// Milliseconds for people: `250 ms`, `14.2 s`, `300 s`.
pub(super) fn spell(ms: u64) -> String {
    if ms < 1000 {
        format!("{ms} ms")
    } else if ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{:.1} s", ms as f64 / 1000.0)
    }
}
