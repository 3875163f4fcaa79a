//! While the source of decisions is down, no service lets in a subject that was disabled meanwhile; and it is not let
//! in when the source is back. Here a 5xx answer counts as keeping out: a service that can't ask and says so is right.
//! What a service keeps by declaration (a cache, a self-contained token) may carry on for as long as was declared.

use std::collections::BTreeSet;

use crate::history::Action;
use crate::judge::residual::remaining;
use crate::judge::words::{past, spell, times};
use crate::judge::{Called, Case, Changed, Issued, Ruling};
use crate::model::{Moment, Outcome, ServiceFacts, Verdict};

/// The change that takes the source away.
const OUTAGE: &str = "stop decision source";

/// What happened: the outage, and the loss within it.
struct Outage<'c, 'a> {
    stop: &'c Changed<'a>,
    loss: &'c Changed<'a>,
    ack: Moment,
}

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let changes = &case.timeline.changes;
    let stop = changes.iter().find(|change| change.name == OUTAGE);
    let Some((stop, down)) = stop.and_then(|stop| Some((stop, stop.ack?))) else {
        let why = "the source of decisions was not seen to go down";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    };
    let loss = changes.iter().find(|c| c.op.index > stop.op.index && !c.hits.is_empty());
    let Some((loss, ack)) = loss.and_then(|loss| Some((loss, loss.ack?))) else {
        let why = "nothing was seen to be taken away while the source of decisions was down";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    };
    let outage = Outage { stop, loss, ack: ack.max(down) };
    case.services().map(|(name, declared)| at(case, &outage, name, declared).at(name)).collect()
}

fn at(case: &Case, outage: &Outage, service: &str, declared: &ServiceFacts) -> Ruling {
    let calls: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && case.live(call) && call.op.start > outage.ack)
        .filter(|call| outage.loss.until.is_none_or(|until| call.op.start < until))
        .filter(|call| case.lost(outage.loss, call.token, service, call.operation))
        .filter(|call| {
            let issued = case.timeline.issued(call.token);
            issued.is_some_and(|issued| case.carried(issued, service, call.operation))
        })
        .collect();
    if let Some(ruling) = made_of_a_token(case, outage, service) {
        return ruling;
    }
    let accepted: Vec<&Called> = calls.iter().filter(|c| c.op.outcome.is_allow()).collect();
    let proof = |calls: &[&Called]| {
        let changes = [outage.stop.op.index, outage.loss.op.index];
        calls.iter().map(|call| call.op.index).chain(changes).collect::<Vec<_>>()
    };
    let bound = case.bound(declared);
    if let Some(bound) = bound {
        let deadline = outage.ack.plus_ms(bound);
        let late: Vec<&Called> =
            accepted.iter().copied().filter(|call| call.op.start > deadline).collect();
        if !late.is_empty() {
            let why = format!(
                "let the subject in {} {}, while the source of decisions was down or when it was back",
                times(late.len()),
                past(bound)
            );
            return Ruling::new(Verdict::Fail, why).proved_by(proof(&late));
        }
    }
    let kept_out: Vec<&Called> = calls.iter().filter(|call| keeps_out(call)).collect();
    if let Some(missing) = unproven(case, outage, service, &calls) {
        let open = Ruling::new(Verdict::Inconclusive, missing);
        if bound.is_some() || accepted.is_empty() {
            return open;
        }
    }
    match bound {
        _ if accepted.is_empty() => {
            let why = format!("kept the subject out {}", times(kept_out.len()));
            Ruling::new(Verdict::Pass, why).proved_by(proof(&kept_out))
        }
        Some(bound) => {
            let why = format!(
                "answered from what it keeps, within its bound of {}, while the source of decisions was down",
                spell(bound)
            );
            let ruling = Ruling::new(Verdict::Bounded, why).proved_by(proof(&accepted));
            Ruling { residual_seconds: Some(bound.div_ceil(1000)), ..ruling }
        }
        None => {
            let said = "a self-contained service goes on accepting the token";
            let ids: BTreeSet<&str> = calls.iter().map(|call| call.token).collect();
            let tokens: Vec<&Issued> =
                ids.iter().filter_map(|id| case.timeline.issued(id)).collect();
            remaining(case, &tokens, outage.ack, said).proved_by(proof(&accepted))
        }
    }
}

/// The failure that what was made of the subject's tokens goes on for longer than its bound.
fn made_of_a_token(case: &Case, outage: &Outage, service: &str) -> Option<Ruling> {
    let Outage { stop, loss, ack } = outage;
    let due = ack.plus_ms(case.facts.bounds.connection);
    let until = loss.until;
    let mut late = case.view.ops.iter().filter(|op| {
        let Action::UseDerived { service: at, token, .. } = &op.action else { return false };
        at == service
            && loss.hits.contains(token.as_str())
            && op.outcome.is_allow()
            && op.start > due
            && until.is_none_or(|until| op.start < until)
    });
    let first = late.next()?;
    let Action::UseDerived { name, .. } = &first.action else { return None };
    let past = past(case.facts.bounds.connection);
    let why = format!(
        "\"{name}\", which the subject had made of a token, let it in {past}, while the source of decisions was down or when it was back"
    );
    let proof = [stop.op.index, loss.op.index, first.index];
    Some(
        Ruling::new(Verdict::Fail, why).proved_by(proof.into_iter().chain(late.map(|op| op.index))),
    )
}

fn keeps_out(call: &Called) -> bool {
    match &call.op.outcome {
        Outcome::Refused(_) | Outcome::Failed(_) => true,
        Outcome::Unknown(_) => call.op.seen.status.is_some_and(|s| (500..600).contains(&s)),
        Outcome::Accepted => false,
    }
}

fn unproven(case: &Case, outage: &Outage, service: &str, calls: &[Called]) -> Option<String> {
    let back = outage.stop.undone;
    let during = |call: &&Called| back.is_none_or(|back| call.op.start < back);
    if !calls.iter().any(|call| during(&call)) {
        return Some(
            "the subject was not seen calling while the source of decisions was down".into(),
        );
    }
    if let Some(dark) = calls.iter().find(|call| !call.op.outcome.is_allow() && !keeps_out(call)) {
        return Some(format!("what op {} came to is not known", dark.op.index));
    }
    for call in calls.iter().filter(during) {
        let Called { token, operation, .. } = *call;
        if case.positive_control(outage.stop.inv, token, service, operation).is_none() {
            return Some(format!(
                "\"{operation}\" was not seen accepted in the 5 s before \"{}\"",
                outage.stop.name
            ));
        }
    }
    let Some(back) = back else {
        return Some("the source of decisions was not seen to come back".into());
    };
    let mut others = case.calls_at(service).filter(|call| {
        call.op.start > back
            && call.op.outcome.is_allow()
            && !case.lost(outage.loss, call.token, service, call.operation)
    });
    let alive = others.any(|call| outage.loss.subject.is_none_or(|s| call.subject != s));
    (!alive).then(|| {
        "nobody else was seen accepted when the source of decisions was back, so the service may be down".into()
    })
}
