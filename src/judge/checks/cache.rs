//! No service answers from what it keeps for longer than its bound, whether the token is used all the time (hot arm) or
//! left alone (cold arm). Classes without a cache are judged too: their bound is zero.

use crate::history::Arm;
use crate::judge::loss::{Weighed, weigh};
use crate::judge::{Called, Case, Cause, Changed, Ruling};
use crate::model::Verdict;

/// One ruling for each service at which something was taken away.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let taking = [Cause::Entitlement, Cause::Token, Cause::Subject, Cause::Client];
    let changes: Vec<&Changed> =
        case.timeline.changes.iter().filter(|change| taking.contains(&change.cause)).collect();
    case.services()
        .filter_map(|(name, declared)| {
            let weighed = weigh(case, (name, declared), &changes, case.bound(declared))?;
            Some(both_arms(weighed))
        })
        .collect()
}

fn both_arms(weighed: Weighed) -> Ruling {
    let Weighed { mut ruling, late, refusals, short } = weighed;
    let has = |calls: &[Called], arm: Arm| calls.iter().any(|call| call.arm == arm);
    match ruling.verdict {
        Verdict::Fail => {
            let sliding = has(&late, Arm::Hot) && !has(&late, Arm::Cold);
            let idle = has(&late, Arm::Cold) && !has(&late, Arm::Hot);
            let said = if sliding && has(&refusals, Arm::Cold) {
                " (sliding: only the token in use outlived the bound, the idle one did not)"
            } else if idle {
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
