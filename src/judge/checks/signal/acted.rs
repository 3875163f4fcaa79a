//! A receiver that acknowledges a signal acts on it: what the signal takes away is refused once the bound has passed since
//! the acknowledgement. That a signal was acknowledged shows nothing.

use super::bound;
use crate::judge::loss::{weigh, worse};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Outcome, ServiceFacts, Verdict};

/// One ruling for each service that was sent signals.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let told = |change: &&Changed| change.cause == Cause::Signal;
    let changes: Vec<&Changed> = case.timeline.changes.iter().filter(told).collect();
    case.services()
        .filter_map(|(name, declared)| {
            let here = |change: &&&Changed| change.at == Some(name);
            let changes: Vec<&Changed> = changes.iter().filter(here).copied().collect();
            at(case, &changes, name, declared)
        })
        .collect()
}

fn at<'a>(
    case: &Case<'a>,
    changes: &[&Changed<'a>],
    service: &'a str,
    declared: &'a ServiceFacts,
) -> Option<Ruling> {
    let each = changes.iter().map(|change| {
        if change.ack.is_none() {
            return unacknowledged(change).at(service);
        }
        let weighed = weigh(case, (service, declared), &[*change], Some(bound(case, declared)));
        let ruling = weighed.map_or_else(
            || {
                let why = "no token was held that the signal takes anything from";
                Ruling::new(Verdict::Inconclusive, why).at(service)
            },
            |weighed| weighed.ruling,
        );
        told(change, ruling)
    });
    let rulings: Vec<Ruling> = each.collect();
    let passed = rulings.iter().all(|ruling| ruling.verdict == Verdict::Pass);
    let mut worst = rulings.into_iter().reduce(worse)?;
    if passed {
        let names: Vec<&str> = changes.iter().map(|change| change.name).collect();
        worst.because = format!("acknowledged {} and acted on it", names.join(", "));
    }
    Some(worst)
}

/// What was not acknowledged need not be acted on; but then nothing shows that the receiver acts on anything.
fn unacknowledged(change: &Changed) -> Ruling {
    let why = match &change.op.outcome {
        Outcome::Refused(refusal) => match &refusal.error {
            Some(error) => format!("rejected it with status {} ({error})", refusal.status),
            None => format!("rejected it with status {}", refusal.status),
        },
        Outcome::Failed(why) => format!("did not take it in: {why}"),
        _ => "may or may not have taken it in".to_owned(),
    };
    let why = format!("{}: the receiver {why}", change.name);
    Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index])
}

/// The ruling, with what was told in front.
fn told(change: &Changed, mut ruling: Ruling) -> Ruling {
    ruling.because = format!("after an acknowledged {}: {}", change.name, ruling.because);
    ruling.proved_by([change.op.index])
}
