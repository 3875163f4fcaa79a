//! Ops in words: what was done, and what it came to.

use super::shown::text;
use crate::history::{Action, Arm, Op, change_in_words};
use crate::model::{Detour, Outcome, TokenKind};

/// What was done. `run` is the run's name, which every subject's name begins with.
#[must_use]
pub fn action(action: &Action, run: &str) -> String {
    let who = |subject: &str| short(subject, run);
    let words = match action {
        Action::Subject { subject, roles } => {
            format!("make {} with {}", who(subject), listed("role", roles))
        }
        Action::Issue { subject, service, grant, .. } => {
            format!("token for {} at \"{service}\" ({grant})", who(subject))
        }
        Action::Refresh { token, service, elsewhere: Some(place), .. } => {
            format!("refresh {token} of \"{service}\" for \"{place}\"")
        }
        Action::Refresh { token, service, .. }
        | Action::RefreshByAnother { token, service, .. } => {
            let by = match action {
                Action::RefreshByAnother { how: Some(how), .. } => format!(" {}", how.words()),
                Action::RefreshByAnother { .. } => " by another client".to_owned(),
                _ => String::new(),
            };
            format!("refresh {token}{by} for \"{service}\"")
        }
        Action::Exchange { token, service, .. } => format!("exchange {token} for \"{service}\""),
        Action::Introspect { token, hint, .. } => format!("introspect {token}{}", said(*hint)),
        Action::Craft { token, service, .. } => {
            format!("forge tokens out of {token} for \"{service}\"")
        }
        Action::Revoke { token, hint, .. } => format!("revoke {token}{}", said(*hint)),
        Action::Call { subject, service, operation, token, arm, replica, detour, .. } => {
            let arm = match arm {
                Arm::None => "",
                Arm::Hot => ", in use",
                Arm::Cold => ", idle until now",
            };
            let replica = if *replica > 0 { format!(", replica {replica}") } else { String::new() };
            format!(
                "\"{operation}\" at \"{service}\" by {} with {token}{arm}{replica}{}",
                who(subject),
                detour.map(|detour| format!(", {}", detour.words())).unwrap_or_default()
            )
        }
        Action::CallDirect { service, operation, shown, .. } => {
            let with = if *shown { "with a token" } else { "without a token" };
            format!("\"{operation}\" at \"{service}\" past its enforcement point, {with}")
        }
        Action::TryDetour { service, operation, token, detour, .. } => {
            let with = token.as_deref().unwrap_or("a token that nobody gave");
            let by = detour.map_or("as declared", Detour::words);
            format!("try \"{operation}\" at \"{service}\" with {with}: {by}")
        }
        Action::ShowUnproven { service, operation, token, .. } => {
            format!("\"{operation}\" at \"{service}\" with {token} and no good proof of its key")
        }
        Action::Change { name, subject, arguments, .. } => {
            let about = subject.as_ref().map(|s| format!(" for {}", who(s))).unwrap_or_default();
            format!("change {}{about}", change_in_words(name, arguments))
        }
        Action::Confirm { name, change } => format!("look for `{name}` (op {change})"),
        Action::Undo { name, change } => format!("undo `{name}` (op {change})"),
        other => further(other, run),
    };
    text(&words)
}

/// What a request called a token that is something else.
fn said(hint: Option<TokenKind>) -> &'static str {
    match hint {
        None => "",
        Some(TokenKind::Access) => ", said to be an access token",
        Some(TokenKind::Refresh) => ", said to be a refresh token",
    }
}

fn further(action: &Action, run: &str) -> String {
    match action {
        Action::SendSignal { service, subject, event, lifted, .. } => {
            let lifted = if *lifted { ", lifted" } else { "" };
            format!("tell \"{service}\" {} of {}{lifted}", event.word(), short(subject, run))
        }
        Action::Derive { service, name, token, .. } => {
            format!("make \"{name}\" of {token} at \"{service}\"")
        }
        Action::UseDerived { service, name, .. } => format!("use \"{name}\" at \"{service}\""),
        Action::OpenStream { logouts: false } => "open a stream of events".into(),
        Action::OpenStream { logouts: true } => "listen for logout tokens".into(),
        Action::VerifyStream { .. } => "ask for a verification event".into(),
        Action::SetStream { status } => format!("set the stream to {status}"),
        Action::ReadSignals => "read the stream".into(),
        Action::TakeSignal => "an event was pushed".into(),
        Action::ReadDecisions => "read the decision log".into(),
        Action::ReadAccesses => "read the access log".into(),
        Action::ReadChanges => "read the change log".into(),
        Action::AdvanceClock { ms } => format!("move the target's clock by {ms} ms"),
        _ => "an operation".into(),
    }
}

/// What it came to.
#[must_use]
pub fn outcome(op: &Op) -> String {
    let status = op.seen.status.map(|s| format!(" ({s})")).unwrap_or_default();
    match &op.outcome {
        Outcome::Accepted => format!("accepted{status}"),
        Outcome::Refused(refusal) => {
            let error = refusal.error.as_ref().map(|e| format!(", {e}")).unwrap_or_default();
            text(&format!("refused ({}{error})", refusal.status))
        }
        Outcome::Failed(why) => text(&format!("failed{status}: {why}")),
        Outcome::Unknown(why) => text(&format!("unknown{status}: {why}")),
    }
}

/// Sign and class of what an op came to.
#[must_use]
pub fn sign(op: &Op) -> (&'static str, &'static str) {
    match &op.outcome {
        Outcome::Accepted => ("●", "accepted"),
        Outcome::Refused(_) => ("✕", "refused"),
        Outcome::Failed(_) | Outcome::Unknown(_) => ("?", "dark"),
    }
}

/// A subject without what its name has in common with all others of the run: `s4`.
#[must_use]
pub fn short(subject: &str, run: &str) -> String {
    let own = subject.strip_prefix("recant-").and_then(|s| s.strip_prefix(run));
    let own = own.map(|s| s.trim_start_matches('-')).filter(|s| !s.is_empty());
    text(own.unwrap_or(subject))
}

fn listed(what: &str, names: &[String]) -> String {
    match names {
        [] => format!("no {what}"),
        [one] => format!("the {what} {one}"),
        many => format!("the {what}s {}", many.join(", ")),
    }
}
