//! Requests for tokens, read out of ops, and what they came to in words.

use crate::history::{Action, Op, View};
use crate::judge::Case;
use crate::model::{Moment, Outcome, TokenKind, TokenSeen};

/// How a token was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A grant of its own. A login whose token was to be exchanged is one too where it gave none.
    Issue,
    /// A login whose token is exchanged at once, and shown to no service.
    Login,
    /// A refresh token.
    Refresh,
    /// A refresh token, used by a client that it was not given to.
    ByAnother,
    /// Another token (RFC 8693).
    Exchange,
    /// An assertion or an authorization code that was presented before.
    Again,
}

/// One request for a token.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The op.
    pub op: &'a Op,
    /// How.
    pub way: Way,
    /// For whom.
    pub subject: &'a str,
    /// For which service.
    pub service: &'a str,
    /// The grant, of `Way::Issue`, `Way::Login`, `Way::ByAnother` and `Way::Again`.
    pub grant: Option<&'a str>,
    /// The scopes asked for by name.
    pub scope: Option<&'a [String]>,
    /// The token that was shown, where one was.
    pub shown: Option<&'a str>,
    /// A login before an exchange, whatever it came to.
    pub login: bool,
    /// Sent at once with others.
    pub parallel: bool,
}

impl<'a> Asked<'a> {
    /// The request for a token that an op is, if it is one.
    #[must_use]
    pub fn of(op: &'a Op) -> Option<Self> {
        let (way, subject, service, grant, scope, shown, parallel) = match &op.action {
            Action::Issue { subject, grant, service, scope, token, exchange } => {
                let (way, grant) = match exchange {
                    Some(_) if op.outcome.is_allow() => (Way::Login, grant),
                    // Where the login gives no token, its exchange gives none either.
                    Some(exchange) => (Way::Issue, exchange),
                    None => (Way::Issue, grant),
                };
                let (grant, shown) = (Some(grant.as_str()), token.as_deref());
                (way, subject, service, grant, scope, shown, false)
            }
            Action::Refresh { subject, token, service, scope, parallel, .. } => (
                Way::Refresh,
                subject,
                service,
                None,
                scope,
                Some(token.as_str()),
                parallel.is_some(),
            ),
            Action::RefreshByAnother { subject, token, service, grant, .. } => {
                let (grant, token) = (Some(grant.as_str()), Some(token.as_str()));
                (Way::ByAnother, subject, service, grant, &None, token, false)
            }
            Action::PresentAgain { subject, service, grant, .. } => {
                (Way::Again, subject, service, Some(grant.as_str()), &None, None, false)
            }
            Action::Exchange { subject, token, service, scope } => {
                (Way::Exchange, subject, service, None, scope, Some(token.as_str()), false)
            }
            _ => return None,
        };
        let login = matches!(op.action, Action::Issue { exchange: Some(_), .. });
        let scope = scope.as_deref();
        Some(Self { op, way, subject, service, grant, scope, shown, login, parallel })
    }

    /// All requests of a history, in the order of the record.
    pub fn all(view: &'a View) -> impl Iterator<Item = Self> {
        view.ops.iter().filter_map(Self::of)
    }

    /// All requests at the services that the obligation is about.
    #[must_use]
    pub fn of_case(case: &Case<'a>) -> Vec<Self> {
        let only = case.obligation.service.as_deref();
        Self::all(case.view).filter(|a| only.is_none_or(|only| only == a.service)).collect()
    }

    /// The access token that came with the answer.
    #[must_use]
    pub fn given(&self) -> Option<&'a TokenSeen> {
        self.op.seen.tokens.iter().find(|t| t.kind == TokenKind::Access)
    }

    /// True where the request was answered before a moment.
    #[must_use]
    pub fn done_by(&self, moment: Moment) -> bool {
        self.op.end.is_some_and(|end| end <= moment)
    }

    /// The request in words: `the refresh at orders`.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self.way {
            Way::Issue => "the request for a token",
            Way::Login => "the login before an exchange",
            Way::Refresh => "the refresh",
            Way::ByAnother => "the refresh by another client or key",
            Way::Exchange => "the exchange",
            Way::Again => "the second use of what counts once",
        }
    }
}

/// What an op came to, in a few words.
#[must_use]
pub fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted".into(),
        Outcome::Refused(refusal) => match &refusal.error {
            Some(error) => format!("refused ({} {error})", refusal.status),
            None => format!("refused ({})", refusal.status),
        },
        Outcome::Failed(why) => format!("not carried out ({why})"),
        Outcome::Unknown(why) => format!("left open ({why})"),
    }
}
