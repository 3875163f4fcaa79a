//! While the source of decisions is down, a service that asks it can only go by what it keeps: for how long it accepts then is
//! how long it keeps. A 5xx answer is what an honest one gives. Services that ask nobody (self-contained, event-driven, those
//! that read a list) show nothing here.

use crate::history::{Action, Op};
use crate::judge::words::{past, spell, times};
use crate::judge::{Called, Case, Changed, Ruling};
use crate::model::{ExceptionKind, Moment, Outcome, ServiceClass, ServiceFacts, Verdict};

use super::{keeps_nothing, written};

/// The change that takes the source away.
const OUTAGE: &str = "stop decision source";

/// When the source was seen to be down.
struct Down<'c, 'a> {
    stop: &'c Changed<'a>,
    from: Moment,
    to: Option<Moment>,
}

/// One ruling for each service that asks.
pub(super) fn check(case: &Case, day: &str) -> Vec<Ruling> {
    let stop = case.timeline.changes.iter().find(|change| change.name == OUTAGE);
    let Some(stop) = stop else { return Vec::new() };
    let Some(from) = stop.ack else {
        let why = "the source of decisions was not seen to go down";
        let open = Ruling::new(Verdict::Inconclusive, why).proved_by([stop.op.index]);
        return vec![open];
    };
    let down = Down { stop, from, to: stop.undone };
    case.services().filter_map(|(name, declared)| at(case, &down, (name, declared), day)).collect()
}

fn at(
    case: &Case,
    down: &Down,
    (service, declared): (&str, &ServiceFacts),
    day: &str,
) -> Option<Ruling> {
    let kept = match declared.class {
        ServiceClass::Introspect | ServiceClass::DecisionPerRequest => 0,
        ServiceClass::IntrospectCache => declared.bound.unwrap_or_default(),
        _ => return None,
    };
    let graces = written::in_force(case.facts, day)
        .filter(|e| e.kind == ExceptionKind::OfflineGrace && e.of == service)
        .filter_map(|e| e.up_to);
    let allowed = graces.fold(kept, u64::max);
    let asks_issuer = declared.class != ServiceClass::DecisionPerRequest;
    let after = down.from.plus_ms(allowed);
    let calls: Vec<Called> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation) && case.live(call))
        .filter(|call| call.op.start > after && down.to.is_none_or(|to| call.op.start < to))
        .collect();
    if asks_issuer {
        match introspection(case, down, after) {
            // It can still ask: nothing shows what it keeps.
            Introspection::Answers => return None,
            Introspection::Unseen => {
                let why = "whether introspection answers while the source of decisions is down was not seen";
                return Some(open(why, service, down));
            }
            Introspection::Down => {}
        }
    }
    let accepted: Vec<&Called> = calls.iter().filter(|c| c.op.outcome.is_allow()).collect();
    let proof = |calls: &[&Called]| -> Vec<u64> {
        calls.iter().map(|c| c.op.index).chain([down.stop.op.index]).collect()
    };
    if let Some(last) = accepted.last() {
        let what = if keeps_nothing(declared) {
            "declares that it asks at each request"
        } else {
            "keeps answers for longer than it declares"
        };
        let why = format!(
            "{what}: accepted {} {}, when nobody could be asked any more (up to {} after that)",
            times(accepted.len()),
            past(allowed).replace("the change", "the source of decisions went down"),
            spell(last.op.start.ms_since(down.from))
        );
        let ruling = Ruling::new(Verdict::Fail, why).at(service).proved_by(proof(&accepted));
        return Some(ruling);
    }
    if let Some(missing) = unproven(case, down, service, &calls) {
        return Some(open(&missing, service, down));
    }
    let out: Vec<&Called> = calls.iter().collect();
    let why = format!(
        "let nobody in {}, {}",
        past(allowed).replace("the change", "the source of decisions went down"),
        "when nobody could be asked any more"
    );
    Some(Ruling::new(Verdict::Pass, why).at(service).proved_by(proof(&out)))
}

/// Whether anybody answers those who introspect.
enum Introspection {
    Answers,
    Down,
    Unseen,
}

/// What introspection came to after the bound, while the source was down. A 5xx says that it is down too, silence nothing.
fn introspection(case: &Case, down: &Down, after: Moment) -> Introspection {
    let asked = |op: &&Op| {
        matches!(op.action, Action::Introspect { .. })
            && op.start > after
            && down.to.is_none_or(|to| op.start < to)
    };
    let ops = || case.view.ops.iter().filter(asked);
    if ops().any(|op| matches!(op.outcome, Outcome::Accepted | Outcome::Refused(_))) {
        return Introspection::Answers;
    }
    let broken = |op: &Op| op.seen.status.is_some_and(|s| (500..600).contains(&s));
    if ops().any(broken) { Introspection::Down } else { Introspection::Unseen }
}

fn open(why: &str, service: &str, down: &Down) -> Ruling {
    Ruling::new(Verdict::Inconclusive, why).at(service).proved_by([down.stop.op.index])
}

/// What is missing for a pass.
fn unproven(case: &Case, down: &Down, service: &str, calls: &[Called]) -> Option<String> {
    let Some(first) = calls.first() else {
        return Some(
            "nothing was called after its bound while the source of decisions was down".into(),
        );
    };
    if let Some(dark) = calls.iter().find(|call| !keeps_out(call)) {
        return Some(format!("what op {} came to is not known", dark.op.index));
    }
    let controlled = |call: &Called| {
        let Called { token, operation, .. } = *call;
        case.positive_control(down.stop.inv, token, service, operation).is_some()
    };
    if !calls.iter().all(controlled) {
        return Some(format!(
            "\"{}\" was not seen accepted in the 5 s before the source of decisions went down",
            first.operation
        ));
    }
    let Some(back) = down.to else {
        return Some("the source of decisions was not seen to come back".into());
    };
    let mut later = case.calls_at(service).filter(|call| call.op.start > back);
    let alive = later.any(|call| call.op.outcome.is_allow());
    (!alive).then(|| {
        "nothing was accepted when the source of decisions was back, so the service may be down"
            .into()
    })
}

fn keeps_out(call: &Called) -> bool {
    match &call.op.outcome {
        Outcome::Refused(_) | Outcome::Failed(_) => true,
        Outcome::Unknown(_) => call.op.seen.status.is_some_and(|s| (500..600).contains(&s)),
        Outcome::Accepted => false,
    }
}
