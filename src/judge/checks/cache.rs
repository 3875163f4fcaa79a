//! No service answers from what it keeps for longer than its bound, whether the token is used all the time (hot arm) or
//! left alone (cold arm). Classes without a cache are judged too: their bound is zero. Where the issuer itself goes on
//! calling the token good, nothing shows what the service keeps: that is for the requirement on introspection.

use crate::history::{Action, Arm};
use crate::judge::loss::{Weighed, weigh};
use crate::judge::{Called, Case, Cause, Changed, Ruling};
use crate::model::{Authority, Verdict};

/// One ruling for each service at which something was taken away.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let taking = [Cause::Entitlement, Cause::Token, Cause::Subject, Cause::Client];
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|change| taking.contains(&change.cause)).collect();
    case.services()
        .filter_map(|(name, declared)| {
            let weighed = weigh(case, (name, declared), &changes, case.bound(declared))?;
            let source = weighed.late.iter().all(|call| called_good(case, &changes, call));
            Some(if source && !weighed.late.is_empty() {
                let why = "the issuer itself goes on calling the token good, so nothing shows what this service keeps";
                let proof = weighed.ruling.evidence.clone();
                Ruling::new(Verdict::Inconclusive, why)
                    .at(name)
                    .with_lag(weighed.ruling.lag)
                    .proved_by(proof)
            } else {
                both_arms(weighed)
            })
        })
        .collect()
}

/// True where introspection, after a change that took this from the token, said that the token still has it.
pub(super) fn called_good(case: &Case, changes: &[&Changed], call: &Called) -> bool {
    let taking =
        changes.iter().filter(|change| case.lost(change, call.token, call.service, call.operation));
    let mut asked = taking.flat_map(|change| {
        case.view.ops.iter().filter(move |op| {
            let since = change.ack.is_some_and(|ack| op.start > ack);
            let of_it =
                matches!(&op.action, Action::Introspect { token, .. } if token == call.token);
            let members = op.seen.introspection.as_ref();
            let told = members.map(|m| Authority::in_claims(m, &case.facts.authority_claims));
            let taken = || change.loses.scopes.iter().chain(&change.loses.roles);
            let still_told = told.is_some_and(|told| {
                told.0.iter().any(|entry| taken().any(|lost| entry.ends_with(&format!(":{lost}"))))
            });
            let until = change.until.is_none_or(|until| op.start < until);
            since
                && of_it
                && until
                && op.outcome.is_allow()
                && (still_told || change.cause != Cause::Entitlement)
        })
    });
    asked.next().is_some()
}

fn both_arms(weighed: Weighed) -> Ruling {
    let Weighed { mut ruling, late, refusals, short } = weighed;
    let has = |calls: &[Called], arm: Arm| calls.iter().any(|call| call.arm == arm);
    match ruling.verdict {
        Verdict::Fail => {
            let (hot, cold) = (has(&late, Arm::Hot), has(&late, Arm::Cold));
            // Where another token in use was refused in time, use is not what makes the difference.
            let at = |call: &Called| late.iter().any(|l| l.replica == call.replica);
            let spared = refusals.iter().any(|call| call.arm == Arm::Hot && at(call));
            let sliding = hot && !cold && has(&refusals, Arm::Cold) && !spared;
            let said = if sliding {
                " (sliding: only the token in use outlived the bound, the idle one did not)"
            } else if cold && !hot {
                " (only the token that lay idle outlived the bound)"
            } else {
                ""
            };
            ruling.because.push_str(said);
        }
        // A token that ends before the bound can't lie idle beyond it.
        Verdict::Pass if !short => {
            for (arm, said) in [(Arm::Hot, "in use"), (Arm::Cold, "that lay idle")] {
                if !has(&refusals, arm) {
                    ruling.verdict = Verdict::Inconclusive;
                    ruling.because = format!("no token {said} was seen refused after the bound");
                }
            }
        }
        _ => {}
    }
    ruling
}
