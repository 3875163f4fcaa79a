//! A service refuses tokens that recant made, by the ways of making them that the requirement is about.

use super::real_token::InPlaceOf;
use crate::judge::timeline::Issued;
use crate::judge::words::times;
use crate::judge::{Called, Case, Ruling};
use crate::model::{Outcome, Verdict};

/// So many ways of forging are named in one sentence.
const NAMED: usize = 6;

/// One ruling for each service.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    case.services().map(|(service, _)| at(case, service).at(service)).collect()
}

/// A call with a token that recant made.
struct Shown<'a> {
    call: Called<'a>,
    how: &'a str,
    /// The real token that it was made of.
    from: &'a str,
}

/// What forged tokens came to at one service.
pub(super) fn at(case: &Case, service: &str) -> Ruling {
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    let shown: Vec<Shown> = case
        .calls_at(service)
        .filter(|call| case.covers(call.operation))
        .filter_map(|call| shown(case, call))
        .collect();
    let accepted: Vec<&Shown> = shown.iter().filter(|s| s.call.op.outcome.is_allow()).collect();
    if !accepted.is_empty() {
        let why = format!(
            "accepted {} {}: {}",
            if accepted.len() == 1 { "a forged token" } else { "forged tokens" },
            times(accepted.len()),
            ways(&accepted)
        );
        return Ruling::new(Verdict::Fail, why).proved_by(accepted.iter().map(|s| s.call.op.index));
    }
    let mut calls = case.calls_at(service);
    if let Some(call) = calls.find(|call| case.timeline.issued(call.token).is_none()) {
        let why = "was made with a token that the record does not tell anything about";
        return open(format!("op {} {why}", call.op.index));
    }
    if shown.is_empty() {
        return open("no forged token was shown here".into());
    }
    if let Some(unclear) = shown.iter().find(|s| !s.call.op.outcome.is_deny()) {
        let (index, how) = (unclear.call.op.index, unclear.how);
        return open(format!("op {index} ({how}) got no authorization answer"));
    }
    if let Some(why) = without_controls(case, service, &shown) {
        return open(why);
    }
    let wrong = shown.iter().filter(|s| !says_invalid(s)).count();
    let note = match wrong {
        0 => String::new(),
        n => format!("; {n} not as 401 invalid_token (RFC 6750 section 3.1)"),
    };
    let all: Vec<&Shown> = shown.iter().collect();
    let why = format!("refused forged tokens {}: {}{note}", times(shown.len()), ways(&all));
    Ruling::new(Verdict::Pass, why).proved_by(shown.iter().map(|s| s.call.op.index))
}

/// The real token, accepted for the same operation before the first forged one was shown and after the last one.
fn without_controls(case: &Case, service: &str, shown: &[Shown]) -> Option<String> {
    for first in shown {
        let same = |s: &&Shown| s.from == first.from && s.call.operation == first.call.operation;
        let last = shown.iter().rfind(same)?;
        let begin = shown.iter().find(same)?.call.op.start;
        let end = last.call.op.end.unwrap_or(last.call.op.start);
        let (token, operation) = (first.from, first.call.operation);
        let missing = InPlaceOf { token, operation, begin, end }.uncontrolled(case, service);
        if missing.is_some() {
            return missing;
        }
    }
    None
}

/// The call, where its token is one that recant made in a way that the requirement is about.
fn shown<'a>(case: &Case<'a>, call: Called<'a>) -> Option<Shown<'a>> {
    let issued: &Issued<'a> = case.timeline.issued(call.token)?;
    let how = issued.token.crafted.as_deref()?;
    let about = |word: &str| how.starts_with(word);
    let list = |name: &str| case.requirement.with.get(name).and_then(toml::Value::as_array);
    let named = |name: &str| {
        let words = list(name).into_iter().flatten().filter_map(toml::Value::as_str);
        words.into_iter().any(about)
    };
    let is_meant = (list("made").is_none() || named("made")) && !named("except");
    let from = issued.token.from.as_deref()?;
    is_meant.then_some(Shown { call, how, from })
}

/// The ways in which tokens were made, each once.
fn ways(shown: &[&Shown]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for s in shown {
        if !names.contains(&s.how) {
            names.push(s.how);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more ways") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// To a request without a token no error code is given (RFC 6750 section 3.1).
fn says_invalid(shown: &Shown) -> bool {
    let Outcome::Refused(refusal) = &shown.call.op.outcome else { return false };
    let said = refusal.error.as_deref() == Some("invalid_token") || shown.how == "no-token";
    refusal.status == 401 && said
}
