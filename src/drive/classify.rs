//! What a service's answer comes to: accepted, refused, or neither. A service that is down never looks like one that
//! refuses.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::quoted::string;
use super::{Answer, Fault, Vault};
use crate::model::{Outcome, Refusal};
use crate::plan::{Operation, RefusalSigns};

/// Operations that answered an accepted call with something else than an HTML page. A login page comes with status 200
/// as well; where an operation never answered with a page before, a page is none of its answers.
#[derive(Debug, Default)]
pub struct Pages {
    /// Service and operation.
    plain: Mutex<BTreeSet<(String, String)>>,
}

impl Pages {
    /// The outcome of a call, once it is known what this operation answered so far.
    pub fn told(
        &self,
        name: (&str, &str),
        operation: &Operation,
        answer: &Result<Answer, Fault>,
        outcome: Outcome,
    ) -> Outcome {
        let (Outcome::Accepted, Ok(answer), []) = (&outcome, answer, &operation.accepted[..])
        else {
            return outcome;
        };
        let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (name.0.to_owned(), name.1.to_owned());
        if !is_page(answer) {
            plain.insert(name);
        } else if plain.contains(&name) {
            return Outcome::Unknown(format!(
                "status {} with an HTML page, where it answered without one before: this may be a login page \
                 (`accepted` of the operation says which statuses are acceptance)",
                answer.status
            ));
        }
        outcome
    }
}

fn is_page(answer: &Answer) -> bool {
    let kind = answer.header("content-type").unwrap_or_default().trim_start().to_ascii_lowercase();
    ["text/html", "application/xhtml+xml"].iter().any(|page| kind.starts_with(page))
}

/// The outcome of calling an operation.
#[must_use]
pub fn classify(
    answer: &Result<Answer, Fault>,
    operation: &Operation,
    signs: &RefusalSigns,
    vault: &Vault,
) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Fault::NotSent(why)) => return Outcome::Failed(why.clone()),
        Err(Fault::Unknown(why)) => return Outcome::Unknown(why.clone()),
    };
    let status = answer.status;
    let accepted = match operation.accepted.as_slice() {
        [] => answer.is_success(),
        listed => listed.contains(&status),
    };
    if accepted {
        return Outcome::Accepted;
    }
    let redirected = (300..400).contains(&status)
        && signs.redirect_to.as_ref().is_some_and(|part| {
            answer.header("location").is_some_and(|l| l.contains(part.as_str()))
        });
    if matches!(status, 401 | 403) || signs.statuses.contains(&status) || redirected {
        return Outcome::Refused(refusal(answer, vault));
    }
    let why = format!("status {status}");
    // A 4xx is an answer to a request that was read and not carried out; a redirect, a 5xx and an undeclared 2xx
    // leave open what happened behind them.
    if (400..500).contains(&status) { Outcome::Failed(why) } else { Outcome::Unknown(why) }
}

fn refusal(answer: &Answer, vault: &Vault) -> Refusal {
    let challenges: Vec<_> =
        answer.headers.get_all("www-authenticate").iter().filter_map(|v| v.to_str().ok()).collect();
    let body = || answer.json()?.get("error")?.as_str().map(str::to_owned);
    let error = challenges.iter().find_map(|c| parameter(c, "error")).or_else(body);
    Refusal {
        status: answer.status,
        error: error.map(|e| short(&vault.strike(&e))),
        challenged: !challenges.is_empty(),
    }
}

/// An error code is a word; what is longer is something else and stays out of the record.
fn short(code: &str) -> String {
    let safe = code.len() <= 64 && code.chars().all(|c| c.is_ascii_graphic());
    if safe { code } else { "(not an error code)" }.to_owned()
}

/// A parameter of a `WWW-Authenticate` challenge (RFC 9110 section 11.2): `name=token` or `name="quoted"`.
fn parameter(challenge: &str, wanted: &str) -> Option<String> {
    let mut rest = challenge;
    while let Some(at) = rest.find('=') {
        let name = rest[..at].rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let (value, after) = value_of(&rest[at + 1..]);
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// The value at the start of a text, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', ',', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    string(quoted).unwrap_or_else(|cut| (cut, ""))
}
