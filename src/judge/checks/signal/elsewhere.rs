//! Bearer tokens that were shown at a second place soon after the first: somebody is told of it, or the token stops working there.

use super::heard::{
    Heard, Silence, can_be_named, heard, in_time, is_verified, silence, stream, verifies, within,
};
use crate::history::{Action, Op};
use crate::judge::loss::worse;
use crate::judge::words::spell;
use crate::judge::{Called, Case, Ruling};
use crate::model::{Outcome, Verdict};

/// How long after a call at the first place one at the second still shows that the token is at both, milliseconds.
const SOON_MS: u64 = 10_000;

/// A token at another place than that of its subject.
#[derive(Clone, Copy)]
struct Shown<'a> {
    op: &'a Op,
    subject: &'a str,
    service: &'a str,
    operation: &'a str,
    token: &'a str,
}

/// One ruling for each service where a token was at two places.
pub(super) fn rulings(case: &Case) -> Vec<Ruling> {
    let heard = heard(case);
    let services = case.services().filter_map(|(service, _)| {
        let here = shown(case).filter(|s| s.service == service && case.covers(s.operation));
        let both = here.filter(|s| at_home(case, s).next().is_some());
        Some(both.map(|s| one(case, &s, &heard)).reduce(worse)?.at(service))
    });
    services.collect()
}

fn shown<'a>(case: &Case<'a>) -> impl Iterator<Item = Shown<'a>> + use<'a> {
    case.view.ops.iter().filter_map(|op| match &op.action {
        Action::CallElsewhere { subject, service, operation, token } => {
            Some(Shown { op, subject, service, operation, token })
        }
        _ => None,
    })
}

/// Calls with the same token at its first place.
fn at_home<'a>(case: &Case<'a>, shown: &Shown<'a>) -> impl Iterator<Item = Called<'a>> {
    let shown = *shown;
    let same = move |c: &Called| c.token == shown.token && c.operation == shown.operation;
    case.calls().filter(move |call| call.service == shown.service && same(call))
}

fn one(case: &Case, shown: &Shown, heard: &[Heard]) -> Ruling {
    let open = |why: &str| Ruling::new(Verdict::Inconclusive, why).proved_by([shown.op.index]);
    match case.view.tokens.get(shown.token) {
        Some(token) if is_bound(token.claims.as_ref()) => {
            let why =
                "its tokens are bound to a key: `enforcement/possession-proven` is about these";
            return Ruling::new(Verdict::NotApplicable, why);
        }
        Some(_) => {}
        None => return open("nothing is known of the token"),
    }
    let before = at_home(case, shown).find(|call| {
        call.op.outcome.is_allow()
            && call.op.end.is_some_and(|end| end <= shown.op.start)
            && call.op.start.plus_ms(SOON_MS) >= shown.op.start
    });
    let Some(before) = before else {
        return open("the token was not seen accepted at its first place just before");
    };
    match &shown.op.outcome {
        Outcome::Refused(_) => match visitor(case, shown) {
            Some(other) => {
                let why = "a token was refused at the second place, another one was accepted there";
                let ops = [before.op.index, shown.op.index, other.op.index];
                Ruling::new(Verdict::Pass, why).proved_by(ops)
            }
            None => open(
                "the token was refused at the second place, but none that belongs there was seen accepted",
            ),
        },
        Outcome::Failed(why) | Outcome::Unknown(why) => {
            open(&format!("what the call at the second place came to is not known: {why}"))
        }
        Outcome::Accepted => ended(case, shown).unwrap_or_else(|| told(case, shown, heard)),
    }
}

fn is_bound(claims: Option<&serde_json::Map<String, serde_json::Value>>) -> bool {
    let cnf = claims.and_then(|claims| claims.get("cnf"));
    cnf.is_some_and(|cnf| cnf.get("jkt").is_some() || cnf.get("x5t#S256").is_some())
}

/// A token that was used at the second place only, and accepted.
fn visitor<'a>(case: &Case<'a>, not: &Shown) -> Option<Shown<'a>> {
    let here = |s: &Shown| s.service == not.service && s.operation == not.operation;
    let mut others = shown(case).filter(here).filter(|s| s.op.outcome.is_allow());
    others.find(|s| s.token != not.token && at_home(case, s).next().is_none())
}

/// The token was refused afterwards at its first place too, and a bystander's was not.
fn ended(case: &Case, shown: &Shown) -> Option<Ruling> {
    let since = shown.op.end.unwrap_or(shown.op.start);
    let refused = at_home(case, shown).find(|c| c.op.start >= since && c.op.outcome.is_deny())?;
    let control = case.calls_at(shown.service).find(|call| {
        call.subject != shown.subject
            && call.operation == shown.operation
            && call.op.start >= refused.op.start
            && call.op.outcome.is_allow()
    });
    let ops = [shown.op.index, refused.op.index];
    Some(match control {
        Some(control) => {
            let why =
                "a token that was at two places was refused afterwards, a bystander's was not";
            Ruling::new(Verdict::Pass, why).proved_by(ops.into_iter().chain([control.op.index]))
        }
        None => {
            let why = "the token was refused afterwards, but no bystander was seen accepted then";
            Ruling::new(Verdict::Inconclusive, why).proved_by(ops)
        }
    })
}

/// Whether an event about the token came that did not come about others.
fn told(case: &Case, shown: &Shown, heard: &[Heard]) -> Ruling {
    let ops = [shown.op.index];
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why).proved_by(ops);
    let Some(stream) = stream(case) else {
        return open(
            "no stream of signals was opened, so that nothing could be heard of it".into(),
        );
    };
    if !is_verified(case, heard) {
        return open("the stream was not verified, so that its silence shows nothing".into());
    }
    if stream.get("events_delivered").is_none_or(|all| all.as_array().is_none_or(Vec::is_empty)) {
        return open("the stream delivers no events".into());
    }
    let since = shown.op.end.unwrap_or(shown.op.start);
    let bound = within(case);
    let deadline = since.plus_ms(bound);
    match silence(case, shown.op.start, deadline) {
        Silence::Dark(op) => {
            return open(format!("what op {op}, a reading of the stream, came to is not known"));
        }
        Silence::NotRead => {
            return open("the stream was not read when the bound for events had passed".into());
        }
        Silence::Heard => {}
    }
    let Some(bystander) = stayed(case, shown) else {
        return open("nobody was seen to use a token twice at one place only".into());
    };
    if !can_be_named(case, shown.subject) || !can_be_named(case, bystander) {
        return open("no token tells how signals name the subject".into());
    }
    let later = heard.iter().filter(|h| h.op.end.is_none_or(|end| end >= shown.op.start));
    let alarms: Vec<&Heard> =
        later.filter(|h| verifies(h).is_none() && is_about(case, h, shown)).collect();
    let everybody = |h: &&&Heard| {
        let word = h.event().map(|(word, _)| word);
        heard.iter().any(|o| o.event().map(|(w, _)| w) == word && o.is_about(case, bystander))
    };
    if let Some(alarm) = alarms.iter().find(everybody) {
        let word = alarm.event().map_or("", |(word, _)| word);
        return open(format!(
            "\"{word}\" came about a bystander too, whose token was at one place"
        ));
    }
    if let Some(alarm) = alarms.iter().find(|h| in_time(h.op, deadline)) {
        let word = alarm.event().map_or("", |(word, _)| word);
        let why =
            format!("a token at two places was told of as \"{word}\", within {}", spell(bound));
        return Ruling::new(Verdict::Pass, why).proved_by(ops.into_iter().chain([alarm.op.index]));
    }
    if let Some(dark) = at_home(case, shown).find(|c| c.op.start >= since && !is_answered(c)) {
        let index = dark.op.index;
        return open(format!("whether it still worked in op {index} is not known"));
    }
    let why = match alarms.first() {
        Some(_) => format!("a token at two places was told of after more than {}", spell(bound)),
        None => format!(
            "a token was accepted at two places, and no event about it came within {}",
            spell(bound)
        ),
    };
    Ruling::new(Verdict::Fail, why).proved_by(ops)
}

fn is_answered(call: &Called) -> bool {
    call.op.outcome.is_allow() || call.op.outcome.is_deny()
}

/// True where a signal is about the token; one that names a token is about no other one.
fn is_about(case: &Case, heard: &Heard, shown: &Shown) -> bool {
    let id = heard.signal.claims.get("sub_id");
    let named = id.filter(|id| id.get("format").is_some_and(|f| f == "jwt_id"));
    match named.and_then(|id| id.get("jti")) {
        Some(jti) => {
            let token = case.view.tokens.get(shown.token);
            token.and_then(|t| t.claims.as_ref()?.get("jti")) == Some(jti)
        }
        None => heard.is_about(case, shown.subject),
    }
}

/// A subject whose token was accepted twice at one place, and shown at no other.
fn stayed<'a>(case: &Case<'a>, not: &Shown) -> Option<&'a str> {
    let traveller = |subject: &str| shown(case).any(|s| s.subject == subject);
    let calls = || case.calls_at(not.service).filter(|call| call.op.outcome.is_allow());
    let mut twice = calls().filter(|one| {
        calls().any(|other| other.token == one.token && other.op.index > one.op.index)
    });
    twice.find(|call| call.subject != not.subject && !traveller(call.subject)).map(|c| c.subject)
}
