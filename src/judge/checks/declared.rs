//! Bounds and exceptions are declared, owned, dated and true (G-07): what is written (`declared::written`), what each service was
//! measured to keep to, and what those show that can't ask who decides (`declared::outage`).

mod outage;
mod written;

use crate::judge::loss::weigh;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{ServiceClass, ServiceFacts, Verdict};

use super::cache::called_good;

/// One ruling on what is written, and one for each service that shows how long it keeps what it knew.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let Some(day) = case.view.begin.as_ref().and_then(|begin| begin.day()) else {
        let why = "the record does not tell when it began";
        return vec![Ruling::new(Verdict::Inconclusive, why)];
    };
    let mut rulings = vec![written::check(case, &day)];
    rulings.extend(measured(case));
    rulings.extend(outage::check(case, &day));
    rulings
}

/// What each service was measured to keep to, where something was taken away. A self-contained service declares that it follows
/// nothing: what is left of its tokens is bounded by `self-contained`.
fn measured(case: &Case) -> Vec<Ruling> {
    let taking = [Cause::Entitlement, Cause::Token, Cause::Subject, Cause::Client];
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|change| taking.contains(&change.cause)).collect();
    let all = case.services().filter_map(|(name, declared)| {
        let contained = declared.class == ServiceClass::SelfContained;
        let bound = (!contained).then(|| declared.bound.unwrap_or_default());
        let weighed = weigh(case, (name, declared), &changes, bound)?;
        let mut ruling = weighed.ruling;
        match ruling.verdict {
            Verdict::Fail if !weighed.late.is_empty() => {
                if weighed.late.iter().all(|call| called_good(case, &changes, call)) {
                    ruling.verdict = Verdict::Inconclusive;
                    ruling.because = "the issuer itself goes on calling the token good, so nothing shows what this service keeps".into();
                } else {
                    ruling.because = format!("{}: {}", untrue(declared), ruling.because);
                }
            }
            Verdict::Pass => ruling.because = format!("as it declares: {}", ruling.because),
            _ => {}
        }
        Some(ruling)
    });
    all.collect()
}

/// Which declaration does not hold.
fn untrue(declared: &ServiceFacts) -> &'static str {
    if keeps_nothing(declared) {
        "declares that it asks at each request, and keeps what it knew"
    } else {
        "keeps what it knew for longer than it declares"
    }
}

/// True for a service that declares to ask each time.
fn keeps_nothing(declared: &ServiceFacts) -> bool {
    matches!(declared.class, ServiceClass::Introspect | ServiceClass::DecisionPerRequest)
}
