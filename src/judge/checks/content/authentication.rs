//! What tokens say of the sign-in (`auth_time`, `acr`, `amr`) stays as it was, however they were derived from it (T-14).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use crate::history::{Action, Op};
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, TokenForm, TokenSeen, Verdict};

/// The capability that an owner declares absent where no token says anything of the sign-in.
const SIGN_IN_TOLD: &str = "authentication-context";

/// The claims that tell of the sign-in (RFC 9068 section 2.2.1).
const CLAIMS: [&str; 3] = ["auth_time", "acr", "amr"];

/// NumericDates are whole seconds: what moves within one can't be seen.
const TICK_MS: u64 = 2_000;

/// T-14.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let told = |t: &TokenSeen| t.claims.as_ref().is_some_and(|c| CLAIMS.iter().any(|n| has(c, n)));
    let absent = case.facts.absent.iter().find(|a| a.capability == SIGN_IN_TOLD);
    if let Some(absent) = absent.filter(|_| !case.view.tokens.values().any(told)) {
        let why = format!("\"{SIGN_IN_TOLD}\" is declared absent: {}", absent.reason);
        return vec![Ruling::new(Verdict::NotApplicable, why)];
    }
    let mut rulings = Vec::new();
    for (service, _) in case.services() {
        let mut remarks = Remarks::at(service);
        for a in Asked::of_case(case).iter().filter(|a| a.service == service) {
            match a.way {
                Way::Issue | Way::Login if a.shown.is_none() => signed_in(a, &mut remarks),
                // What it gives is a sign-in, if it gives anything.
                Way::Again => signed_in(a, &mut remarks),
                Way::Issue | Way::Login | Way::Refresh | Way::ByAnother | Way::Exchange => {
                    derived(case, a, &mut remarks)
                }
            }
        }
        for op in &case.view.ops {
            introspected(case, op, service, &mut remarks);
        }
        rulings.extend(remarks.ruling());
    }
    if rulings.is_empty() {
        let mut whole = Remarks::new();
        whole.open("no token that says something of the sign-in was derived from another one", []);
        rulings.extend(whole.ruling());
    }
    rulings
}

/// Nobody signs in after the token that says so was issued.
fn signed_in(a: &Asked, remarks: &mut Remarks) {
    let Some(token) = a.given() else { return };
    if let (Some(auth), Some(iat)) = (token.seconds("auth_time"), token.seconds("iat"))
        && auth >= iat + 1.0
    {
        let late = "the token says that its subject signed in after it was issued";
        remarks.fail(late, [a.op.index]);
    }
}

/// A refreshed or exchanged token against the one that the sign-in gave.
fn derived(case: &Case, a: &Asked, remarks: &mut Remarks) {
    let first = match (a.way, a.shown) {
        (Way::Refresh | Way::ByAnother, Some(shown)) => case.timeline.grant_of(shown),
        (_, Some(shown)) => case.timeline.issued(shown),
        (_, None) => None,
    };
    let token = match (&a.op.outcome, a.given()) {
        (Outcome::Accepted, Some(token)) => token,
        // Whether it had to be accepted is another requirement's question.
        (Outcome::Refused(_), _) => return,
        (other, _) => {
            let what = format!("{} was {}", a.words(), outcome_words(other));
            return remarks.open(what, [a.op.index]);
        }
    };
    let Some(first) = first else {
        return remarks.open("the token of the sign-in was not seen", [a.op.index]);
    };
    let ops = [first.op.index, a.op.index];
    let (Some(before), Some(after)) = (&first.token.claims, &token.claims) else {
        return remarks.open("nothing tells what the tokens say of the sign-in", ops);
    };
    let signed_in = case.timeline.line(&first.token.id).last().map_or(first.at, |issued| issued.at);
    let soon = a.op.start < signed_in.plus_ms(TICK_MS);
    // What a readable token does not say, it does not say; of an opaque one introspection need not tell everything.
    let whole = first.token.form == TokenForm::Jwt;
    let mut compared = 0;
    for claim in CLAIMS {
        match (value(before, claim), value(after, claim)) {
            (None, None) => {}
            (Some(was), Some(is)) if was == is => {
                compared += 1;
                if claim == "auth_time" && soon {
                    let what = format!("{} came too soon to tell whether it moves", a.words());
                    remarks.open(what, ops);
                }
            }
            (Some(_), None) if matches!(a.way, Way::Issue | Way::Exchange) => {
                remarks.note(format!("an exchanged token says nothing of `{claim}`"));
            }
            (None, Some(_)) if !whole => {
                remarks.note(format!("nothing tells what the opaque token says of `{claim}`"));
            }
            (was, is) => {
                compared += 1;
                remarks.fail(moved(a, claim, was.as_ref(), is.as_ref()), ops);
            }
        }
    }
    if compared == 0 && (whole || token.form == TokenForm::Jwt) {
        remarks.open("the tokens say nothing of the sign-in", ops);
    } else if compared > 0 {
        remarks.fine(format!("{} leaves what is said of the sign-in as it was", a.words()), ops);
    }
}

/// Introspection says of a token what the token says itself.
fn introspected(case: &Case, op: &Op, service: &str, remarks: &mut Remarks) {
    let Action::Introspect { token, .. } = &op.action else { return };
    let Some(token) = case.view.tokens.get(token) else { return };
    let Some(claims) = token.claims.as_ref().filter(|_| token.service.as_deref() == Some(service))
    else {
        return;
    };
    if matches!(op.outcome, Outcome::Unknown(_)) {
        return remarks.open("what introspection says of the sign-in is not known", [op.index]);
    }
    let Some(members) = &op.seen.introspection else { return };
    for claim in CLAIMS {
        if let (Some(was), Some(is)) = (value(claims, claim), value(members, claim))
            && was != is
        {
            let what = format!("introspection says `{claim}` {is}, the token {was}");
            remarks.fail(what, [op.index]);
        }
    }
}

fn moved(a: &Asked, claim: &str, was: Option<&Value>, is: Option<&Value>) -> String {
    let words = a.words();
    match (was, is) {
        (Some(was), Some(is)) => match (was.as_f64(), is.as_f64()) {
            (Some(from), Some(to)) if claim == "auth_time" => {
                format!("{words} moved `auth_time` by {:+.0} s", to - from)
            }
            _ => format!("{words} turned `{claim}` from {was} into {is}"),
        },
        (Some(was), None) => format!("{words} lost `{claim}`, which was {was}"),
        (_, is) => {
            let is = is.map_or_else(String::new, Value::to_string);
            format!("{words} gave `{claim}` {is}, of which the sign-in's token says nothing")
        }
    }
}

fn has(claims: &Map<String, Value>, name: &str) -> bool {
    claims.get(name).is_some_and(|v| !v.is_null())
}

/// A claim so that equal ones compare equal: methods are a set, and dates may be written as text or fractions.
fn value(claims: &Map<String, Value>, name: &str) -> Option<Value> {
    let value = claims.get(name).filter(|v| !v.is_null())?;
    Some(match value {
        Value::Array(all) if name == "amr" => {
            let set: BTreeSet<String> = all.iter().map(Value::to_string).collect();
            set.into_iter().collect::<Vec<_>>().into()
        }
        Value::Number(n) => n.as_f64().map_or_else(|| value.clone(), Value::from),
        other => other.clone(),
    })
}
