//! Introspection (RFC 7662) tells what is true now: inactive for what has expired, was revoked or belongs to nobody any
//! more; and what it tells of a live token is today's entitlement. One ruling.

use crate::history::{Action, Op};
use crate::judge::authority::claim_and_value;
use crate::judge::words::{in_all, times};
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Authority, Moment, Outcome, TokenForm, TokenKind, Verdict, scopes_only};

/// An introspection whose right answer is known.
struct Asked<'a> {
    op: &'a Op,
    token: &'a str,
    truth: Truth<'a>,
}

#[derive(Clone, Copy)]
enum Truth<'a> {
    /// It must be inactive, because of this.
    Dead(&'a str),
    /// If active, it must not tell what this change took.
    Reduced(&'a Changed<'a>),
}

/// One ruling about the issuer.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    vec![rule(case)]
}

fn rule(case: &Case) -> Ruling {
    let all: Vec<(&Op, &str)> = introspections(case);
    let asked: Vec<Asked> = all
        .iter()
        .filter(|(op, _)| !matches!(op.outcome, Outcome::Failed(_)))
        .filter_map(|&(op, token)| Some(Asked { op, token, truth: truth(case, op, token)? }))
        .collect();
    let lies = asked.iter().filter_map(|asked| Some((asked.op.index, lie(case, asked)?)));
    let others =
        all.iter().filter_map(|(op, token)| Some((op.index, contradiction(case, op, token)?)));
    let lies: Vec<(u64, String)> = lies.chain(others).collect();
    if let Some((_, first)) = lies.first() {
        let why = format!("{first}{}", in_all(lies.len()));
        return Ruling::new(Verdict::Fail, why).proved_by(lies.iter().map(|(op, _)| *op));
    }
    if let Some(told) = told_to_anybody(case) {
        return told;
    }
    let open = |why: String| Ruling::new(Verdict::Inconclusive, why);
    if let Some(change) = case.timeline.unclear() {
        return open(format!("whether \"{}\" was made is not known", change.name));
    }
    if asked.is_empty() {
        let left_out = all.iter().filter(|(op, _)| matches!(op.outcome, Outcome::Failed(_)));
        return open(match left_out.count() {
            0 => "no token was introspected after it had died or lost something".into(),
            n => format!("the issuer does not introspect this kind of token ({} asked)", times(n)),
        });
    }
    if let Some(dark) = asked.iter().find(|a| matches!(a.op.outcome, Outcome::Unknown(_))) {
        return open(format!("what introspection op {} came to is not known", dark.op.index));
    }
    let proven: Vec<&Asked> = asked.iter().filter(|asked| controlled(case, &all, asked)).collect();
    if proven.is_empty() {
        return open("no such token was seen active, with what it lost, before".into());
    }
    if !bystander(case, &all, &proven) {
        return open("no live token of somebody else was seen active afterwards".into());
    }
    let talkative = proven.iter().filter(|asked| {
        asked.op.outcome.is_deny()
            && asked.op.seen.introspection.as_ref().is_some_and(|members| members.len() > 1)
    });
    let note = match talkative.count() {
        0 => "",
        _ => "; an inactive answer should have no other member (RFC 7662 section 2.2)",
    };
    let why = format!("told the truth {}{note}", times(proven.len()));
    Ruling::new(Verdict::Pass, why).proved_by(proven.iter().map(|asked| asked.op.index))
}

fn introspections<'a>(case: &Case<'a>) -> Vec<(&'a Op, &'a str)> {
    let of = |op: &'a Op| match &op.action {
        Action::Introspect { token, how: None, .. } => Some((op, token.as_str())),
        _ => None,
    };
    case.view.ops.iter().filter_map(of).collect()
}

/// Answers that tell of a token to whoever asks without the credential of a client (RFC 7662 section 2.1).
fn told_to_anybody(case: &Case) -> Option<Ruling> {
    let of = |op: &Op| match &op.action {
        Action::Introspect { token, how: Some(how), .. } if op.outcome.is_allow() => {
            Some((op.index, format!("told of {token} to somebody {}", how.words())))
        }
        _ => None,
    };
    let told: Vec<(u64, String)> = case.view.ops.iter().filter_map(of).collect();
    let (_, first) = told.first()?;
    let why = format!("{first}{}", in_all(told.len()));
    Some(Ruling::new(Verdict::Fail, why).proved_by(told.iter().map(|(op, _)| *op)))
}

/// What an answer about a readable token says otherwise than the token itself: who it is of, by which client, or that it lives longer.
fn contradiction(case: &Case, op: &Op, token: &str) -> Option<String> {
    let members = op.seen.introspection.as_ref().filter(|_| op.outcome.is_allow())?;
    let token = case.timeline.issued(token)?.token;
    let claims = token.claims.as_ref().filter(|_| token.form == TokenForm::Jwt)?;
    let other = ["iss", "sub", "client_id"].into_iter().find(|name| {
        let pair = claims.get(*name).zip(members.get(*name));
        pair.is_some_and(|(said, told)| said.is_string() && told.is_string() && said != told)
    });
    let longer = || {
        let number = |of: &serde_json::Map<String, serde_json::Value>| of.get("exp")?.as_f64();
        (number(members)? > number(claims)?).then_some("exp")
    };
    let name = other.or_else(longer)?;
    Some(format!("the answer about {} has another `{name}` than the token", token.id))
}

fn subject_ended(by: &str) -> &'static str {
    match by {
        "end sessions" => "its session was ended",
        "reset password" => "the password of its subject was reset",
        _ => "its subject is gone",
    }
}

fn truth<'c>(case: &'c Case, op: &Op, token: &str) -> Option<Truth<'c>> {
    let bounds = &case.facts.bounds;
    // Introspection by the issuer itself has its own clock; the accepted skew covers the difference to ours.
    let expired = case.timeline.exp(token).is_some_and(|exp| op.start > exp.plus_ms(bounds.skew));
    if expired {
        return Some(Truth::Dead("it had expired"));
    }
    if spent(case, op, token) {
        return Some(Truth::Dead("it was used, and another one came in its place"));
    }
    let in_force = |change: &&Changed| {
        change.hits.contains(token) && change.until.is_none_or(|until| op.start < until)
    };
    let after =
        |change: &Changed, ms: u64| change.ack.is_some_and(|ack| op.start > ack.plus_ms(ms));
    let changes = || case.timeline.changes.iter().filter(in_force);
    for change in changes().filter(|change| after(change, bounds.revocation)) {
        match change.cause {
            Cause::Token => return Some(Truth::Dead("it was revoked")),
            Cause::Subject => return Some(Truth::Dead(subject_ended(change.name))),
            Cause::Client => {
                return Some(Truth::Dead("its client was disabled or the consent to it withdrawn"));
            }
            _ => {}
        }
    }
    // A refresh token tells what was granted; what it gives today is seen when it is used.
    let reads = case.timeline.issued(token).is_none_or(|i| i.token.kind == TokenKind::Access);
    let slow = bounds.issuer();
    changes()
        .filter(|_| reads)
        .find(|c| c.cause == Cause::Entitlement && !c.loses.everything && after(c, slow))
        .map(Truth::Reduced)
}

/// True for a refresh token that was rotated before: the answer to its use had another one.
fn spent(case: &Case, op: &Op, token: &str) -> bool {
    let due = |used: &Op| {
        used.end.is_some_and(|end| op.start > end.plus_ms(case.facts.bounds.revocation))
    };
    case.view.ops.iter().any(|used| {
        let shown = matches!(&used.action, Action::Refresh { token: shown, .. } if shown == token);
        let mut next = used.seen.tokens.iter().filter_map(|given| given.refresh.as_deref());
        shown && used.outcome.is_allow() && due(used) && next.any(|next| next != token)
    })
}

fn lie(case: &Case, asked: &Asked) -> Option<String> {
    if !asked.op.outcome.is_allow() {
        return None;
    }
    let token = asked.token;
    match asked.truth {
        Truth::Dead(why) => Some(format!("{token} is called active although {why}")),
        Truth::Reduced(change) => {
            let lost = told(case, asked.op, change)?;
            Some(format!("{token} is said to have \"{lost}\" after \"{}\"", change.name))
        }
    }
}

/// The first scope or role that this change took and that an introspection answer tells. A scope that is called like a
/// role is no role.
fn told<'c>(case: &Case, op: &Op, change: &'c Changed) -> Option<&'c str> {
    let members = op.seen.introspection.as_ref()?;
    let claims = &case.facts.authority_claims;
    let entries = Authority::in_claims(members, claims).0;
    let told: Vec<(&str, &str)> =
        entries.iter().filter_map(|entry| claim_and_value(claims, entry)).collect();
    let scope = change.loses.scopes.iter().find(|lost| told.iter().any(|(_, v)| v == lost));
    let names = |lost: &&String| told.iter().any(|(c, v)| v == lost && !scopes_only(c));
    scope.or_else(|| change.loses.roles.iter().find(names)).map(String::as_str)
}

/// The same token was seen active before; and for a reduction, what it lost was told then.
fn controlled(case: &Case, all: &[(&Op, &str)], asked: &Asked) -> bool {
    let since = match asked.truth {
        Truth::Dead(_) => asked.op.start,
        Truth::Reduced(change) => change.inv,
    };
    let mut before = all.iter().filter(|(op, token)| {
        *token == asked.token && op.outcome.is_allow() && op.end.is_some_and(|end| end <= since)
    });
    before.any(|(op, _)| match asked.truth {
        Truth::Dead(_) => true,
        Truth::Reduced(change) => told(case, op, change).is_some(),
    })
}

/// A live token that no change is about was called active after the first proof.
fn bystander(case: &Case, all: &[(&Op, &str)], proven: &[&Asked]) -> bool {
    let changed = case.timeline.changes.iter().filter_map(|change| change.ack).min();
    let first = proven.iter().map(|asked| asked.op.start).min().unwrap_or_default();
    let since: Moment = changed.unwrap_or(first);
    all.iter().any(|(op, token)| {
        let alive = case.timeline.exp(token).is_none_or(|exp| op.start < exp);
        let kind = case.timeline.issued(token).map(|issued| issued.token.kind);
        let hit = case.timeline.changes.iter().any(|change| change.hits.contains(token));
        op.outcome.is_allow()
            && op.start > since
            && alive
            && !hit
            && kind == Some(TokenKind::Access)
    })
}
