//! Whether the reason of a refusal fits what had happened (RFC 6750 section 3.1; RFC 9470 section 3).

use crate::judge::{Called, Case, Cause, Changed};
use crate::model::{Outcome, Refusal, ServiceClass, ServiceFacts};

/// What is wrong with the reason of a refusal: `None` where the call is no refusal of something that a change had
/// taken away, or where its signs are the target's own (not 401 or 403); `Some(None)` where the reason fits.
pub(super) fn misfit(
    case: &Case,
    changes: &[&Changed],
    call: &Called,
    declared: &ServiceFacts,
) -> Option<Option<String>> {
    let Outcome::Refused(refusal) = &call.op.outcome else { return None };
    if !matches!(refusal.status, 401 | 403) {
        return None;
    }
    let taking = changes.iter().filter(|change| {
        change.ack.is_some_and(|ack| call.op.start > ack)
            && change.until.is_none_or(|until| call.op.start < until)
            && case.lost(change, call.token, call.service, call.operation)
    });
    let issued = case.timeline.issued(call.token)?;
    if !case.carried(issued, call.service, call.operation) {
        return None;
    }
    let causes: Vec<Cause> = taking.map(|change| change.cause).collect();
    if causes.is_empty() {
        return None;
    }
    let wanted = if causes.iter().any(|cause| matches!(cause, Cause::Token | Cause::Key)) {
        Wanted::Dead
    } else if causes.contains(&Cause::Entitlement) {
        if lives(case, changes, call) { Wanted::Lacking } else { Wanted::Either }
    } else if declared.class == ServiceClass::DecisionPerRequest {
        // The token itself is sound there; the decision about its subject is no.
        Wanted::Either
    } else {
        Wanted::Dead
    };
    Some(wanted.against(refusal))
}

#[derive(Clone, Copy)]
enum Wanted {
    /// 401 `invalid_token`.
    Dead,
    /// 403 `insufficient_scope`, or a challenge to step up.
    Lacking,
    /// One of them, but not mixed up.
    Either,
}

impl Wanted {
    fn against(self, refusal: &Refusal) -> Option<String> {
        let Refusal { status, error, .. } = refusal;
        let error = error.as_deref();
        let step_up = error == Some("insufficient_user_authentication");
        let mixed = matches!((status, error), (401, Some("insufficient_scope")))
            || matches!((status, error), (403, Some("invalid_token")));
        let wrong = match self {
            Self::Dead => *status == 403,
            Self::Lacking => *status == 401 && !step_up,
            Self::Either => false,
        };
        (mixed || wrong).then(|| {
            let told = error.map(|error| format!(" {error}")).unwrap_or_default();
            let wanted = match self {
                Self::Dead => "401 invalid_token is for a dead token",
                Self::Lacking => "403 insufficient_scope is for a live token that lacks something",
                Self::Either => "401 goes with invalid_token, 403 with insufficient_scope",
            };
            format!("refused with {status}{told}, but {wanted}")
        })
    }
}

/// True where the same token was accepted here after the change: it is not dead.
fn lives(case: &Case, changes: &[&Changed], refused: &Called) -> bool {
    let since = changes
        .iter()
        .filter(|change| change.hits.contains(refused.token))
        .filter_map(|change| change.ack)
        .max();
    case.calls_at(refused.service).any(|call| {
        call.token == refused.token
            && call.op.outcome.is_allow()
            && call.operation != refused.operation
            && call.op.start > refused.op.start
            && since.is_some_and(|since| call.op.start > since)
    })
}
