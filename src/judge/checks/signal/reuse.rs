//! What counts once is refused the second time, and a token that turns up at a second place is noticed and answered (S-07).

use super::{elsewhere, once};
use crate::judge::{Case, Ruling};
use crate::model::Verdict;

/// One ruling for each service and kind of reuse.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = once::rulings(case);
    rulings.extend(elsewhere::rulings(case));
    if rulings.is_empty() {
        let why = "nothing was presented twice, and no token was shown at a second place";
        rulings.push(Ruling::new(Verdict::Inconclusive, why));
    }
    rulings
}
