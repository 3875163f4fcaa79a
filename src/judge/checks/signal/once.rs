//! Assertions and authorization codes that were presented twice: the second time must be refused, while a new one is not.

use std::collections::BTreeSet;

use crate::history::{Action, Op};
use crate::judge::loss::worse;
use crate::judge::{Case, Ruling};
use crate::model::{OneTime, Outcome, Verdict};

/// Something that was presented again.
struct Again<'a> {
    op: &'a Op,
    subject: &'a str,
    grant: &'a str,
    what: OneTime,
    first: u64,
}

/// One ruling for each service that something was presented for.
pub(super) fn rulings(case: &Case) -> Vec<Ruling> {
    let grants: BTreeSet<&str> = case.view.ops.iter().filter_map(grant_of).collect();
    let services = case.services().filter_map(|(service, _)| {
        let again = case.view.ops.iter().filter_map(|op| again(op, service));
        let ruled = again.map(|again| second(case, service, &again));
        let never = case.view.ops.iter().filter_map(|op| not_given(op, service, &grants));
        Some(ruled.chain(never).reduce(worse)?.at(service))
    });
    services.collect()
}

fn grant_of(op: &Op) -> Option<&str> {
    match &op.action {
        Action::PresentAgain { grant, .. } => Some(grant),
        _ => None,
    }
}

fn again<'a>(op: &'a Op, at: &str) -> Option<Again<'a>> {
    match &op.action {
        Action::PresentAgain { subject, service, grant, what, first } if service == at => {
            Some(Again { op, subject, grant, what: *what, first: *first })
        }
        _ => None,
    }
}

/// A request of the same kind that gave nothing: nothing could be presented again then, or nothing shows that it would have been good.
fn not_given(op: &Op, at: &str, grants: &BTreeSet<&str>) -> Option<Ruling> {
    let Action::Issue { service, grant, .. } = &op.action else { return None };
    let open = service == at && grants.contains(grant.as_str()) && !op.outcome.is_allow();
    open.then(|| {
        let why = format!("op {}, a request by the grant \"{grant}\", gave no token", op.index);
        Ruling::new(Verdict::Inconclusive, why).proved_by([op.index])
    })
}

fn second(case: &Case, service: &str, again: &Again) -> Ruling {
    let what = again.what.words();
    let open = |why: String| {
        Ruling::new(Verdict::Inconclusive, why).proved_by([again.first, again.op.index])
    };
    let asks = |op: &Op| {
        matches!(&op.action, Action::Issue { subject, service: at, grant, .. }
            if subject == again.subject && at == service && grant == again.grant)
    };
    let accepted = |op: &&Op| asks(op) && op.outcome.is_allow();
    let Some(first) = case.view.ops.iter().filter(accepted).find(|op| op.index == again.first)
    else {
        return open(format!("the first use of the {what} was not seen to be accepted"));
    };
    if first.end.is_none_or(|end| end > again.op.start) {
        return open(format!("both uses of the {what} were sent at once"));
    }
    let ops = [first.index, again.op.index];
    match &again.op.outcome {
        Outcome::Accepted => {
            let rule = again.what.rule();
            let why = format!("an {what} was accepted a second time ({rule})");
            Ruling::new(Verdict::Fail, why).proved_by(ops)
        }
        Outcome::Refused(_) => {
            let since = again.op.end.unwrap_or(again.op.start);
            let fresh = case.view.ops.iter().filter(accepted).find(|op| op.start >= since);
            match fresh {
                Some(fresh) => {
                    let why = format!("an {what} was refused the second time, a new one was not");
                    Ruling::new(Verdict::Pass, why).proved_by(ops.into_iter().chain([fresh.index]))
                }
                None => open(format!(
                    "the second use of the {what} was refused, but no new one was accepted after it"
                )),
            }
        }
        Outcome::Failed(why) | Outcome::Unknown(why) => {
            open(format!("what the second use of the {what} came to is not known: {why}"))
        }
    }
}
