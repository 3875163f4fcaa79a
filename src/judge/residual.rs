//! What is left of a token that nobody can take back before it expires: never a pass, and bounded only where what is
//! left is no longer than what was declared (REQUIREMENTS: section 1, residual verdict).

use super::loss::Loss;
use super::words::spell;
use super::{Case, Changed, Issued, Ruling};
use crate::model::{Moment, Outcome, TokenKind, Verdict};

/// True for a revocation of a token that the issuer can't take back (RFC 7009 section 2.2.1).
pub(super) fn cannot_be_made(change: &Changed) -> bool {
    matches!(&change.op.outcome, Outcome::Failed(why) if why == "unsupported_token_type")
}

/// The ruling where a change could not be made, or a self-contained service went on accepting; `None` where neither is
/// so. `bound` as in `loss::weigh`.
pub(super) fn of(case: &Case, loss: &Loss, bound: Option<u64>) -> Option<Ruling> {
    let change = loss.change;
    if cannot_be_made(change) {
        if let Some(refused) = refresh_token(case, change) {
            return Some(refused.proved_by([change.op.index]));
        }
        let since = change.op.end.unwrap_or(change.inv);
        let said = "the issuer can't revoke this kind of token (unsupported_token_type)";
        let left = remaining(case, &loss.tokens, since, said);
        return Some(left.proved_by([change.op.index]));
    }
    let Some(ack) = change.ack else {
        let told = match &change.op.outcome {
            Outcome::Failed(why) | Outcome::Unknown(why) => format!(" ({why})"),
            Outcome::Refused(refusal) => {
                let error = refusal.error.as_deref().unwrap_or_default();
                format!(" (refused: {} {error})", refusal.status).replace(" )", ")")
            }
            Outcome::Accepted => String::new(),
        };
        let name = change.name;
        let why = format!("\"{name}\" was not seen to succeed{told}, so nothing follows from it");
        return Some(Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]));
    };
    if !loss.rests(bound) {
        return None;
    }
    let said = match bound {
        None if loss.is_refused() => {
            "the service refused the token after a while, but it is declared self-contained and so may accept it"
        }
        None => "a self-contained service goes on accepting the token",
        Some(_) => "the service accepts the token, which ends before its bound does",
    };
    let proof: Vec<u64> = loss.accepted_on().iter().map(|call| call.op.index).collect();
    Some(remaining(case, &loss.tokens, ack, said).proved_by([change.op.index]).proved_by(proof))
}

/// RFC 7009 section 2 leaves access tokens to the issuer, refresh tokens not.
fn refresh_token(case: &Case, change: &Changed) -> Option<Ruling> {
    let kind = |id: &String| case.timeline.issued(id).map(|issued| issued.token.kind);
    let refresh = change.loses.tokens.iter().any(|id| kind(id) == Some(TokenKind::Refresh));
    let why = "the issuer can't revoke a refresh token (unsupported_token_type)";
    refresh.then(|| Ruling::new(Verdict::Fail, why))
}

/// Counts all tokens that the change is about, used or not: what is left of them is left of the loss.
pub(super) fn remaining(case: &Case, tokens: &[&Issued], since: Moment, said: &str) -> Ruling {
    let bounds = &case.facts.bounds;
    let mut longest = 0;
    for issued in tokens {
        let id = &issued.token.id;
        match issued.exp {
            Some(exp) => longest = longest.max(exp.ms_since(since)),
            None if issued.token.claims.is_some() => {
                return Ruling::new(Verdict::Fail, format!("{said}, and {id} never expires"));
            }
            None => {
                let why = format!("{said}; when {id} expires is not known");
                return Ruling::new(Verdict::Inconclusive, why);
            }
        }
    }
    let left = longest.saturating_add(bounds.skew);
    let allowed = bounds.self_contained;
    let (verdict, compared) =
        if left <= allowed { (Verdict::Bounded, "within") } else { (Verdict::Fail, "longer than") };
    let why = format!(
        "{said}: for up to {} after the change (expiry and skew), {compared} the {} that are allowed",
        spell(left),
        spell(allowed)
    );
    Ruling { residual_seconds: Some(left.div_ceil(1000)), ..Ruling::new(verdict, why) }
}
