//! Every access token names the one service that it is for (T-11).

use serde_json::Value;

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use crate::judge::{Case, Ruling};
use crate::model::{Outcome, TokenForm, TokenSeen};

/// T-11.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for (service, declared) in case.services() {
        let mut remarks = Remarks::at(service);
        // A login's token is for the exchange, not for the service.
        let here = |a: &&Asked| a.service == service && a.way != Way::Login;
        for a in Asked::of_case(case).iter().filter(here) {
            match (&a.op.outcome, a.given()) {
                (Outcome::Accepted, Some(token)) => {
                    one(token, &declared.audience, a.op.index, &mut remarks);
                }
                // Whether a refusal is right is another question; a breakdown leaves this one open.
                (Outcome::Refused(_), _) => {}
                (other, _) => {
                    let what = outcome_words(other);
                    remarks.open(format!("{} was {what}", a.words()), [a.op.index]);
                }
            }
        }
        if remarks.is_empty() {
            remarks.open("no token of this service was seen", []);
        }
        rulings.extend(remarks.ruling());
    }
    rulings
}

fn one(token: &TokenSeen, audience: &str, op: u64, remarks: &mut Remarks) {
    let Some(claims) = &token.claims else {
        remarks.open("nothing can be read in the token: its audience is not known", [op]);
        return;
    };
    let named: Vec<String> = match claims.get("aud") {
        None | Some(Value::Null) => {
            match token.form {
                TokenForm::Jwt => remarks.fail("the token names no audience", [op]),
                TokenForm::Opaque => remarks
                    .open("introspection does not tell the audience of this opaque token", [op]),
            }
            return;
        }
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().map(text).collect(),
        Some(other) => vec![text(other)],
    };
    let quoted: Vec<String> = named.iter().map(|n| format!("\"{n}\"")).collect();
    let quoted = quoted.join(", ");
    match named.as_slice() {
        [] => remarks.fail("the token's list of audiences is empty", [op]),
        [one] if one == audience => {
            remarks.fine(format!("the token is for \"{audience}\" and nobody else"), [op]);
        }
        [one] if one.contains('*') => {
            remarks.fail(format!("the token is for everybody: its audience is {quoted}"), [op]);
        }
        [_] => {
            remarks.fail(format!("the token is for {quoted}, not for \"{audience}\""), [op]);
        }
        many => {
            let count = many.len();
            remarks.fail(format!("the token is for {count} audiences at once: {quoted}"), [op]);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
